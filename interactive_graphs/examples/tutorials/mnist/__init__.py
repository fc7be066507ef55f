"""MNIST, from files that are on disk already."""

from interactive_graphs.examples.tutorials.mnist import input_data

__all__ = ["input_data"]
