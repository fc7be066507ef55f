"""Graphs as GraphDefs and back: `as_graph_def`, `import_graph_def`, attributes."""

import numpy as np
import pytest
from google.protobuf import text_format

from interactive_graphs import errors, protos
from interactive_graphs.framework import dtypes, raw, registry
from interactive_graphs.framework.graph import Graph
from interactive_graphs.framework.graph_def import op_def_proto
from interactive_graphs.framework.graph_import import import_graph_def
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import Attr, define, types
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import TensorShape
from interactive_graphs.ops.constant import constant, no_op, placeholder
from interactive_graphs.ops.elementwise import add

PLACEHOLDER = """
  node { name: "A" op: "Placeholder"
    attr { key: "dtype" value { type: DT_FLOAT } }
    attr { key: "shape" value { shape { unknown_rank: true } } } }
"""
IDENTITY = """
  node { name: "B" op: "Identity" input: "A"
    attr { key: "T" value { type: DT_FLOAT } } }
"""
GOOD = PLACEHOLDER + IDENTITY


@pytest.fixture(autouse=True, scope="module")
def made_up_ops():
    """Ops that only these tests know: one with attributes of every kind, and loops."""
    known = set(registry.op_names())
    define(
        "TestEveryAttr",
        "-> output: float32",
        s="text",
        i=3,
        n=Attr("int", default=2, minimum=1),
        f=1.5,
        b=True,
        type=types(default=dtypes.int32),
        shape=Attr("shape", default=(None, 2)),
        tensor=Attr("tensor", default=np.array([1, 2], np.int32)),
        func=Attr("func", default="f"),
        ls=Attr("list(string)", default=(b"a", b"b")),
        li=Attr("list(int)", default=(1, 2)),
        lf=Attr("list(float)", default=(0.5,)),
        lb=Attr("list(bool)", default=(True, False)),
        lt=Attr("list(type)", default=(dtypes.float32, dtypes.string)),
        lshape=Attr("list(shape)", default=((1, None), None)),
        ltensor=Attr("list(tensor)", default=()),
        lfunc=Attr("list(func)", default=("f", "g")),
    )
    if "NextIteration" not in known:
        define("NextIteration", "data: T -> output: T")
    yield
    for name in set(registry.op_names()) - known:
        del registry._OPS[name]


@pytest.fixture(autouse=True)
def graph():
    """A default graph for each test."""
    with Graph().as_default() as g:
        yield g


def parse(text):
    proto = text_format.Parse(text, protos.GraphDef())
    proto.versions.producer = 26
    return proto


def names(graph):
    return [op.name for op in graph.get_operations()]


def state(graph):
    """All that a failed import could leave behind."""
    return (
        names(graph),
        graph.version,
        {t.name: t.consumers() for op in graph.get_operations() for t in op.outputs},
        graph.unique_name("import", mark_as_used=False),
        graph.unique_name("A", mark_as_used=False),
    )


def small_graph():
    """A graph with most of what a node can have."""
    with Graph().as_default() as g:
        a = constant([[1.0, 2.0]], name="a")
        with g.device("/job:w/device:CPU:1"), g.name_scope("layer"):
            x = placeholder(dtypes.float32, [None, 2], name="x")
            y = raw.Identity(x, name="y")
        with g.control_dependencies([a, y]), g.colocate_with(x):
            add(a, y, name="sum")
        raw.IdentityN([a, constant("text")], name="pair")
        raw.Identity(g.get_tensor_by_name("pair:1"), name="second")
        constant(7, shape=[50])
    return g


# -- out -------------------------------------------------------------------------------


def test_nodes_stand_in_order_of_creation_with_all_attrs():
    proto = small_graph().as_graph_def()
    assert [node.name for node in proto.node] == [
        "a", "layer/x", "layer/y", "sum", "Const", "pair", "second", "Const_1",
    ]  # fmt: skip
    x, y, total, second = (proto.node[i] for i in (1, 2, 3, 6))
    assert x.op == "Placeholder"
    assert x.device == "/job:w/device:CPU:1"
    assert x.attr["dtype"].type == protos.DataType.DT_FLOAT
    assert [dim.size for dim in x.attr["shape"].shape.dim] == [-1, 2]
    assert list(y.input) == ["layer/x"]
    assert list(total.input) == ["a", "layer/y"]
    assert list(total.attr["_class"].list.s) == [b"loc:@layer/x"]
    assert list(second.input) == ["pair:1"]
    assert proto.versions.producer == 26
    assert proto.versions.min_consumer == 0
    assert not proto.HasField("library")


