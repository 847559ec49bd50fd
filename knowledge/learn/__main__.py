"""`python -m knowledge.learn FOLDER`: learn all that the finder ships with, in a few minutes.

First with some wordings and topics held out, to fit bands and to print how good they are; then
with all of them. `--held FILE` keeps the first encoder, so that a second fit is quick.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from knowledge.bands import SHIPPED as BANDS
from knowledge.bm25 import count_common, save_common
from knowledge.encoder import SHIPPED as ROWS
from knowledge.encoder import load_encoder
from knowledge.learn.fitting import fit_bands
from knowledge.learn.heldout import split
from knowledge.learn.rows import learn_rows
from knowledge.reading import read_folder


def main() -> None:
    """Fit, then learn."""
    parser = argparse.ArgumentParser(prog="python -m knowledge.learn", description=__doc__)
    parser.add_argument("folder", type=Path, help="the account's notes: accounts/tcm/knowledge")
    parser.add_argument("--held", type=Path, help="where the encoder of the kept wordings stays")
    parser.add_argument("--fit-only", action="store_true", help="leave the shipped encoder")
    options = parser.parse_args()
    knowledge = read_folder(options.folder)
    held = split(knowledge)
    save_common(count_common([q for one in knowledge.notes for q in one.questions]))
    if options.held is not None and options.held.exists():
        encoder = load_encoder(options.held)
    else:
        encoder = learn_rows(held.kept.notes)
        if options.held is not None:
            encoder.save(options.held)
    bands = fit_bands(held, encoder)
    rounded = {
        key: [round(x, 4) for x in value] if isinstance(value, tuple) else round(value, 4)
        for key, value in asdict(bands).items()
    }
    BANDS.write_text(json.dumps(rounded) + "\n", encoding="utf-8")
    if not options.fit_only:
        learn_rows(knowledge.notes).save(ROWS)
        print(f"{ROWS}: {ROWS.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
