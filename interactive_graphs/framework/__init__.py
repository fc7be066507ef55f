"""Graphs, operations, tensors, shapes and dtypes; knows no op and no runtime."""
