"""`tf.contrib.seq2seq`: decoders, helpers, attention and beam search."""

from interactive_graphs._util import missing as _missing
from interactive_graphs.seq2seq.attention import (
    AttentionMechanism,
    BahdanauAttention,
    LuongAttention,
)
from interactive_graphs.seq2seq.attention_wrapper import (
    AttentionWrapper,
    AttentionWrapperState,
)
from interactive_graphs.seq2seq.basic_decoder import BasicDecoder, BasicDecoderOutput
from interactive_graphs.seq2seq.beam_search import (
    BeamSearchDecoder,
    BeamSearchDecoderOutput,
    BeamSearchDecoderState,
    FinalBeamSearchDecoderOutput,
)
from interactive_graphs.seq2seq.beams import gather_tree, tile_batch
from interactive_graphs.seq2seq.decoder import Decoder, dynamic_decode
from interactive_graphs.seq2seq.helpers import (
    CustomHelper,
    GreedyEmbeddingHelper,
    Helper,
    InferenceHelper,
    SampleEmbeddingHelper,
    TrainingHelper,
)
from interactive_graphs.seq2seq.losses import sequence_loss
from interactive_graphs.seq2seq.scheduled_helpers import (
    ScheduledEmbeddingTrainingHelper,
    ScheduledOutputTrainingHelper,
)

__all__ = [
    "AttentionMechanism",
    "AttentionWrapper",
    "AttentionWrapperState",
    "BahdanauAttention",
    "BasicDecoder",
    "BasicDecoderOutput",
    "BeamSearchDecoder",
    "BeamSearchDecoderOutput",
    "BeamSearchDecoderState",
    "CustomHelper",
    "Decoder",
    "FinalBeamSearchDecoderOutput",
    "GreedyEmbeddingHelper",
    "Helper",
    "InferenceHelper",
    "LuongAttention",
    "SampleEmbeddingHelper",
    "ScheduledEmbeddingTrainingHelper",
    "ScheduledOutputTrainingHelper",
    "TrainingHelper",
    "dynamic_decode",
    "gather_tree",
    "sequence_loss",
    "tile_batch",
]

__getattr__ = _missing.unknown("tf.contrib.seq2seq", __name__)
