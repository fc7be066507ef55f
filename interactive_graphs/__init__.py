"""TensorFlow 1's graphs and sessions, on numpy, alive in a notebook.

    import interactive_graphs as tf

    x = tf.placeholder(tf.float32, [None], name="x")
    with tf.Session() as sess:
        print(sess.run(x * 2.0, feed_dict={x: [1.0, 2.0]}))

In IPython `%load_ext interactive_graphs` installs a default session and the magics:
`%graph`, `%program`, `%variables`. The public names are TensorFlow 1's.
"""

from __future__ import annotations

import typing as _typing

# First and here, where the stack is shallow: further down Python 3.11 maps and unmaps a
# piece of its stack 900 times while numpy builds its types, which doubles our time.
from interactive_graphs._util import blas_core as _blas_core  # isort: skip

# `display` for what importing it does: graphs and tensors get their rich displays.
from interactive_graphs import display, errors
from interactive_graphs._util.missing import missing_name as _missing_name
from interactive_graphs.api import aliases as _aliases, later as _later
from interactive_graphs.autodiff.aggregate import AggregationMethod
from interactive_graphs.autodiff.backprop import gradients
from interactive_graphs.autodiff.custom import (
    NoGradient,
    NotDifferentiable,
    RegisterGradient,
    custom_gradient,
)
from interactive_graphs.autodiff.hessian import hessians
from interactive_graphs.client.conversions import (
    register_session_run_conversion_functions,
)
from interactive_graphs.client.interactive import InteractiveSession
from interactive_graphs.client.session import Session
from interactive_graphs.errors import OpError

