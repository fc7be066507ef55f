"""Live views for notebooks: the graph, values, the step debugger, the timeline.

Each is an anywidget whose browser side is in `widgets/` at the top of the repository;
here are its traits and what it says and answers. Read next: `base.py`.
"""
