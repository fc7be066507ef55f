"""Graphs with values and signatures, as `tf.saved_model`.

    tf.saved_model.simple_save(sess, "export", inputs={"x": x}, outputs={"y": y})

    with tf.Session(graph=tf.Graph()) as sess:
        meta = tf.saved_model.loader.load(sess, ["serve"], "export")

Read next: `builder.py`.
"""

from interactive_graphs._util import missing as _missing
from interactive_graphs.saved_model import (
    builder,
    constants,
    loader,
    main_op,
    signature_constants,
    signature_def_utils,
    tag_constants,
    utils,
)
from interactive_graphs.saved_model.builder import (
    SavedModelBuilder as Builder,
    simple_save,
)
from interactive_graphs.saved_model.loader import load, maybe_saved_model_directory
from interactive_graphs.saved_model.signature_def_utils import (
    build_signature_def,
    classification_signature_def,
    is_valid_signature,
    predict_signature_def,
    regression_signature_def,
)
from interactive_graphs.saved_model.utils import (
    build_tensor_info,
    get_tensor_from_tensor_info,
)

__all__ = [
    "Builder",
    "build_signature_def",
    "build_tensor_info",
    "builder",
    "classification_signature_def",
    "constants",
    "get_tensor_from_tensor_info",
    "is_valid_signature",
    "load",
    "loader",
    "main_op",
    "maybe_saved_model_directory",
    "predict_signature_def",
    "regression_signature_def",
    "signature_constants",
    "signature_def_utils",
    "simple_save",
    "tag_constants",
    "utils",
]

__getattr__ = _missing.unknown("tf.saved_model", __name__)
