"""Recurrent networks: cells, and what applies a cell to a sequence.

`cell.py` says what a cell is; `dynamic.py` and `static.py` apply one. The public names
are in `api/nn.py`. Read next: `cell.py`.
"""
