"""The public names that `import interactive_graphs` does not load.

They come when they are first asked for: an import takes half as long without the
namespaces and without the families of ops that few programs use. What type checkers
read are the same names under TYPE_CHECKING in `interactive_graphs/__init__.py`; a test
holds the two equal. Read next: `../ops/__init__.py`.
"""

from __future__ import annotations

from typing import Any, Final

from interactive_graphs._util import lazy

_NAMESPACES: Final = (
    "app bitwise compat contrib debugging dtypes flags gfile graph_util image "
    "initializers io keras linalg logging lookup manip math nest nn python_io queue "
    "random resource_loader sets signal sparse spectral strings test version"
)

# By the module, below the package, that defines them.
_FUNCTIONS: Final = {
    "api.version": "COMPILER_VERSION GIT_VERSION VERSION",
    "autodiff.unconnected": "UnconnectedGradients",
    "framework.behavior": (
        "control_flow_v2_enabled disable_control_flow_v2 disable_eager_execution "
        "disable_resource_variables disable_tensor_equality disable_v2_behavior "
        "disable_v2_tensorshape resource_variables_enabled"
    ),
    "framework.graph_import": "import_graph_def",
    "ops.case": "case",
    "ops.complex_numbers": "angle complex conj imag real",
    "ops.cond": "cond",
    "ops.contraction": "einsum norm tensordot",
    "ops.counting": (
        "bincount confusion_matrix histogram_fixed_width histogram_fixed_width_bins"
    ),
    "ops.data_flow": "FIFOQueue QueueBase",
    "ops.decode_csv": "decode_csv",
    "ops.decomposition": "qr self_adjoint_eig self_adjoint_eigvals svd",
    "ops.files": "matching_files read_file write_file",
    "ops.fourier": "fft ifft",
    "ops.functional": "foldl foldr map_fn scan",
    "ops.image_windows": "extract_image_patches",
    "ops.indices": (
        "repeat tensor_scatter_add tensor_scatter_nd_add tensor_scatter_nd_sub "
        "tensor_scatter_nd_update tensor_scatter_sub tensor_scatter_update "
        "unravel_index"
    ),
    "ops.kinds": "is_tensor",
    "ops.linalg": (
        "cholesky cholesky_solve matrix_determinant matrix_inverse matrix_solve "
        "matrix_solve_ls matrix_triangular_solve"
    ),
    "ops.clock": "timestamp",
    "ops.matrix_functions": "matrix_square_root",
    "ops.matrix_parts": (
        "cross diag diag_part eye matrix_band_part matrix_diag matrix_diag_part "
        "matrix_set_diag trace"
    ),
    "ops.parsing_features": (
        "FixedLenFeature FixedLenSequenceFeature SparseFeature VarLenFeature "
        "parse_example parse_single_example parse_single_sequence_example"
    ),
    "ops.print_ops": "print",
    "ops.queue_kinds": "PaddingFIFOQueue PriorityQueue RandomShuffleQueue",
    "ops.readers": (
        "FixedLengthRecordReader IdentityReader ReaderBase TFRecordReader "
        "TextLineReader WholeFileReader"
    ),
    "ops.scan": "cumprod cumsum",
    "ops.script": "numpy_function py_func",
    "ops.sets": "edit_distance",
    "ops.sorting": "arg_max arg_min argmax argmin argsort sort",
    "ops.space": (
        "batch_to_space batch_to_space_nd depth_to_space "
        "required_space_to_batch_paddings space_to_batch space_to_batch_nd "
        "space_to_depth"
    ),
    "ops.sparse_reduce": (
        "sparse_maximum sparse_minimum sparse_reduce_max sparse_reduce_max_sparse "
        "sparse_reduce_sum sparse_reduce_sum_sparse sparse_softmax"
    ),
    "ops.sparse_segment": (
        "sparse_segment_mean sparse_segment_sqrt_n sparse_segment_sum"
    ),
    "ops.sparse_serialize": (
        "deserialize_many_sparse serialize_many_sparse serialize_sparse"
    ),
    "ops.sparse_shape": (
        "sparse_concat sparse_fill_empty_rows sparse_reorder sparse_reset_shape "
        "sparse_reshape sparse_retain sparse_slice sparse_split sparse_transpose"
    ),
    "ops.special_functions": (
        "betainc digamma erf erfc igamma igammac lbeta lgamma polygamma zeta"
    ),
    "ops.spectral": "fft2d fft3d ifft2d ifft3d",
    "ops.string_codes": (
        "as_string decode_base64 decode_raw encode_base64 string_to_hash_bucket "
        "string_to_hash_bucket_fast string_to_hash_bucket_strong string_to_number"
    ),
    "ops.strings": (
        "reduce_join regex_replace string_join string_split string_strip substr"
    ),
    "ops.template": "make_template",
    "ops.tensor_array": "TensorArray",
    "ops.tensor_codecs": "decode_compressed parse_tensor serialize_tensor",
    "ops.while_loop": "while_loop",
    "platform.tf_logging": "get_logger",
}

_MODULES: Final = {
    "data": "interactive_graphs.data",
    "examples": "interactive_graphs.examples",
    "layers": "interactive_graphs.layers",
    "losses": "interactive_graphs.losses",
    "metrics": "interactive_graphs.metrics",
    "saved_model": "interactive_graphs.saved_model",
    "summary": "interactive_graphs.summary",
    "train": "interactive_graphs.train",
    **{name: f"interactive_graphs.api.{name}" for name in _NAMESPACES.split()},
}
_HOMES: Final = {
    name: f"interactive_graphs.{module}"
    for module, names in _FUNCTIONS.items()
    for name in names.split()
}
NAMES: Final = frozenset({*_MODULES, *_HOMES})
NAMESPACES: Final = frozenset(_NAMESPACES.split())


def load(name: str) -> Any:
    """A namespace, or a function of a family that few programs use.

    Args:
        name: one of `NAMES`.
    """
    if name in _MODULES:
        return lazy.load(_MODULES[name])
    return getattr(lazy.load(_HOMES[name]), name)
