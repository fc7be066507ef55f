"""Speed of this package beside TensorFlow's compat.v1; see README.md here."""
