"""`tf.contrib.legacy_seq2seq`: models made of lists of steps."""

from interactive_graphs._util import missing as _missing
from interactive_graphs.seq2seq.legacy_decoders import (
    attention_decoder,
    embedding_attention_decoder,
    embedding_rnn_decoder,
    rnn_decoder,
)
from interactive_graphs.seq2seq.legacy_losses import (
    model_with_buckets,
    sequence_loss,
    sequence_loss_by_example,
)
from interactive_graphs.seq2seq.legacy_models import (
    basic_rnn_seq2seq,
    embedding_attention_seq2seq,
    embedding_rnn_seq2seq,
    embedding_tied_rnn_seq2seq,
    one2many_rnn_seq2seq,
    tied_rnn_seq2seq,
)

__all__ = [
    "attention_decoder",
    "basic_rnn_seq2seq",
    "embedding_attention_decoder",
    "embedding_attention_seq2seq",
    "embedding_rnn_decoder",
    "embedding_rnn_seq2seq",
    "embedding_tied_rnn_seq2seq",
    "model_with_buckets",
    "one2many_rnn_seq2seq",
    "rnn_decoder",
    "sequence_loss",
    "sequence_loss_by_example",
    "tied_rnn_seq2seq",
]

__getattr__ = _missing.unknown("tf.contrib.legacy_seq2seq", __name__)