def test_control_inputs_come_last_with_a_caret(graph):
    first = no_op("first")
    a = constant(1.0, name="a")
    with graph.control_dependencies([first]):
        b = raw.Identity(a, name="b")
    assert list(b.op.node_def.input) == ["a", "^first"]


def test_str_of_an_operation_is_its_node_def():
    op = placeholder(dtypes.float32, name="p").op
    assert str(op) == str(op.node_def)
    assert 'name: "p"' in str(op)
    assert op.node_def is not op.node_def


def test_a_filled_constant_takes_one_element_on_the_wire():
    node = constant(7, shape=[50]).op.node_def
    assert node.attr["value"].tensor.int_val == [7]
    assert [dim.size for dim in node.attr["value"].tensor.tensor_shape.dim] == [50]


def test_add_shapes():
    a = placeholder(dtypes.float32, [None, 3], name="a")
    raw.Identity(placeholder(dtypes.float32))
    no_op()
    nodes = a.graph.as_graph_def(add_shapes=True).node
    shapes = nodes[0].attr["_output_shapes"].list.shape
    assert [dim.size for dim in shapes[0].dim] == [-1, 3]
    assert nodes[2].attr["_output_shapes"].list.shape[0].unknown_rank
    assert "_output_shapes" not in nodes[3].attr
    assert "_output_shapes" not in a.graph.as_graph_def().node[0].attr


def test_from_version_is_ignored(graph):
    constant(1)
    constant(2)
    assert len(graph.as_graph_def(from_version=1).node) == 2
    assert graph.graph_def_versions.producer == 26


def test_get_attr_gives_python_values_and_messages():
    op = raw.TestEveryAttr().op
    plain = {name: op.get_attr(name) for name in ("s", "i", "f", "b", "type")}
    assert plain == {"s": b"text", "i": 3, "f": 1.5, "b": True, "type": dtypes.int32}
    assert TensorShape(op.get_attr("shape")).as_list() == [None, 2]
    assert isinstance(op.get_attr("shape"), protos.TensorShapeProto)
    assert isinstance(op.get_attr("tensor"), protos.TensorProto)
    assert op.get_attr("func").name == "f"
    assert op.get_attr("ls") == [b"a", b"b"]
    assert op.get_attr("lt") == [dtypes.float32, dtypes.string]
    assert op.get_attr("ltensor") == []
    assert [s.unknown_rank for s in op.get_attr("lshape")] == [False, True]
    assert [f.name for f in op.get_attr("lfunc")] == ["f", "g"]
    with pytest.raises(ValueError, match=r"has no attr named 'zz'\.$"):  # L33
        op.get_attr("zz")


def test_every_kind_of_attr_survives_a_round_trip(graph):
    op = raw.TestEveryAttr(name="op").op
    proto = graph.as_graph_def()
    kinds = {attr.name: attr.kind for attr in op.op_def.attrs.values()}
    for name, value in proto.node[0].attr.items():
        assert value.HasField("list") == kinds[name].startswith("list("), name
    with Graph().as_default() as other:
        import_graph_def(proto, name="")
    copy = other.get_operation_by_name("op")
    assert copy.attrs.keys() == op.attrs.keys()
    for name, value in op.attrs.items():
        if name == "tensor":
            np.testing.assert_array_equal(copy.attrs[name], value)
        else:
            assert copy.attrs[name] == value
    assert other.as_graph_def() == proto


def test_attrs_that_no_op_knows_are_kept():
    text = """ attr { key: "_gradient_op_type" value { s: "Custom" } }
      attr { key: "_list" value { list { i: 1 i: 2 } } }
      attr { key: "_empty" value { list { } } }
      attr { key: "_shape" value { shape { dim { size: 2 } } } }
      attr { key: "_func" value { func { name: "f" } } }
      attr { key: "_unset" value { } } op:"""
    proto = parse(PLACEHOLDER.replace(" op:", text))
    with Graph().as_default() as g:
        import_graph_def(proto, name="")
    op = g.get_operation_by_name("A")
    assert op.get_attr("_gradient_op_type") == b"Custom"
    assert op.get_attr("_list") == [1, 2]
    assert op.get_attr("_empty") == []
    assert op.get_attr("_shape").dim[0].size == 2
    assert op.get_attr("_func").name == "f"
    assert op.get_attr("_unset") is None
    assert g.as_graph_def() == proto


