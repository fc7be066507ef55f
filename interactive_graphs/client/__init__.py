"""Sessions: what the user holds to run a graph. Read `session.py` first."""
