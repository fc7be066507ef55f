"""Pictures, tables and texts of graphs, in plain Python.

`show_graph(graph)` gives a `Picture`, which a notebook shows, a terminal prints as an
indented tree, and `save` writes to a file. The way of a picture: `view` (graph to plain
data), `place` (sizes and positions), `svg`; beside it `text` and `dot`. Importing
`rich` gives graphs, tensors, operations and sessions their displays.
"""
