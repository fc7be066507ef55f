"""Loops and branches of hand-made nodes: Switch and Merge, frames, dead values, stacks.

`while_loop` and `cond` have case files of their own; here are the nodes below them, also
where they do not nest.
"""

import functools
import importlib

from tests.oracle.programs import Table

table = Table()


class Nodes:
    """The op constructors of a library, by the names that both have."""

    def __init__(self, tf):
        self._raw = getattr(tf, "raw_ops", None)
        if self._raw is None:
            self._raw = importlib.import_module(f"{tf.__name__}.framework.raw")

    def __getattr__(self, name):
        return functools.partial(self._make, name)

    def _make(self, name, **arguments):
        return getattr(self._raw, name)(**arguments)


def loop(tf, name, start, pred, body, frame_limit=10):
    """A loop over variables: what comes out of it, and what goes round.

    `pred` and `body` take the variables and a function that takes a constant in.
    """
    n = Nodes(tf)

    def outer(value):
        return n.Enter(data=tf.constant(value), frame_name=name, is_constant=True)

    enters = [
        n.Enter(data=s, frame_name=name, parallel_iterations=frame_limit) for s in start
    ]
    merges = [n.Merge(inputs=[e, e])[0] for e in enters]
    going_on = n.LoopCond(input=pred(outer, *merges))
    switches = [n.Switch(data=m, pred=going_on) for m in merges]
    following = body(outer, *(tf.identity(true) for _, true in switches))
    for merge, value in zip(merges, following, strict=True):
        merge.op._update_input(1, n.NextIteration(data=value))
    return [n.Exit(data=false) for false, _ in switches]


def count_to(tf, limit, name="f", frame_limit=10):
    """A loop that counts."""
    return loop(
        tf,
        name,
        [tf.constant(0)],
        lambda outer, i: i < outer(limit),
        lambda outer, i: [i + outer(1)],
        frame_limit,
    )[0]


def fed(tf, dtype="float32", name="x"):
    return tf.placeholder(dtype, [], name=name)


# -- branches --------------------------------------------------------------------------


def sides(tf):
    """x, p and the two sides of a Switch of x."""
    x, p = fed(tf), fed(tf, "bool", "p")
    return x, p, *Nodes(tf).Switch(data=x, pred=p)


def both_ways(name, build, raises_if=None):
    """Runs a program with p true and false; `raises_if` says when a fetch is dead."""
    for value in (True, False):
        table.add(
            f"{name}_{value}".lower(),
            build,
            {"x:0": 3.0, "p:0": value},
            raises="InvalidArgumentError" if raises_if is value else None,
            any_static_shape=True,  # a Merge of unknown shapes says less there
        )


def merged(tf):
    _, _, false, true = sides(tf)
    return list(Nodes(tf).Merge(inputs=[false + 1, true * 2]))


def merged_the_other_way_round(tf):
    _, _, false, true = sides(tf)
    return list(Nodes(tf).Merge(inputs=[true * 2, false + 1]))


def one_side(tf):
    _, _, _, true = sides(tf)
    return true * 2


def merge_of_one(tf):
    _, _, _, true = sides(tf)
    return Nodes(tf).Merge(inputs=[true])[0]


def merge_waits_for_dead(tf):
    _, _, false, true = sides(tf)
    with tf.control_dependencies([tf.identity(true)]):
        return Nodes(tf).Merge(inputs=[false + 1, true * 2])[0]


def trigger_runs_anyway(tf):
    x, _, _, true = sides(tf)
    with tf.control_dependencies([tf.identity(true)]):
        trigger = Nodes(tf).ControlTrigger()
    with tf.control_dependencies([trigger]):
        return x + 1


def merge_of_three(tf):
    x, p, false, _ = sides(tf)
    n = Nodes(tf)
    small, large = n.Switch(data=x, pred=x > 2)
    with tf.control_dependencies([tf.identity(false)]):
        none = tf.constant(7.0)
    del p
    return n.Merge(inputs=[small * 0, none, large * 0 + 7])[0]


def nested(tf):
    n = Nodes(tf)
    _, _, false, true = sides(tf)
    low, high = n.Switch(data=true, pred=true > 2)
    inner = n.Merge(inputs=[low, high * 10])[0]
    return n.Merge(inputs=[false, inner])[0]


def two_conditions_at_once(tf):
    n = Nodes(tf)
    x, _, false, true = sides(tf)
    _, high = n.Switch(data=x, pred=x > 2)
    del false
    return true + high


def constants_of_sides(tf):
    """Nothing comes in but the order: constants of the sides, merged."""
    n = Nodes(tf)
    _, _, false, true = sides(tf)
    with tf.control_dependencies([tf.identity(false)]):
        a = tf.constant(1.0)
    with tf.control_dependencies([tf.identity(true)]):
        b = tf.constant(2.0)
    return n.Merge(inputs=[a, b])[0]


