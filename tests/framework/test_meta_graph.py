"""Graphs with their collections: `export_meta_graph`, `import_meta_graph`."""

import pytest

import interactive_graphs as tf
from interactive_graphs import protos
from interactive_graphs.framework import dtypes, proto_functions, raw
from interactive_graphs.framework.graph import Graph
from interactive_graphs.framework.meta_graph import (
    export_meta_graph,
    import_meta_graph,
)
from interactive_graphs.framework.proto_functions import (
    register_proto_function,
    set_saver_factory,
)
from interactive_graphs.ops.constant import constant, no_op, placeholder
from interactive_graphs.ops.variables import Variable
from interactive_graphs.train.saver import Saver


class Thing:
    """An object in a collection that knows its message, as a Variable does."""

    def __init__(self, name):
        self.name = name

    def to_proto(self, export_scope=None):
        prefix = f"{export_scope}/" if export_scope else ""
        if not self.name.startswith(prefix):
            return None
        return protos.SaverDef(filename_tensor_name=self.name.removeprefix(prefix))

    @staticmethod
    def from_proto(proto, import_scope=None):
        return Thing((import_scope or "") + proto.filename_tensor_name)


@pytest.fixture(autouse=True)
def graph():
    """A default graph for each test."""
    with Graph().as_default() as g:
        yield g


@pytest.fixture
def things(monkeypatch):
    """Collections "things" and "more_things" of objects with a message."""
    monkeypatch.setattr(proto_functions, "_converters", {})
    for name in ("things", "more_things"):
        register_proto_function(name, "SaverDef", Thing.to_proto, Thing.from_proto)


def names(graph):
    return [op.name for op in graph.get_operations()]


def build(graph):
    """x * 2 under a scope, with collections of every kind of value."""
    x = placeholder(dtypes.float32, [None, 2], name="x")
    with graph.device("/cpu:1"), graph.name_scope("layer"):
        y = raw.Mul(x, constant(2.0, name="two"), name="y")
    done = no_op("done")
    graph.add_to_collection("tensors", x)
    graph.add_to_collection("tensors", y)
    graph.add_to_collection("ops", done)
    graph.add_to_collection("ints", 3)
    graph.add_to_collection("floats", 1.5)
    graph.add_to_collection("texts", "ä")
    graph.add_to_collection("texts", b"\xff")
    graph.add_to_collection(object(), 1)
    return y


def test_meta_info_names_version_tags_and_ops(graph):
    build(graph)
    info = protos.MetaGraphDef.MetaInfoDef(tags=["serve"], meta_graph_version="7")
    meta = export_meta_graph(meta_info_def=info)
    assert list(meta.meta_info_def.tags) == ["serve"]
    assert meta.meta_info_def.meta_graph_version == "7"
    assert meta.meta_info_def.tensorflow_version == "1.9.0"
    assert [op.name for op in meta.meta_info_def.stripped_op_list.op] == [
        "Const", "Mul", "NoOp", "Placeholder",
    ]  # fmt: skip
    assert not meta.meta_info_def.stripped_default_attrs
    assert not info.tensorflow_version


def test_nodes_come_with_shapes(graph):
    build(graph)
    node = export_meta_graph().graph_def.node[0]
    assert [d.size for d in node.attr["_output_shapes"].list.shape[0].dim] == [-1, 2]


def test_collections_by_kind(graph):
    build(graph)
    held = export_meta_graph().collection_def
    assert set(held) == {"tensors", "ops", "ints", "floats", "texts"}
    assert list(held["tensors"].node_list.value) == ["x:0", "layer/y:0"]
    assert list(held["ops"].node_list.value) == ["done"]
    assert list(held["ints"].int64_list.value) == [3]
    assert list(held["floats"].float_list.value) == [1.5]
    assert list(held["texts"].bytes_list.value) == ["ä".encode(), b"\xff"]


