"""The tutorials' helpers; those for MNIST."""

from interactive_graphs.examples.tutorials import mnist

__all__ = ["mnist"]