# For what importing it does: graphs and operations can be written as messages.
from interactive_graphs.framework import graph_def as _graph_def
from interactive_graphs.framework.constant_value import get_static_value
from interactive_graphs.framework.convert import (
    convert_n_to_tensor,
    convert_to_tensor,
    register_tensor_conversion_function,
)
from interactive_graphs.framework.device import DeviceSpec
from interactive_graphs.framework.dtypes import (
    QUANTIZED_DTYPES,
    DType,
    as_dtype,
    bfloat16,
    bool,
    complex64,
    complex128,
    double,
    float16,
    float32,
    float64,
    half,
    int8,
    int16,
    int32,
    int64,
    qint8,
    qint16,
    qint32,
    quint8,
    quint16,
    resource,
    string,
    uint8,
    uint16,
    uint32,
    uint64,
    variant,
)
from interactive_graphs.framework.graph import (
    PRODUCER_VERSION as GRAPH_DEF_VERSION,
    Graph,
    get_default_graph,
    reset_default_graph,
)
from interactive_graphs.framework.graph_keys import GraphKeys
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.scopes import (
    add_to_collection,
    add_to_collections,
    colocate_with,
    container,
    device,
    executing_eagerly,
    get_collection,
    get_collection_ref,
    init_scope,
    name_scope,
    op_scope,
)
from interactive_graphs.framework.seed import get_seed, set_random_seed
from interactive_graphs.framework.sparse import (
    IndexedSlices,
    IndexedSlicesValue,
    SparseTensor,
    SparseTensorValue,
    convert_to_tensor_or_indexed_slices,
    convert_to_tensor_or_sparse_tensor,
)
from interactive_graphs.framework.stacks import get_default_session
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_proto import make_ndarray, make_tensor_proto
from interactive_graphs.framework.tensor_shape import Dimension, TensorShape
from interactive_graphs.ops.arrange import (
    invert_permutation,
    matrix_transpose,
    reverse,
    reverse_sequence,
    reverse_v2,
    roll,
    transpose,
)
from interactive_graphs.ops.broadcasting import (
    broadcast_dynamic_shape,
    broadcast_static_shape,
    broadcast_to,
    meshgrid,
)
from interactive_graphs.ops.cast import (
    bitcast,
    cast,
    saturate_cast,
    to_bfloat16,
    to_complex64,
    to_complex128,
    to_double,
    to_float,
    to_int32,
    to_int64,
)
from interactive_graphs.ops.check import (
    assert_equal,
    assert_greater,
    assert_greater_equal,
    assert_less,
    assert_less_equal,
    assert_near,
    assert_negative,
    assert_non_negative,
    assert_non_positive,
    assert_none_equal,
    assert_positive,
    is_non_decreasing,
    is_numeric_tensor,
    is_strictly_increasing,
)
from interactive_graphs.ops.check_shape import (
    assert_integer,
    assert_proper_iterable,
    assert_rank,
    assert_rank_at_least,
    assert_rank_in,
    assert_same_float_dtype,
    assert_scalar,
    assert_type,
)
from interactive_graphs.ops.choice import one_hot, sequence_mask, where, where_v2
from interactive_graphs.ops.clip import (
    clip_by_average_norm,
    clip_by_global_norm,
    clip_by_norm,
    clip_by_value,
    global_norm,
)
from interactive_graphs.ops.comparison import (
    equal,
    greater,
    greater_equal,
    is_finite,
    is_inf,
    is_nan,
    less,
    less_equal,
    logical_and,
    logical_not,
    logical_or,
    logical_xor,
    not_equal,
)
from interactive_graphs.ops.concat import concat, split, tile
from interactive_graphs.ops.constant import (
    constant,
    fill,
    identity,
    identity_n,
    no_op,
    ones,
    ones_like,
    placeholder,
    placeholder_with_default,
    sparse_placeholder,
    stop_gradient,
    zeros,
    zeros_like,
)
from interactive_graphs.ops.control_flow import control_dependencies, group, tuple
from interactive_graphs.ops.debug import (
    Assert,
    Print,
    add_check_numerics_ops,
    check_numerics,
    verify_tensor_all_finite,
)
from interactive_graphs.ops.elementwise import (
    abs,
    add,
    div,
    div_no_nan,
    divide,
    floor_div,
    floordiv,
    floormod,
    maximum,
    minimum,
    mod,
    multiply,
    negative,
    pow,
    realdiv,
    scalar_mul,
    sign,
    square,
    squared_difference,
    subtract,
    truediv,
    truncatediv,
    truncatemod,
)
from interactive_graphs.ops.gather import batch_gather, gather, gather_nd, scatter_nd
from interactive_graphs.ops.initializers import (
    constant_initializer,
    glorot_normal_initializer,
    glorot_uniform_initializer,
    ones_initializer,
    orthogonal_initializer,
    random_normal_initializer,
    random_uniform_initializer,
    truncated_normal_initializer,
    uniform_unit_scaling_initializer,
    variance_scaling_initializer,
    zeros_initializer,
)
from interactive_graphs.ops.math_functions import (
    acos,
    acosh,
    asin,
    asinh,
    atan,
    atan2,
    atanh,
    ceil,
    cos,
    cosh,
    exp,
    expm1,
    floor,
    log,
    log1p,
    log_sigmoid,
    reciprocal,
    rint,
    round,
    rsqrt,
    sigmoid,
    sin,
    sinh,
    sqrt,
    tan,
    tanh,
)
from interactive_graphs.ops.matmul import matmul, sparse_matmul
from interactive_graphs.ops.padding import pad
from interactive_graphs.ops.partition import (
    dynamic_partition,
    dynamic_stitch,
    searchsorted,
    setdiff1d,
    unique,
    unique_with_counts,
)
from interactive_graphs.ops.partitioned_variables import (
    fixed_size_partitioner,
    min_max_variable_partitioner,
    variable_axis_size_partitioner,
)
from interactive_graphs.ops.promises import ensure_shape, guarantee_const
from interactive_graphs.ops.random_ops import (
    multinomial,
    random_crop,
    random_gamma,
    random_normal,
    random_poisson,
    random_shuffle,
    random_uniform,
    truncated_normal,
)
from interactive_graphs.ops.reduction import (
    count_nonzero,
    reduce_all,
    reduce_any,
    reduce_logsumexp,
    reduce_max,
    reduce_mean,
    reduce_min,
    reduce_prod,
    reduce_sum,
)
from interactive_graphs.ops.resource_variable import ResourceVariable
from interactive_graphs.ops.segment import (
    segment_max,
    segment_mean,
    segment_min,
    segment_prod,
    segment_sum,
    unsorted_segment_max,
    unsorted_segment_mean,
    unsorted_segment_min,
    unsorted_segment_prod,
    unsorted_segment_sqrt_n,
    unsorted_segment_sum,
)
from interactive_graphs.ops.sequences import lin_space, linspace, range
from interactive_graphs.ops.session_ops import (
    TensorHandle,
    delete_session_tensor,
    get_session_handle,
    get_session_tensor,
)
from interactive_graphs.ops.shape import (
    expand_dims,
    rank,
    reshape,
    shape,
    shape_n,
    size,
    squeeze,
)
from interactive_graphs.ops.slicing import boolean_mask, newaxis, slice, strided_slice
from interactive_graphs.ops.sparse_ops import (
    sparse_add,
    sparse_mask,
    sparse_merge,
    sparse_tensor_dense_matmul,
    sparse_tensor_to_dense,
    sparse_to_dense,
    sparse_to_indicator,
)
from interactive_graphs.ops.stack import parallel_stack, stack, unstack
from interactive_graphs.ops.state import (
    assign,
    assign_add,
    assign_sub,
    count_up_to,
    is_variable_initialized,
    scatter_add,
    scatter_div,
    scatter_max,
    scatter_min,
    scatter_mul,
    scatter_nd_add,
    scatter_nd_sub,
    scatter_nd_update,
    scatter_sub,
    scatter_update,
)
from interactive_graphs.ops.sums import accumulate_n, add_n
from interactive_graphs.ops.variable_init import (
    all_variables,
    assert_variables_initialized,
    global_variables,
    global_variables_initializer,
    initialize_all_tables,
    initialize_all_variables,
    initialize_local_variables,
    initialize_variables,
    local_variables,
    local_variables_initializer,
    model_variables,
    moving_average_variables,
    report_uninitialized_variables,
    tables_initializer,
    trainable_variables,
    variables_initializer,
)
from interactive_graphs.ops.variable_scope import (
    AUTO_REUSE,
    VariableScope,
    get_local_variable,
    get_variable,
    get_variable_scope,
    no_regularizer,
    variable_op_scope,
    variable_scope,
)
from interactive_graphs.ops.variables import Variable