def test_op_def_proto():
    proto = op_def_proto(registry.lookup("TestEveryAttr"))
    attrs = {attr.name: attr for attr in proto.attr}
    assert attrs["i"].default_value.i == 3
    assert attrs["lt"].default_value.list.type == [1, 7]
    record = define(
        "TestOpDef",
        "a: Ref(T), b: N * float32, c: Tlist -> d: T",
        T=types((dtypes.float32, dtypes.half)),
        N=Attr("int", minimum=2),
        Tlist=Attr("list(type)", minimum=1),
        mode=Attr("string", default=b"x", allowed=("x", "y")),
        stateful=True,
        takes_uninitialized=True,
    )
    proto = op_def_proto(record)
    a, b, c = proto.input_arg
    assert (a.name, a.type_attr, a.is_ref) == ("a", "T", True)
    assert (b.number_attr, b.type) == ("N", protos.DataType.DT_FLOAT)
    assert c.type_list_attr == "Tlist"
    assert [arg.name for arg in proto.output_arg] == ["d"]
    attrs = {attr.name: attr for attr in proto.attr}
    assert list(attrs["T"].allowed_values.list.type) == [1, 19]
    assert (attrs["N"].has_minimum, attrs["N"].minimum) == (True, 2)
    assert list(attrs["mode"].allowed_values.list.s) == [b"x", b"y"]
    assert proto.is_stateful
    assert proto.allows_uninitialized_input


# -- in: what it makes -----------------------------------------------------------------


def test_round_trip_into_an_empty_graph_is_equal():  # L34
    proto = small_graph().as_graph_def()
    with Graph().as_default() as g:
        assert import_graph_def(proto, name="") is None
    assert g.as_graph_def() == proto
    again = protos.GraphDef.FromString(proto.SerializeToString())
    assert again == proto
    y = g.get_tensor_by_name("layer/y:0")
    assert y.shape.as_list() == [None, 2]
    assert g.get_operation_by_name("sum").control_inputs == []
    assert g.get_operation_by_name("layer/x").outputs[0].consumers() == [y.op]


def test_default_prefix_is_made_unique(graph):  # M14
    import_graph_def(parse(GOOD))
    import_graph_def(parse(GOOD))
    assert names(graph) == ["import/A", "import/B", "import_1/A", "import_1/B"]
    assert [t.op.name for t in graph.get_operation_by_name("import_1/B").inputs] == [
        "import_1/A"
    ]


def test_prefix_goes_under_the_current_scope(graph):
    with graph.name_scope("sc"):
        import_graph_def(parse(PLACEHOLDER), name="foo")
        import_graph_def(parse(PLACEHOLDER), name="foo")
        import_graph_def(parse(PLACEHOLDER), name="")
        import_graph_def(parse(IDENTITY), name="foo/", input_map={"A": 1.0})
        assert graph.get_name_scope() == "sc"
    assert names(graph) == [
        "sc/foo/A", "sc/foo_1/A", "A", "foo/_inputs/Const", "foo/B",
    ]  # fmt: skip


def test_names_that_are_taken_get_a_suffix(graph):
    placeholder(dtypes.float32, name="p")
    with graph.name_scope("q"):
        placeholder(dtypes.float32, name="z")
    wanted = ["p", "p_1", "P", "q", "q/z"]
    text = "".join(PLACEHOLDER.replace('"A"', f'"{name}"') for name in wanted)
    import_graph_def(parse(text), name="")
    # As in TensorFlow: p_1 keeps its name, since the message asks for it.
    assert names(graph)[2:] == ["p_2", "p_1", "P_3", "q_1", "q/z_1"]


def test_names_that_differ_in_case_only_are_kept(graph):
    import_graph_def(parse(PLACEHOLDER + PLACEHOLDER.replace('"A"', '"a"')), name="")
    assert names(graph) == ["A", "a"]


def test_input_map_and_return_elements(graph):  # M15
    mine = constant(2.0, name="mine")
    found = import_graph_def(
        parse(GOOD), input_map={"A": mine}, return_elements=["B", "B:0", "A:0", "A"]
    )
    b, b0, a0, a = found
    assert isinstance(b, Operation)
    assert isinstance(b0, Tensor)
    assert b.inputs[0] is mine
    assert b0 is b.outputs[0]
    assert a0 is mine
    assert a.name == "import/A"
    assert mine.consumers() == [b]