def test_collection_list_chooses(graph):
    build(graph)
    meta = export_meta_graph(collection_list=["ints"])
    assert set(meta.collection_def) == {"ints"}


@pytest.mark.parametrize("items", [[object()], [1, "text"], [1, 2.5], [{}]])
def test_what_cannot_be_written_warns_and_is_left_out(items, graph):
    for item in items:
        graph.add_to_collection("strange", item)
    graph.add_to_collection("ints", 1)
    with pytest.warns(UserWarning, match="Error encountered when serializing strange"):
        meta = export_meta_graph()
    assert set(meta.collection_def) == {"ints"}


def test_round_trip_restores_nodes_and_collections(graph):
    build(graph)
    meta = export_meta_graph()
    with Graph().as_default() as g:
        assert import_meta_graph(meta) is None
    assert g.as_graph_def() == graph.as_graph_def()
    assert [t.name for t in g.get_collection("tensors")] == ["x:0", "layer/y:0"]
    assert g.get_collection("tensors")[0] is g.get_tensor_by_name("x:0")
    assert g.get_collection("ops") == [g.get_operation_by_name("done")]
    assert g.get_collection("ints") == [3]
    assert g.get_collection("floats") == [1.5]
    assert g.get_collection("texts") == ["ä".encode(), b"\xff"]
    assert g.get_tensor_by_name("layer/y:0").shape.as_list() == [None, 2]


def test_import_scope_prefixes_names_in_collections(graph):
    build(graph)
    meta = export_meta_graph()
    with Graph().as_default() as g:
        import_meta_graph(meta, import_scope="a")
        import_meta_graph(meta, import_scope="a")
        with g.name_scope("sc"):
            import_meta_graph(meta, import_scope="a")
        import_meta_graph(meta, import_scope="b/")
    assert [t.name for t in g.get_collection("tensors")[::2]] == [
        "a/x:0", "a_1/x:0", "sc/a/x:0", "b/x:0",
    ]  # fmt: skip


def test_importing_twice_appends_and_renames(graph):
    build(graph)
    meta = export_meta_graph()
    with Graph().as_default() as g:
        import_meta_graph(meta)
        import_meta_graph(meta)
    # "layer" is a scope that only the first import's nodes stand in.
    assert names(g) == [
        "x", "layer/two", "layer/y", "done",
        "x_1", "layer/two_1", "layer/y_1", "done_1",
    ]  # fmt: skip
    assert g.get_collection("ints") == [3, 3]


def test_clear_devices(graph):
    build(graph)
    meta = export_meta_graph()
    assert meta.graph_def.node[1].device == "/device:CPU:1"
    assert not export_meta_graph(clear_devices=True).graph_def.node[1].device
    with Graph().as_default() as g:
        import_meta_graph(meta, clear_devices=True)
    assert g.get_operation_by_name("layer/y").device == ""
    assert meta.graph_def.node[1].device == "/device:CPU:1"


def test_strip_default_attrs(graph):
    build(graph)
    meta = export_meta_graph(strip_default_attrs=True)
    x = next(node for node in meta.graph_def.node if node.name == "x")
    assert "shape" in x.attr
    assert meta.meta_info_def.stripped_default_attrs
    unknown = placeholder(dtypes.float32, name="unknown")
    meta = export_meta_graph(strip_default_attrs=True)
    node = next(node for node in meta.graph_def.node if node.name == "unknown")
    assert "shape" not in node.attr
    assert "dtype" in node.attr
    with Graph().as_default() as g:
        import_meta_graph(meta)
    assert g.get_operation_by_name("unknown").attrs == unknown.op.attrs


@pytest.mark.parametrize("as_text", [False, True])
def test_files(as_text, graph, tmp_path):
    build(graph)
    path = tmp_path / "new" / "graph.meta"
    meta = export_meta_graph(path, as_text=as_text)
    assert path.read_bytes().startswith(b"meta_info_def {") == as_text
    with Graph().as_default() as g:
        import_meta_graph(str(path))
    assert g.as_graph_def(add_shapes=True) == meta.graph_def