def effects_of_one_side(tf):
    """A variable is changed on the side that is taken alone."""
    n = Nodes(tf)
    v = tf.Variable(10.0)
    _, _, false, true = sides(tf)
    with tf.control_dependencies([tf.identity(true)]):
        added = v.assign_add(1.0)
    with tf.control_dependencies([n.Merge(inputs=[false, tf.identity(added)])[0]]):
        return v.read_value()


both_ways("switch_merge", merged)
both_ways("switch_merge_order", merged_the_other_way_round)
both_ways("dead_fetch", one_side, raises_if=False)
both_ways("merge_of_one", merge_of_one, raises_if=False)
both_ways("merge_waits_for_dead", merge_waits_for_dead, raises_if=False)
both_ways("control_trigger", trigger_runs_anyway)
both_ways("merge_of_three", merge_of_three)
both_ways("nested_switches", nested)
both_ways("two_conditions_at_once", two_conditions_at_once, raises_if=False)
both_ways("constants_of_sides", constants_of_sides)
both_ways("effects_of_one_side", effects_of_one_side)
table.add(
    "dead_target",
    lambda tf: tf.group(one_side(tf)),
    {"x:0": 1.0, "p:0": False},
)

# -- loops -----------------------------------------------------------------------------

for limit in (0, 1, 10):
    table.add(
        f"count_to_{limit}",
        lambda tf, limit=limit: count_to(tf, limit),
        any_static_shape=True,
    )
table.add(
    "one_iteration_at_a_time",
    lambda tf: count_to(tf, 10, frame_limit=1),
    any_static_shape=True,
)
table.add(
    "two_loops",
    lambda tf: [count_to(tf, 3, "f"), count_to(tf, 5, "g")],
    any_static_shape=True,
)
table.add(
    "swap",
    lambda tf: loop(
        tf,
        "f",
        [tf.constant(0), tf.constant(1.0), tf.constant(2.0)],
        lambda outer, i, a, b: i < outer(3),
        lambda outer, i, a, b: [i + outer(1), b, a],
    ),
    any_static_shape=True,
)
table.add(
    "grows",
    lambda tf: loop(
        tf,
        "f",
        [tf.constant([1])],
        lambda outer, a: tf.size(a) < outer(20),
        lambda outer, a: [tf.concat([a, a + outer(1)], outer(0))],
    )[0],
    any_static_shape=True,
)


def nested_loops(tf):
    """The sum of the sums: 0 + (1) + (1 + 2) + ..."""
    n = Nodes(tf)

    def into(value, constant=True):
        return n.Enter(data=value, frame_name="inner", is_constant=constant)

    def body(outer, i, total):
        start = into(outer(0), constant=False)
        a, b = n.Merge(inputs=[start, start])[0], into(total, constant=False)
        b = n.Merge(inputs=[b, b])[0]
        going_on = n.LoopCond(input=a < into(i))
        (_, ta), (fb, tb) = (n.Switch(data=t, pred=going_on) for t in (a, b))
        a.op._update_input(1, n.NextIteration(data=ta + into(outer(1))))
        b.op._update_input(1, n.NextIteration(data=tb + ta))
        return [i + outer(1), n.Exit(data=fb)]

    return loop(
        tf, "outer", [tf.constant(0), tf.constant(0)],
        lambda outer, i, total: i < outer(6), body,
    )  # fmt: skip


table.add("nested_loops", nested_loops, any_static_shape=True)


def condition_in_a_loop(tf):
    n = Nodes(tf)

    def body(outer, i, total):
        low, high = n.Switch(data=i, pred=i > outer(2))
        more = n.Merge(inputs=[low * outer_switched(outer, i), -high])[0]
        return [i + outer(1), total + more]

    def outer_switched(outer, i):
        return n.Switch(data=outer(10), pred=i > outer(2))[0]

    return loop(
        tf, "f", [tf.constant(0), tf.constant(0)],
        lambda outer, i, total: i < outer(5), body,
    )  # fmt: skip


table.add("condition_in_a_loop", condition_in_a_loop, any_static_shape=True)


def loop_in_a_condition(tf):
    n = Nodes(tf)
    _, _, false, true = sides(tf)
    (result,) = loop(
        tf,
        "f",
        [true],
        lambda outer, a: a < outer(100.0),
        lambda outer, a: [a * outer(2.0)],
    )
    return n.Merge(inputs=[false, result])[0]


both_ways("loop_in_a_condition", loop_in_a_condition)
both_ways("dead_enter", lambda tf: dead_enter(tf), raises_if=False)


