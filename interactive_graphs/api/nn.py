"""`tf.nn`: activations, convolutions, pooling, losses, embeddings.

Recurrent networks and CTC are loaded when one of their names is asked for.
"""

import typing as _typing

from interactive_graphs._util import lazy as _lazy, missing as _missing
from interactive_graphs.ops.candidate_sampling import (
    all_candidate_sampler,
    compute_accidental_hits,
    fixed_unigram_candidate_sampler,
    learned_unigram_candidate_sampler,
    log_uniform_candidate_sampler,
    uniform_candidate_sampler,
)
from interactive_graphs.ops.embedding import embedding_lookup, embedding_lookup_sparse
from interactive_graphs.ops.math_functions import sigmoid, tanh
from interactive_graphs.ops.nn_accuracy import in_top_k
from interactive_graphs.ops.nn_activation import (
    crelu,
    elu,
    leaky_relu,
    relu,
    relu6,
    selu,
    softplus,
    softsign,
    swish,
    swish as silu,
)
from interactive_graphs.ops.nn_batch_norm import fused_batch_norm
from interactive_graphs.ops.nn_bias import bias_add, relu_layer, xw_plus_b
from interactive_graphs.ops.nn_conv import (
    conv2d,
    conv2d_backprop_filter,
    conv2d_backprop_input,
    conv2d_transpose,
)
from interactive_graphs.ops.nn_conv3d import (
    conv3d,
    conv3d_backprop_filter_v2,
    conv3d_transpose,
)
from interactive_graphs.ops.nn_convolution import (
    atrous_conv2d,
    atrous_conv2d_transpose,
    conv1d,
    convolution,
)
from interactive_graphs.ops.nn_cross_entropy import (
    softmax_cross_entropy_with_logits,
    softmax_cross_entropy_with_logits_v2,
    sparse_softmax_cross_entropy_with_logits,
)
from interactive_graphs.ops.nn_depthwise import (
    depthwise_conv2d,
    depthwise_conv2d_native,
    depthwise_conv2d_native_backprop_filter,
    depthwise_conv2d_native_backprop_filter as depthwise_conv2d_backprop_filter,
    depthwise_conv2d_native_backprop_input,
    depthwise_conv2d_native_backprop_input as depthwise_conv2d_backprop_input,
    separable_conv2d,
)
from interactive_graphs.ops.nn_dropout import dropout, zero_fraction
from interactive_graphs.ops.nn_loss import (
    l2_loss,
    log_poisson_loss,
    sigmoid_cross_entropy_with_logits,
    weighted_cross_entropy_with_logits,
)
from interactive_graphs.ops.nn_norm import (
    batch_norm_with_global_normalization,
    batch_normalization,
    l2_normalize,
    local_response_normalization,
    lrn,
    moments,
    normalize_moments,
    sufficient_statistics,
    weighted_moments,
)
from interactive_graphs.ops.nn_pool import avg_pool, max_pool, max_pool_with_argmax
from interactive_graphs.ops.nn_pool3d import avg_pool3d, max_pool3d, pool
from interactive_graphs.ops.nn_softmax import log_softmax, softmax
from interactive_graphs.ops.sampled_loss import nce_loss, sampled_softmax_loss
from interactive_graphs.ops.sorting import top_k
from interactive_graphs.ops.space import depth_to_space, space_to_batch, space_to_depth

if _typing.TYPE_CHECKING:
    from interactive_graphs.api import rnn_cell
    from interactive_graphs.ops.ctc import (
        ctc_beam_search_decoder,
        ctc_greedy_decoder,
        ctc_loss,
    )
    from interactive_graphs.ops.dilation import dilation2d, erosion2d
    from interactive_graphs.ops.embedding_safe import safe_embedding_lookup_sparse
    from interactive_graphs.ops.nn_sequence import (
        avg_pool1d,
        avg_pool2d,
        conv1d_transpose,
        max_pool1d,
        max_pool2d,
    )
    from interactive_graphs.rnn.dynamic import bidirectional_dynamic_rnn, dynamic_rnn
    from interactive_graphs.rnn.raw import raw_rnn
    from interactive_graphs.rnn.static import (
        static_bidirectional_rnn,
        static_rnn,
        static_state_saving_rnn,
    )

