"""The committed generated modules say what the `.proto` files beside them say."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import interactive_graphs as tf
from interactive_graphs import protos
from interactive_graphs.protos import generate

MODULES = sorted(path.stem for path in generate.HERE.glob("*.proto"))


def load(module):
    return importlib.import_module(f"interactive_graphs.protos.{module}_pb2")


@pytest.fixture(scope="module")
def regenerated(tmp_path_factory):
    """A directory with modules fresh from whichever protoc is installed."""
    pytest.importorskip("grpc_tools", reason="grpcio-tools is not installed")
    out = tmp_path_factory.mktemp("regenerated")
    generate.run_protoc(f"--python_out={out}", f"--pyi_out={out}")
    return out / "interactive_graphs" / "protos"


@pytest.mark.parametrize("module", MODULES)
def test_regenerating_gives_the_committed_descriptors(module, regenerated):
    # Compared by descriptor, not by text: protoc's boilerplate differs from one
    # version to the next, what it describes does not.
    fresh = (regenerated / f"{module}_pb2.py").read_text()
    start = fresh.index("AddSerializedFile(") + len("AddSerializedFile(")
    literal = fresh[start : fresh.index("\n", start) - 1]
    committed = load(module).DESCRIPTOR.serialized_pb
    assert committed == eval(literal)


@pytest.mark.parametrize("module", MODULES)
def test_stub_names_every_message_and_field(module):
    stub = (generate.HERE / f"{module}_pb2.pyi").read_text()
    for message in load(module).DESCRIPTOR.message_types_by_name.values():
        assert f"class {message.name}(" in stub
        for field in message.fields:
            assert f"    {field.name}: " in stub, f"{message.name}.{field.name}"


def test_generated_code_runs_on_the_oldest_protobuf_we_allow():
    # Newer protoc versions write a check that refuses an older protobuf.
    for module in MODULES:
        text = Path(load(module).__file__).read_text()
        assert "ValidateProtobufRuntimeVersion" not in text, (
            f"{module}_pb2.py: regenerate with the grpcio-tools that generate.py names"
        )


def test_table_names_exactly_the_messages_there_are():
    found = {
        name: f"interactive_graphs.protos.{module}_pb2"
        for module in MODULES
        for name in (
            *load(module).DESCRIPTOR.message_types_by_name,
            *load(module).DESCRIPTOR.enum_types_by_name,
        )
    }
    assert found == protos.MODULE_OF


def test_stub_of_the_package_exports_every_module():
    stub = (generate.HERE / "__init__.pyi").read_text()
    for module in MODULES:
        assert f"from interactive_graphs.protos.{module}_pb2 import *" in stub


def test_package_is_our_own():
    assert protos.GraphDef.DESCRIPTOR.full_name == "interactive_graphs.GraphDef"
    assert protos.Code.DESCRIPTOR.full_name == "interactive_graphs.error.Code"


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'GraphDeff'"):
        protos.GraphDeff  # noqa: B018 - the access is what is tested


def test_dir_lists_messages_not_loaded_yet():
    assert set(protos.MODULE_OF) <= set(dir(protos))


def test_import_of_the_package_loads_no_protobuf():
    code = (
        "import sys; from interactive_graphs import protos; "
        "assert 'google.protobuf' not in sys.modules, 'loaded on import'; "
        "protos.ConfigProto; assert 'google.protobuf' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=generate.ROOT)


def test_messages_have_their_public_names():
    for name in ("ConfigProto", "RunOptions", "GraphDef", "NodeDef", "MetaGraphDef"):
        assert getattr(tf, name) is getattr(protos, name)
    for name in ("SaverDef", "QueueRunnerDef", "ClusterDef", "ServerDef", "Example"):
        assert getattr(tf.train, name) is getattr(protos, name)
