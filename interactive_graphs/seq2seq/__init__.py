"""Sequences to sequences: decoders, attention, beam search, and the older models.

`decoder.py` and what it leads to is `tf.contrib.seq2seq`; the files that begin with
`legacy` are `tf.contrib.legacy_seq2seq`. Read next: `decoder.py`.
"""
