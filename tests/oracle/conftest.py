"""TensorFlow 2.21 has `tf.layers` only with the older Keras, the package tf_keras."""

import os

os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