if _typing.TYPE_CHECKING:
    # Loaded when they are first asked for (`api/later.py`).
    from interactive_graphs import (
        data,
        examples,
        layers,
        losses,
        metrics,
        saved_model,
        summary,
        train,
    )
    from interactive_graphs.api import (
        app,
        bitwise,
        compat,
        contrib,
        debugging,
        dtypes,
        flags,
        gfile,
        graph_util,
        image,
        initializers,
        io,
        keras,
        linalg,
        logging,
        lookup,
        manip,
        math,
        nest,
        nn,
        python_io,
        queue,
        random,
        resource_loader,
        sets,
        signal,
        sparse,
        spectral,
        strings,
        test,
        version,
    )
    from interactive_graphs.api.version import COMPILER_VERSION, GIT_VERSION, VERSION
    from interactive_graphs.autodiff.unconnected import UnconnectedGradients
    from interactive_graphs.framework.behavior import (
        control_flow_v2_enabled,
        disable_control_flow_v2,
        disable_eager_execution,
        disable_resource_variables,
        disable_tensor_equality,
        disable_v2_behavior,
        disable_v2_tensorshape,
        resource_variables_enabled,
    )
    from interactive_graphs.framework.graph_import import import_graph_def
    from interactive_graphs.ops.case import case
    from interactive_graphs.ops.clock import timestamp
    from interactive_graphs.ops.complex_numbers import angle, complex, conj, imag, real
    from interactive_graphs.ops.cond import cond
    from interactive_graphs.ops.contraction import einsum, norm, tensordot
    from interactive_graphs.ops.counting import (
        bincount,
        confusion_matrix,
        histogram_fixed_width,
        histogram_fixed_width_bins,
    )
    from interactive_graphs.ops.data_flow import FIFOQueue, QueueBase
    from interactive_graphs.ops.decode_csv import decode_csv
    from interactive_graphs.ops.decomposition import (
        qr,
        self_adjoint_eig,
        self_adjoint_eigvals,
        svd,
    )
    from interactive_graphs.ops.files import matching_files, read_file, write_file
    from interactive_graphs.ops.fourier import fft, ifft
    from interactive_graphs.ops.functional import foldl, foldr, map_fn, scan
    from interactive_graphs.ops.image_windows import extract_image_patches
    from interactive_graphs.ops.indices import (
        repeat,
        tensor_scatter_add,
        tensor_scatter_nd_add,
        tensor_scatter_nd_sub,
        tensor_scatter_nd_update,
        tensor_scatter_sub,
        tensor_scatter_update,
        unravel_index,
    )
    from interactive_graphs.ops.kinds import is_tensor
    from interactive_graphs.ops.linalg import (
        cholesky,
        cholesky_solve,
        matrix_determinant,
        matrix_inverse,
        matrix_solve,
        matrix_solve_ls,
        matrix_triangular_solve,
    )
    from interactive_graphs.ops.matrix_functions import matrix_square_root
    from interactive_graphs.ops.matrix_parts import (
        cross,
        diag,
        diag_part,
        eye,
        matrix_band_part,
        matrix_diag,
        matrix_diag_part,
        matrix_set_diag,
        trace,
    )
    from interactive_graphs.ops.parsing_features import (
        FixedLenFeature,
        FixedLenSequenceFeature,
        SparseFeature,
        VarLenFeature,
        parse_example,
        parse_single_example,
        parse_single_sequence_example,
    )
    from interactive_graphs.ops.print_ops import print
    from interactive_graphs.ops.queue_kinds import (
        PaddingFIFOQueue,
        PriorityQueue,
        RandomShuffleQueue,
    )
    from interactive_graphs.ops.readers import (
        FixedLengthRecordReader,
        IdentityReader,
        ReaderBase,
        TextLineReader,
        TFRecordReader,
        WholeFileReader,
    )
    from interactive_graphs.ops.scan import cumprod, cumsum
    from interactive_graphs.ops.script import numpy_function, py_func
    from interactive_graphs.ops.sets import edit_distance
    from interactive_graphs.ops.sorting import (
        arg_max,
        arg_min,
        argmax,
        argmin,
        argsort,
        sort,
    )
    from interactive_graphs.ops.space import (
        batch_to_space,
        batch_to_space_nd,
        depth_to_space,
        required_space_to_batch_paddings,
        space_to_batch,
        space_to_batch_nd,
        space_to_depth,
    )
    from interactive_graphs.ops.sparse_reduce import (
        sparse_maximum,
        sparse_minimum,
        sparse_reduce_max,
        sparse_reduce_max_sparse,
        sparse_reduce_sum,
        sparse_reduce_sum_sparse,
        sparse_softmax,
    )
    from interactive_graphs.ops.sparse_segment import (
        sparse_segment_mean,
        sparse_segment_sqrt_n,
        sparse_segment_sum,
    )
    from interactive_graphs.ops.sparse_serialize import (
        deserialize_many_sparse,
        serialize_many_sparse,
        serialize_sparse,
    )
    from interactive_graphs.ops.sparse_shape import (
        sparse_concat,
        sparse_fill_empty_rows,
        sparse_reorder,
        sparse_reset_shape,
        sparse_reshape,
        sparse_retain,
        sparse_slice,
        sparse_split,
        sparse_transpose,
    )
    from interactive_graphs.ops.special_functions import (
        betainc,
        digamma,
        erf,
        erfc,
        igamma,
        igammac,
        lbeta,
        lgamma,
        polygamma,
        zeta,
    )
    from interactive_graphs.ops.spectral import fft2d, fft3d, ifft2d, ifft3d
    from interactive_graphs.ops.string_codes import (
        as_string,
        decode_base64,
        decode_raw,
        encode_base64,
        string_to_hash_bucket,
        string_to_hash_bucket_fast,
        string_to_hash_bucket_strong,
        string_to_number,
    )
    from interactive_graphs.ops.strings import (
        reduce_join,
        regex_replace,
        string_join,
        string_split,
        string_strip,
        substr,
    )
    from interactive_graphs.ops.template import make_template
    from interactive_graphs.ops.tensor_array import TensorArray
    from interactive_graphs.ops.tensor_codecs import (
        decode_compressed,
        parse_tensor,
        serialize_tensor,
    )
    from interactive_graphs.ops.while_loop import while_loop
    from interactive_graphs.platform.tf_logging import get_logger