def test_files_that_are_none(tmp_path):
    missing = tmp_path / "missing.meta"
    with pytest.raises(OSError, match=rf"^File {missing} does not exist\.$"):
        import_meta_graph(missing)
    strange = tmp_path / "strange.meta"
    for data in (b"\xff\xfe\x00", b"not a proto"):
        strange.write_bytes(data)
        with pytest.raises(OSError, match=f"^Cannot parse file {strange}"):
            import_meta_graph(str(strange))


@pytest.mark.parametrize("value", [3, None, protos.GraphDef])
def test_only_meta_graphs_are_imported(value):
    with pytest.raises(TypeError, match="must be a MetaGraphDef proto"):
        import_meta_graph(value)


def test_objects_with_messages(graph, things):
    thing = Thing("t")
    graph.add_to_collection("things", thing)
    graph.add_to_collection("more_things", thing)
    graph.add_to_collection("things", Thing("u"))
    meta = export_meta_graph()
    held = meta.collection_def["things"].bytes_list.value
    assert protos.SaverDef.FromString(held[0]).filename_tensor_name == "t"
    with Graph().as_default() as g:
        import_meta_graph(meta)
        import_meta_graph(meta, import_scope="sc")
    t, u, scoped, _ = g.get_collection("things")
    assert (t.name, u.name, scoped.name) == ("t", "u", "sc/t")
    assert g.get_collection("more_things")[0] is t


def test_proto_functions_are_registered_once(things):
    with pytest.raises(KeyError, match="has its proto functions already"):
        register_proto_function("things", "SaverDef", Thing.to_proto, Thing.from_proto)


def test_export_scope_makes_a_scope_the_top(graph, things):
    build(graph)
    with graph.name_scope("layer/"):
        with graph.control_dependencies([graph.get_operation_by_name("done")]):
            z = raw.Neg(graph.get_tensor_by_name("layer/y:0"), name="z")
    for name in ("layer/inner", "outer"):
        graph.add_to_collection("things", Thing(name))
    meta = export_meta_graph(export_scope="layer")
    assert [node.name for node in meta.graph_def.node] == ["two", "y", "z"]
    assert list(meta.graph_def.node[1].input) == ["$unbound_inputs_x", "two"]
    assert list(meta.graph_def.node[2].input) == ["y", "^$unbound_inputs_done"]
    assert list(meta.collection_def["tensors"].node_list.value) == ["y:0"]
    with Graph().as_default() as g:
        x = constant([[1.0, 2.0]], name="mine")
        done = no_op("my_done")
        with pytest.raises(ValueError, match=r"Graph contains unbound inputs: .*_x'"):
            import_meta_graph(meta, input_map={"^$unbound_inputs_done": done})
        assert names(g) == ["mine", "my_done"]
        import_meta_graph(
            meta,
            import_scope="new",
            input_map={"$unbound_inputs_x": x, "^$unbound_inputs_done": done},
        )
    assert g.get_operation_by_name("new/y").inputs[0] is x
    assert g.get_operation_by_name("new/z").control_inputs == [done]
    assert [thing.name for thing in g.get_collection("things")] == ["new/inner"]
    assert "unbound_inputs" not in g.get_all_collection_keys()
    assert z.op.name == "layer/z"


def test_restore_collections_predicate(graph):
    build(graph)
    meta = export_meta_graph()
    with Graph().as_default() as g:
        import_meta_graph(meta, restore_collections_predicate=lambda key: key == "ints")
    assert g.get_all_collection_keys() == ["ints"]


def test_a_failed_import_adds_nothing(graph, things):
    build(graph)
    graph.add_to_collection("things", Thing("t"))
    meta = export_meta_graph()
    meta.collection_def["things"].bytes_list.value[0] = b"\xff"
    with Graph().as_default() as g:
        with pytest.raises(Exception, match="pars"):
            import_meta_graph(meta)
    assert names(g) == []
    assert g.collections == []


