"""From a graph to results: prune, verify, optimise, place, partition, compile, execute.

Finds kernels in the registry and never imports ops. Read `plan.py` first.
"""