__version__ = "0.1.0"
# The oldest GraphDefs that are read, and the oldest readers of ours: no limit.
GRAPH_DEF_VERSION_MIN_PRODUCER = 0
GRAPH_DEF_VERSION_MIN_CONSUMER = 0

# Messages load protobuf, so they come when asked for.
_MESSAGES = frozenset(
    """
    AttrValue ConfigProto Event GPUOptions GraphDef GraphOptions HistogramProto
    LogMessage MetaGraphDef NameAttrList NodeDef OptimizerOptions RunMetadata
    RunOptions SessionLog Summary SummaryMetadata
    """.split()
)


_aliases.install(_later.NAMESPACES)


def __getattr__(name: str) -> _typing.Any:
    """What comes on first use; a clear word about everything else."""
    if name in _MESSAGES:
        from interactive_graphs import protos

        return getattr(protos, name)
    if name in _later.NAMES:
        value = globals()[name] = _later.load(name)
        return value
    if name == "__all__":  # for `from interactive_graphs import *`
        return [public for public in __dir__() if not public.startswith("_")]
    # With `obj` set, Python adds no suggestion of its own to ours.
    raise AttributeError(_missing_name(name, __dir__()), name=name, obj=None)


def __dir__() -> list[str]:
    """All public names, those that are not loaded yet as well."""
    return sorted({*globals(), *_later.NAMES})


def load_ipython_extension(ipython: _typing.Any) -> None:
    """`%load_ext interactive_graphs`: a default session, and the magics."""
    from interactive_graphs import magics

    magics.load_ipython_extension(ipython)


def unload_ipython_extension(ipython: _typing.Any) -> None:
    """`%unload_ext interactive_graphs`: closes that session, removes the magics."""
    from interactive_graphs import magics

    magics.unload_ipython_extension(ipython)