def test_graph_def_and_graph_may_be_given(graph):
    build(graph)
    with Graph().as_default() as other:
        constant(1.0, name="c")
    meta = export_meta_graph(graph=other)
    assert [node.name for node in meta.graph_def.node] == ["c"]
    meta = export_meta_graph(graph_def=other.as_graph_def(), graph=graph)
    assert [node.name for node in meta.graph_def.node] == ["c"]
    assert "ints" in meta.collection_def


def test_messages_of_another_package_are_taken(graph):
    theirs = pytest.importorskip("tensorboard.compat.proto.meta_graph_pb2")
    build(graph)
    data = export_meta_graph().SerializeToString()
    with Graph().as_default() as g:
        import_meta_graph(theirs.MetaGraphDef.FromString(data))
    assert g.as_graph_def() == graph.as_graph_def()


def test_saver_factory_gives_the_result(graph, monkeypatch):
    build(graph)
    saver_def = protos.SaverDef(save_tensor_name="save/control:0")
    # Set through the module first, so that the real one is back after the test.
    monkeypatch.setattr(proto_functions, "_saver_factory", None)
    set_saver_factory(lambda *args: args)
    with Graph().as_default() as g:
        found = import_meta_graph(export_meta_graph(saver_def=saver_def))
        assert found == (g, saver_def, "")
        found = import_meta_graph(export_meta_graph(graph=graph), import_scope="sc")
        assert found == (g, None, "sc/")


def test_savers_may_be_left_out(graph):
    Variable(1.0)
    graph.add_to_collection("savers", Saver())
    assert "savers" in export_meta_graph().collection_def
    meta = export_meta_graph(clear_extraneous_savers=True)
    assert "savers" not in meta.collection_def


def test_variables_come_back_in_their_collections(graph):  # M25, less the Saver
    w = Variable([[1.0], [2.0]], name="w")
    step = Variable(0, name="step", trainable=False)
    graph.add_to_collection("mine", w)
    meta = export_meta_graph()
    held = meta.collection_def["variables"].bytes_list.value
    described = protos.VariableDef.FromString(held[0])
    assert described.variable_name == "w:0"
    assert described.initializer_name == "w/Assign"
    assert described.snapshot_name == "w/read:0"
    assert described.initial_value_name == "w/initial_value:0"
    assert described.trainable
    assert list(meta.collection_def["mine"].node_list.value) == ["w:0"]
    with Graph().as_default() as g:
        import_meta_graph(meta)
        import_meta_graph(meta, import_scope="copy")
    variables = g.get_collection("variables")
    assert [v.name for v in variables] == ["w:0", "step:0", "copy/w:0", "copy/step:0"]
    assert all(isinstance(v, Variable) for v in variables)
    trainable = g.get_collection("trainable_variables")
    assert trainable[0] is variables[0]
    assert trainable[1] is variables[2]
    assert len(trainable) == 2
    assert variables[0].shape.as_list() == [2, 1]
    assert variables[2].initializer is g.get_operation_by_name("copy/w/Assign")
    assert variables[3].dtype.base_dtype is step.dtype.base_dtype
    assert g.get_collection("mine")[0] is g.get_tensor_by_name("w:0")


def test_variables_of_an_exported_scope(graph):
    with graph.name_scope("layer"):
        Variable(1.0, name="w")
    Variable(1.0, name="outside")
    meta = export_meta_graph(export_scope="layer")
    with Graph().as_default() as g:
        import_meta_graph(meta, import_scope="new")
    assert [v.name for v in g.get_collection("variables")] == ["new/w:0"]
    assert g.get_operation_by_name("new/w/read").get_attr("_class") == [b"loc:@new/w"]


def test_public_names(graph):
    assert tf.train.export_meta_graph is export_meta_graph
    assert tf.train.import_meta_graph is import_meta_graph
