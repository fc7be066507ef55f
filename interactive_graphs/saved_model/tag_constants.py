"""`tf.saved_model.tag_constants`: the usual tags of a SavedModel's graphs.

Read next: `builder.py`.
"""

from typing import Final

GPU: Final = "gpu"
SERVING: Final = "serve"
TPU: Final = "tpu"
TRAINING: Final = "train"
