"""`tf.examples`: what TensorFlow's own tutorials import."""

from interactive_graphs.examples import tutorials

__all__ = ["tutorials"]
