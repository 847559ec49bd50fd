"""`python -m training`: pretrain, finetune, evaluate, export."""

from training.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