def dead_enter(tf):
    _, _, _, true = sides(tf)
    n = Nodes(tf)
    return n.Exit(data=n.Enter(data=true, frame_name="f"))


def variable_in_a_loop(tf):
    """A variable counts the iterations."""
    v = tf.Variable(0, use_resource=True)

    def body(outer, i):
        n = Nodes(tf)
        handle = n.Enter(data=v.handle, frame_name="f", is_constant=True)
        two, following = outer(2), i + outer(1)
        with tf.control_dependencies([i]):
            added = n.AssignAddVariableOp(resource=handle, value=two)
        with tf.control_dependencies([added]):
            return [tf.identity(following)]

    (end,) = loop(tf, "f", [tf.constant(0)], lambda outer, i: i < outer(4), body)
    with tf.control_dependencies([end]):
        return [v.read_value(), end]


table.add("variable_in_a_loop", variable_in_a_loop, any_static_shape=True)


def enter_only(tf, constant):
    n = Nodes(tf)
    value = n.Enter(data=tf.constant(3.0), frame_name="f", is_constant=constant)
    return n.Exit(data=value)


for constant in (False, True):
    table.add(
        f"enter_and_exit_{constant}".lower(),
        lambda tf, constant=constant: enter_only(tf, constant),
        any_static_shape=True,
    )
table.add(
    "fetch_inside_once",
    lambda tf: Nodes(tf).Enter(data=tf.constant(3.0), frame_name="f"),
    any_static_shape=True,
)
table.add(
    "fetch_inside_twice",
    lambda tf: count_to(tf, 3).op.inputs[0].op.inputs[0],
    raises="InternalError",
)
table.add(
    "different_frames",
    lambda tf: Nodes(tf).Exit(
        data=Nodes(tf).Enter(data=fed(tf), frame_name="f") + fed(tf, name="y")
    ),
    {"x:0": 1.0, "y:0": 2.0},
    raises="InvalidArgumentError",
)
table.add(
    "frame_inside_of_itself",
    lambda tf: Nodes(tf).Exit(
        data=Nodes(tf).Enter(
            data=Nodes(tf).Enter(data=fed(tf), frame_name="f"), frame_name="f"
        )
    ),
    {"x:0": 1.0},
    raises="InternalError",
)
table.add(
    "exit_of_nothing",
    lambda tf: Nodes(tf).Exit(data=fed(tf)),
    {"x:0": 1.0},
    raises="InvalidArgumentError",
)
table.add(
    "next_of_nothing", lambda tf: Nodes(tf).NextIteration(data=fed(tf)), {"x:0": 1.0}
)
table.add(
    "loop_cond_of_nothing",
    lambda tf: Nodes(tf).LoopCond(input=fed(tf, "bool")),
    {"x:0": True},
)
table.add(
    "bad_loop_cond",
    lambda tf: Nodes(tf).LoopCond(input=tf.constant([True])),
    raises="ValueError",
)
table.add(
    "bad_switch",
    lambda tf: Nodes(tf).Switch(data=fed(tf), pred=tf.constant([True])),
    raises="ValueError",
)


# -- stacks ----------------------------------------------------------------------------


def through_a_stack(tf):
    """What TensorFlow's gradients of loops do: push in one loop, pop in another."""
    n = Nodes(tf)
    stack = n.StackV2(max_size=tf.constant(-1), elem_type=tf.float32, stack_name="s")

    def push(outer, i, x):
        handle = n.Enter(data=stack, frame_name="f", is_constant=True)
        pushed = n.StackPushV2(handle=handle, elem=x)
        following, doubled = i + outer(1), pushed * outer(2.0)
        with tf.control_dependencies([pushed]):
            return [tf.identity(following), doubled]

    count, _ = loop(
        tf, "f", [tf.constant(0), fed(tf)], lambda outer, i, x: i < outer(4), push
    )

    def pop(outer, i, total):
        handle = n.Enter(data=stack, frame_name="g", is_constant=True)
        # Of the turn before, or TensorFlow's threads may pop in any order.
        with tf.control_dependencies([total]):
            x = n.StackPopV2(handle=handle, elem_type=tf.float32)
        return [i - outer(1), total * outer(10.0) + x]

    return loop(
        tf, "g", [count, tf.constant(0.0)], lambda outer, i, x: i > outer(0), pop
    )


table.add("through_a_stack", through_a_stack, {"x:0": 1.0}, any_static_shape=True)
table.add(
    "empty_stack",
    lambda tf: Nodes(tf).StackPopV2(
        handle=Nodes(tf).StackV2(
            max_size=tf.constant(3), elem_type=tf.float32, stack_name="s"
        ),
        elem_type=tf.float32,
    ),
    any_static_shape=True,
    raises="InvalidArgumentError",
)
