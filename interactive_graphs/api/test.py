"""`tf.test`: tests of graphs, and whether gradients are right."""

from unittest import mock

from interactive_graphs._util import missing
from interactive_graphs.testing.gradient_check import (
    compute_gradient,
    compute_gradient_error,
)
from interactive_graphs.testing.test_case import (
    TestCase,
    assert_equal_graph_def,
    get_temp_dir,
    gpu_device_name,
    is_built_with_cuda,
    is_gpu_available,
    main,
    test_src_dir_path,
)

__all__ = [
    "TestCase",
    "assert_equal_graph_def",
    "compute_gradient",
    "compute_gradient_error",
    "get_temp_dir",
    "gpu_device_name",
    "is_built_with_cuda",
    "is_gpu_available",
    "main",
    "mock",
    "test_src_dir_path",
]
__getattr__ = missing.unknown("tf.test", __name__)