def test_return_elements_may_be_empty(graph):
    assert import_graph_def(parse(GOOD), return_elements=[]) == []
    assert import_graph_def(parse(GOOD), return_elements=iter(["A"]))[0].type == (
        "Placeholder"
    )


def test_input_map_converts_values_in_a_scope_of_their_own(graph):
    import_graph_def(parse(GOOD), input_map={"A:0": 2.5})
    assert names(graph) == ["import/_inputs/Const", "import/A", "import/B"]
    assert graph.get_operation_by_name("import/B").inputs[0].name == (
        "import/_inputs/Const:0"
    )


def test_input_map_may_name_an_input_that_is_no_node(graph):
    mine = constant(2.0, name="mine")
    (b,) = import_graph_def(
        parse(IDENTITY), input_map={"A": mine}, return_elements=["B"]
    )
    assert b.inputs[0] is mine


def test_input_map_of_a_control_input(graph):
    mine = no_op("mine")
    text = IDENTITY.replace('"A"', '"A" input: "^C"')
    (b,) = import_graph_def(
        parse(PLACEHOLDER + text), input_map={"^C": mine}, return_elements=["B"]
    )
    assert b.control_inputs == [mine]


def test_a_node_may_be_mapped_and_not_used(graph):
    import_graph_def(parse(GOOD), input_map={"B:0": constant(1.0)})
    assert "import/B" in names(graph)


def test_nodes_may_come_in_any_order(graph):  # M21
    import_graph_def(parse(IDENTITY + PLACEHOLDER), name="")
    assert names(graph) == ["A", "B"]
    proto = small_graph().as_graph_def()
    shuffled = protos.GraphDef(versions=proto.versions)
    shuffled.node.extend(reversed(proto.node))
    with Graph().as_default() as g:
        import_graph_def(shuffled, name="")
    back = {node.name: node for node in g.as_graph_def().node}
    assert back == {node.name: node for node in proto.node}


def test_missing_attrs_take_their_defaults_also_in_the_message(graph):
    proto = parse('node { name: "op" op: "TestEveryAttr" }')
    import_graph_def(proto, name="")
    assert graph.get_operation_by_name("op").attrs["li"] == (1, 2)
    assert proto.node[0].attr["i"].i == 3
    assert graph.as_graph_def() == proto


def test_output_shapes_are_hints_and_no_attribute(graph):
    text = """ attr { key: "_output_shapes"
      value { list { shape { dim { size: 2 } dim { size: -1 } } } } } op:"""
    import_graph_def(parse(GOOD.replace(" op:", text, 1)), name="")
    a, b = graph.get_operations()
    assert a.outputs[0].shape.as_list() == [2, None]
    assert b.outputs[0].shape.as_list() == [2, None]
    assert "_output_shapes" not in a.attrs


def test_colocation_names_get_the_prefix_and_the_device_is_copied(graph):
    text = PLACEHOLDER.replace(" op:", ' device: "/cpu:1" op:') + IDENTITY.replace(
        "attr",
        'device: "/job:z" attr { key: "_class" value { list { s: "loc:@A" } } } attr',
    )
    with graph.device("/job:w"):
        import_graph_def(parse(text))
    a, b = graph.get_operations()
    assert a.device == b.device == "/job:w/device:CPU:1"
    assert b.get_attr("_class") == [b"loc:@import/A"]
    assert b.colocation_groups() == [b"loc:@import/A"]


def test_devices_of_nodes_win_over_the_scope(graph):
    with graph.device("/job:w/cpu:0"):
        import_graph_def(parse(PLACEHOLDER.replace(" op:", ' device: "/cpu:3" op:')))
        import_graph_def(parse(PLACEHOLDER))
    assert [op.device for op in graph.get_operations()] == [
        "/job:w/device:CPU:3",
        "/job:w/device:CPU:0",
    ]


def test_control_dependency_scopes_apply(graph):
    first = no_op("first")
    with graph.control_dependencies([first]):
        import_graph_def(parse(GOOD), name="")
    a, b = graph.get_operations()[1:]
    assert a.control_inputs == [first]
    assert b.control_inputs == []  # it waits for A, which waits


