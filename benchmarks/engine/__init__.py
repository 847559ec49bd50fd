"""Speed of the engine, beside other engines and beside what the processor could do.

    make bench          # or: python -m benchmarks.engine --quick

`tasks.py` says what is measured, `contestants/` holds one program for each engine, `ceiling.py`
measures the processor, `report.py` and `plots.py` write what came out.
"""
