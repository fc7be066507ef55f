"""Single operations at three sizes, in families.

Each module has a table `OPERATIONS`: by name a function of a `Maker` and a number of
elements, that gives what to run. The largest size has about a million elements, or as
much work as a step of a course's net.
"""