def test_loops_close_through_merge(graph):
    merge = """ node { name: "merge" op: "Merge" input: "A" input: "next"
      attr { key: "T" value { type: DT_FLOAT } } attr { key: "N" value { i: 2 } } }"""
    after = """ node { name: "next" op: "NextIteration" input: "merge"
      attr { key: "T" value { type: DT_FLOAT } } }"""
    proto = parse(PLACEHOLDER + merge + after)
    import_graph_def(proto, name="")
    a, merge_op, next_op = graph.get_operations()
    assert list(merge_op.inputs) == [a.outputs[0], next_op.outputs[0]]
    assert next_op.outputs[0].consumers() == [merge_op]
    assert a.outputs[0].consumers() == [merge_op]
    assert merge_op.outputs[0].static_shape is None
    assert graph.as_graph_def() == proto


def test_messages_of_another_package_are_taken(graph):
    theirs = pytest.importorskip("tensorboard.compat.proto.graph_pb2")
    message = theirs.GraphDef.FromString(parse(GOOD).SerializeToString())
    import_graph_def(message, name="")
    assert names(graph) == ["A", "B"]


def test_attrs_newer_than_the_reader(graph):
    def with_attr(value):
        return parse(PLACEHOLDER.replace(" op:", f' attr {{ key: "new" {value} }} op:'))

    for value in ("value { b: false }", "value { i: 0 }", "value { list { } }"):
        import_graph_def(with_attr(value))
    assert "new" not in graph.get_operations()[-1].attrs
    with pytest.raises(ValueError, match="NodeDef mentions attr 'new' not in Op<name="):
        import_graph_def(with_attr("value { b: true }"))
    producer = protos.OpList()
    producer.op.add(name="Placeholder").attr.add(name="new").default_value.b = True
    import_graph_def(with_attr("value { b: true }"), producer_op_list=producer)
    assert "new" not in graph.get_operations()[-1].attrs
    with pytest.raises(ValueError, match="NodeDef mentions attr 'new'"):
        import_graph_def(with_attr("value { i: 7 }"), producer_op_list=producer)


def test_newer_attrs_that_change_nothing_are_dropped(graph):
    text = IDENTITY.replace("attr {", "%s attr {", 1)
    for marks in (
        'attr { key: "grad_a" value { b: true } }',
        'attr { key: "incompatible_shape_error" value { b: true } }',
        'attr { key: "shape_type" value { type: DT_INT32 } }',
    ):
        import_graph_def(parse(PLACEHOLDER + text % marks))
    assert graph.get_operations()[-1].attrs == {"T": dtypes.float32}
    marks = 'attr { key: "incompatible_shape_error" value { b: false } }'
    import_graph_def(parse(PLACEHOLDER + text % marks))


# -- in: what it refuses ---------------------------------------------------------------


def edited(*pairs):
    text = GOOD
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return text


INT_A = edited(("type: DT_FLOAT } }\n    attr { key: \"shape\"",
                "type: DT_INT32 } }\n    attr { key: \"shape\""))  # fmt: skip

