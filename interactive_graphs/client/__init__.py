"""Sessions: what the user holds to run a graph. Read `base.py` first."""
