"""File formats that both kernels and `train` read and write: records, events, bundles.

Bytes in, bytes out; nothing here knows a graph. Read next: `crc32c.py`.
"""