REFUSED = [
    ("unknown input", IDENTITY, "Node 'B': Unknown input node 'A'"),
    ("output index", edited(('input: "A"', 'input: "A:3"')),
     "Node 'B': Connecting to invalid output 3 of source node A which has 1 outputs"),
    ("dtype", INT_A,  # M18
     "Input 0 of node import/B was passed int32 from import/A:0 incompatible with "
     "expected float."),
    ("too many inputs", edited(('input: "A"', 'input: "A" input: "A"')),
     "NodeDef expected inputs 'float' do not match 2 inputs specified; "
     "Op<name=Identity; signature=input:T -> output:T; attr=T:type>; NodeDef: "
     "{{node B}}"),
    ("too few inputs", edited(('input: "A"', "")),
     "NodeDef expected inputs 'float' do not match 0 inputs specified;"),
    ("duplicate", GOOD + PLACEHOLDER, "Node 'A' is not unique"),
    ("bad name", edited(('name: "A"', 'name: "A b"')),
     "Node 'A b': Node name contains invalid characters"),
    ("no name", edited(('name: "A"', "")),
     "Node '': Node name contains invalid characters"),
    ("no op", edited(('op: "Identity"', "")), "Node 'B' does not specify an operation"),
    ("missing attr", edited(('attr { key: "T" value { type: DT_FLOAT } }', "")),
     "NodeDef missing attr 'T' from Op<name=Identity; signature=input:T -> output:T; "
     "attr=T:type>; NodeDef: {{node B}}"),
    ("control first", edited(('input: "A"', 'input: "^A" input: "A"')),
     "Node 'B': Control dependencies must come after regular dependencies"),
    ("unknown control", edited(('input: "A"', 'input: "A" input: "^Z"')),
     "Node 'B': Unknown input node '^Z'"),
    ("control with index", edited(('input: "A"', 'input: "A" input: "^A:0"')),
     "Node 'B': Unknown input node '^A:0'"),
    ("malformed input", edited(('input: "A"', 'input: "A:x"')),
     "Node 'B': Unknown input node 'A:x'"),
    ("colocation",
     edited(('key: "T"',
             'key: "_class" value { list { s: "loc:@ZZ" } } } attr { key: "T"')),
     "Node 'B' expects to be colocated with unknown node 'ZZ'"),
    ("cycle", IDENTITY + IDENTITY.replace('"A"', '"C"').replace('"B"', '"A"')
     + IDENTITY.replace('"A"', '"B"').replace('name: "B"', 'name: "C"'),
     "3 nodes in a cycle"),
    ("self cycle", IDENTITY.replace('"A"', '"B"'), "1 nodes in a cycle"),
    ("kind of attr", edited(('key: "dtype" value { type: DT_FLOAT }',
                             'key: "dtype" value { i: 1 }')),
     "AttrValue had value with type 'int' when 'type' expected\n\t for attr 'dtype'"),
    ("value not allowed", PLACEHOLDER.replace("DT_FLOAT", "DT_BOOL") + """
        node { name: "B" op: "Square" input: "A"
          attr { key: "T" value { type: DT_BOOL } } }""",
     "Value for attr 'T' of bool is not in the list of allowed values: "),
    ("below the minimum",
     'node { name: "B" op: "TestEveryAttr" attr { key: "n" value { i: 0 } } }',
     "Value for attr 'n' of 0 must be at least minimum 1"),
    ("too short",
     'node { name: "B" op: "IdentityN" attr { key: "T" value { list { } } } }',
     "Length for attr 'T' of 0 must be at least minimum 1"),
    ("dtype of a constant", """node { name: "B" op: "Const"
        attr { key: "dtype" value { type: DT_FLOAT } }
        attr { key: "value" value { tensor { dtype: DT_INT32 int_val: 3
          tensor_shape { } } } } }""",
     "Node 'B': attr 'value' holds a tensor of type int32 where attr 'dtype' says "
     "float"),
    ("shapes that cannot meet", """
        node { name: "A" op: "Placeholder"
          attr { key: "dtype" value { type: DT_FLOAT } }
          attr { key: "shape" value { shape { dim { size: 2 } } } } }
        node { name: "C" op: "Placeholder"
          attr { key: "dtype" value { type: DT_FLOAT } }
          attr { key: "shape" value { shape { dim { size: 3 } } } } }
        node { name: "B" op: "Add" input: "A" input: "C"
          attr { key: "T" value { type: DT_FLOAT } } }""",
     "Dimensions must be equal, but are 2 and 3 for 'import/B' (op: 'Add') with input "
     "shapes: [2], [3]."),
    ("hint that contradicts", edited(
        ('key: "T"', 'key: "_output_shapes" value { list { } } } attr { key: "T"')),
     "Node 'B' has 1 outputs but the _output_shapes attribute specifies shapes for 0"),
    ("device", edited((' op: "Identity"', ' device: "/foo:1" op: "Identity"')),
     "Unknown attribute: 'foo' in '/foo:1'"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "message"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_inconsistent_graph_defs_add_nothing(text, message, graph):  # M20
    constant(1.0, name="there")
    before = state(graph)
    with pytest.raises(ValueError) as info:
        import_graph_def(parse(text))
    assert message in str(info.value)
    assert state(graph) == before


def test_unknown_op_type_adds_nothing(graph):  # M19
    before = state(graph)
    with pytest.raises(
        errors.NotFoundError,
        match="Op type not registered 'Zork' in binary running on ",
    ):
        import_graph_def(parse(GOOD + 'node { name: "Z" op: "Zork" }'))
    assert state(graph) == before


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"input_map": [1]}, TypeError,
         "input_map must be a dictionary mapping strings to Tensor objects."),
        ({"input_map": {1: 2}}, TypeError,
         "input_map must be a dictionary mapping strings to Tensor objects."),
        ({"input_map": {"A": 1.0}, "name": ""}, ValueError,
         "tf.import_graph_def() requires a non-empty `name` if `input_map` contains "
         "non-Tensor values. Try calling tf.convert_to_tensor() on `input_map` values "
         "before calling tf.import_graph_def()."),
        ({"input_map": {"zz:0": 1.0}}, ValueError,  # M17
         "Attempted to map inputs that were not found in graph_def: [zz:0]"),
        ({"input_map": {"zz": 1.0, "B:5": 1.0, "^yy": no_op}}, ValueError,
         "Attempted to map inputs that were not found in graph_def: [zz:0, B:5, ^yy]"),
        ({"input_map": {"A": 1}}, ValueError,
         "Input 0 of node import/B was passed int32 from import/_inputs/Const:0 "
         "incompatible with expected float."),
        ({"input_map": {"A": "text"}}, ValueError, "was passed string from"),
        ({"input_map": {"A": object()}}, TypeError, "Failed to convert object of type"),
        ({"input_map": {"^A": 1.0}}, TypeError, "input_map must map '^name' to an"),
        ({"return_elements": 3}, TypeError, "not iterable"),
        ({"return_elements": [3]}, TypeError,
         "return_elements must be a list of strings."),
        ({"return_elements": ["zz"]}, ValueError,  # M16
         "Requested return node 'zz' not found in graph def"),
        ({"return_elements": ["zz:0"]}, ValueError,
         "Requested return tensor 'zz:0' not found in graph def"),
        ({"return_elements": ["B:4"]}, ValueError,
         "Invalid return output 4 of node 'B', which has 1 output(s)"),
        ({"return_elements": ["A:a"]}, ValueError,
         "Cannot convert 'A:a' to a tensor name."),
        ({"return_elements": ["A:0:0"]}, ValueError,
         "Cannot convert 'A:0:0' to a tensor name."),
        ({"name": "a b"}, ValueError, "'a b' is not a valid scope name"),
        ({"producer_op_list": 3}, TypeError,
         "producer_op_list must be a OpList proto."),
    ],
    ids=str,
)  # fmt: skip
def test_wrong_arguments_add_nothing(options, error, message, graph):
    before = state(graph)
    with pytest.raises(error) as info:
        import_graph_def(parse(GOOD), **options)
    assert message in str(info.value)
    assert state(graph) == before


