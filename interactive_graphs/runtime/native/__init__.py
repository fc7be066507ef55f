"""From a plan of known shapes to a program that calls native code.

    program = build(plan, state, feeders, result, other)    # runtime/native/build.py

`build(plan, state, feeders, result, other, inner=False) -> Program | None` takes what
`compile_plan` takes: a specialised plan (all shapes that matter are concrete), the
session's state, a test and a converter for each feed, and what running returns. `other`
runs the step, `other(values)`, where a check of the program fails: feeds of another
shape, a variable without a value, a label out of range. It returns None where native
code gains nothing: then the numpy program stays. It compiles in the calling thread,
takes no lock of the session, and touches no value of it.

The way there: `work.py` (tasks and arrays, what all else is about), `lowerings.py`
(what an op becomes), `translate.py` (plan to tasks), `cluster.py` and `epilogue.py`
(tasks that become one kernel), `schedule.py` (their order), `buffers.py` (where values
lie), `assemble.py` (kernels on memory), `writer.py` (the text). Read next: `work.py`.
"""