__all__ = [
    "all_candidate_sampler",
    "atrous_conv2d",
    "atrous_conv2d_transpose",
    "avg_pool",
    "avg_pool1d",
    "avg_pool2d",
    "avg_pool3d",
    "batch_norm_with_global_normalization",
    "batch_normalization",
    "bias_add",
    "bidirectional_dynamic_rnn",
    "compute_accidental_hits",
    "conv1d",
    "conv1d_transpose",
    "conv2d",
    "conv2d_backprop_filter",
    "conv2d_backprop_input",
    "conv2d_transpose",
    "conv3d",
    "conv3d_backprop_filter_v2",
    "conv3d_transpose",
    "convolution",
    "crelu",
    "ctc_beam_search_decoder",
    "ctc_greedy_decoder",
    "ctc_loss",
    "depth_to_space",
    "depthwise_conv2d",
    "depthwise_conv2d_backprop_filter",
    "depthwise_conv2d_backprop_input",
    "depthwise_conv2d_native",
    "depthwise_conv2d_native_backprop_filter",
    "depthwise_conv2d_native_backprop_input",
    "dilation2d",
    "dropout",
    "dynamic_rnn",
    "elu",
    "embedding_lookup",
    "embedding_lookup_sparse",
    "erosion2d",
    "fixed_unigram_candidate_sampler",
    "fused_batch_norm",
    "in_top_k",
    "l2_loss",
    "l2_normalize",
    "leaky_relu",
    "learned_unigram_candidate_sampler",
    "local_response_normalization",
    "log_poisson_loss",
    "log_softmax",
    "log_uniform_candidate_sampler",
    "lrn",
    "max_pool",
    "max_pool1d",
    "max_pool2d",
    "max_pool3d",
    "max_pool_with_argmax",
    "moments",
    "nce_loss",
    "normalize_moments",
    "pool",
    "raw_rnn",
    "relu",
    "relu6",
    "relu_layer",
    "rnn_cell",
    "safe_embedding_lookup_sparse",
    "sampled_softmax_loss",
    "selu",
    "separable_conv2d",
    "sigmoid",
    "sigmoid_cross_entropy_with_logits",
    "silu",
    "softmax",
    "softmax_cross_entropy_with_logits",
    "softmax_cross_entropy_with_logits_v2",
    "softplus",
    "softsign",
    "space_to_batch",
    "space_to_depth",
    "sparse_softmax_cross_entropy_with_logits",
    "static_bidirectional_rnn",
    "static_rnn",
    "static_state_saving_rnn",
    "sufficient_statistics",
    "swish",
    "tanh",
    "top_k",
    "uniform_candidate_sampler",
    "weighted_cross_entropy_with_logits",
    "weighted_moments",
    "xw_plus_b",
    "zero_fraction",
]

_HOMES = {
    "avg_pool1d": "ops.nn_sequence",
    "avg_pool2d": "ops.nn_sequence",
    "bidirectional_dynamic_rnn": "rnn.dynamic",
    "conv1d_transpose": "ops.nn_sequence",
    "ctc_beam_search_decoder": "ops.ctc",
    "ctc_greedy_decoder": "ops.ctc",
    "ctc_loss": "ops.ctc",
    "dilation2d": "ops.dilation",
    "dynamic_rnn": "rnn.dynamic",
    "erosion2d": "ops.dilation",
    "max_pool1d": "ops.nn_sequence",
    "max_pool2d": "ops.nn_sequence",
    "raw_rnn": "rnn.raw",
    "safe_embedding_lookup_sparse": "ops.embedding_safe",
    "static_bidirectional_rnn": "rnn.static",
    "static_rnn": "rnn.static",
    "static_state_saving_rnn": "rnn.static",
}

_unknown = _missing.unknown("tf.nn", __name__)


def __getattr__(name: str) -> _typing.Any:
    """A name that is loaded when it is asked for."""
    if name == "rnn_cell":
        return _lazy.load("interactive_graphs.api.rnn_cell")
    if name not in _HOMES:
        return _unknown(name)
    module = _lazy.load(f"interactive_graphs.{_HOMES[name]}")
    value = globals()[name] = getattr(module, name)
    return value


def __dir__() -> list[str]:
    """All public names, those that are not loaded yet as well."""
    return __all__