def test_mapped_tensors_must_be_of_the_same_graph(graph):
    with Graph().as_default():
        foreign = constant(1.0)
    with pytest.raises(ValueError, match="is not an element of this graph"):
        import_graph_def(parse(GOOD), input_map={"A": foreign})
    assert names(graph) == []


@pytest.mark.parametrize("value", [3, None, "x", b"x", protos.NodeDef, Graph])
def test_only_graph_defs_are_imported(value):
    with pytest.raises(TypeError, match=r"^graph_def must be a GraphDef proto\.$"):
        import_graph_def(value)


@pytest.mark.parametrize(
    ("versions", "message"),
    [
        ({"producer": 26, "min_consumer": 9999},  # M22
         "GraphDef min consumer version 9999 above current version 26 for TensorFlow "
         "1.9.0.  Please upgrade TensorFlow."),
        ({"producer": -1},
         "GraphDef producer version -1 below min producer 0 supported by TensorFlow "
         "1.9.0.  Please regenerate your graph."),
        ({"producer": 26, "bad_consumers": [26]},
         "GraphDef disallows consumer version 26.  Please upgrade TensorFlow: this "
         "version is likely buggy."),
    ],
)  # fmt: skip
def test_versions_are_checked(versions, message, graph):
    proto = parse(GOOD)
    proto.versions.CopyFrom(protos.VersionDef(**versions))
    with pytest.raises(ValueError) as info:
        import_graph_def(proto)
    assert str(info.value) == message
    assert names(graph) == []


def test_a_newer_producer_is_fine(graph):
    proto = parse(GOOD)
    proto.versions.producer = 2474
    import_graph_def(proto)
    assert len(names(graph)) == 2


def test_finalized_graphs_take_no_import(graph):
    graph.finalize()
    with pytest.raises(RuntimeError, match="Graph is finalized and cannot be modified"):
        import_graph_def(parse(""))
