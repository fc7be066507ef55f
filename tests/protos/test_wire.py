"""Our messages on the wire against the messages that TensorBoard ships.

TensorBoard carries TensorFlow's protos under its own package name, which makes them
an independent reference: same numbers, types and labels, another registry entry.
"""

import importlib
import pkgutil

import pytest

from interactive_graphs import protos

reference = pytest.importorskip("tensorboard.compat.proto")


def reference_classes():
    """Name -> message class or enum, of all that TensorBoard ships."""
    found = {}
    for info in pkgutil.iter_modules(reference.__path__):
        module = importlib.import_module(f"tensorboard.compat.proto.{info.name}")
        if (described := getattr(module, "DESCRIPTOR", None)) is None:
            continue
        for name in (
            *described.message_types_by_name,
            *described.enum_types_by_name,
        ):
            found[name] = getattr(module, name)
    return found


THEIRS = reference_classes()
SHARED = sorted(set(protos.MODULE_OF) & set(THEIRS))


def numbers(enum):
    return {value.name: value.number for value in enum.values}


def facts(field):
    """What the wire depends on, and the names that text and JSON formats use."""
    of = field.message_type or field.enum_type
    oneof = field.containing_oneof
    return {
        "number": field.number,
        "type": field.type,
        "repeated": field.is_repeated,
        "packed": field.is_packed,
        "oneof": oneof and oneof.name,
        "of": of and of.full_name.split(".", of.file.package.count(".") + 1)[-1],
    }


def differences(ours, theirs):
    """All that differs between two descriptors of one message, in words."""
    found = []
    for field in ours.fields:
        other = theirs.fields_by_name.get(field.name)
        if other is None:
            found.append(f"{ours.full_name}.{field.name}: not in the reference")
        elif facts(field) != facts(other):
            found.append(f"{field.full_name}: {facts(field)}, not {facts(other)}")
    for enum in ours.enum_types:
        other = numbers(theirs.enum_types_by_name[enum.name])
        if not numbers(enum).items() <= other.items():
            found.append(f"{enum.full_name}: {numbers(enum)}, not {other}")
    for nested in ours.nested_types:
        found += differences(nested, theirs.nested_types_by_name[nested.name])
    return found


def fill(message, depth=0):
    """Set every field to something other than its default, members of a oneof too."""
    for field in message.DESCRIPTOR.fields:
        is_map = field.message_type and field.message_type.GetOptions().map_entry
        if is_map:
            key, value = field.message_type.fields
            entry = getattr(message, field.name)
            name = 3 if key.cpp_type != key.CPPTYPE_STRING else "k"
            if value.message_type is None:
                entry[name] = scalar(value)
            elif depth < 3:
                fill(entry[name], depth + 1)
        elif field.message_type is not None:
            if depth < 3:
                held = getattr(message, field.name)
                child = held.add() if field.is_repeated else held
                child.SetInParent()
                fill(child, depth + 1)
        elif field.is_repeated:
            getattr(message, field.name).extend([scalar(field)] * 2)
        else:
            setattr(message, field.name, scalar(field))
    return message


def scalar(field):
    """A value for the field that is not its default."""
    if field.enum_type is not None:
        return next(v.number for v in field.enum_type.values if v.number)
    return {
        field.CPPTYPE_BOOL: True,
        field.CPPTYPE_STRING: b"\xc3\xa4" if field.type == field.TYPE_BYTES else "ä",
        field.CPPTYPE_DOUBLE: 0.1,
        field.CPPTYPE_FLOAT: 0.5,
        field.CPPTYPE_INT32: -7 if field.type == field.TYPE_INT32 else 7,
        field.CPPTYPE_INT64: -(2**40),
        field.CPPTYPE_UINT32: 2**31,
        field.CPPTYPE_UINT64: 2**63,
    }[field.cpp_type]


def messages(names):
    return [name for name in names if hasattr(getattr(protos, name), "ListFields")]


def test_reference_covers_most_of_our_messages():
    # What TensorBoard does not ship: clusters' servers, devices, control flow
    # contexts, checkpoints and examples.
    assert len(SHARED) > 55


@pytest.mark.parametrize("name", messages(SHARED))
def test_fields_have_the_reference_numbers_types_and_labels(name):
    found = differences(getattr(protos, name).DESCRIPTOR, THEIRS[name].DESCRIPTOR)
    assert not found, "\n".join(found)


def test_data_types_have_the_reference_numbers():
    ours = numbers(protos.DataType.DESCRIPTOR)
    assert ours.items() <= numbers(THEIRS["DataType"].DESCRIPTOR).items()


@pytest.mark.parametrize("name", messages(SHARED))
def test_bytes_go_to_the_reference_and_back(name):
    ours = fill(getattr(protos, name)())
    data = ours.SerializeToString(deterministic=True)
    theirs = THEIRS[name].FromString(data)
    assert not unknown_fields(theirs)
    assert str(theirs) == str(ours)
    back = type(ours).FromString(theirs.SerializeToString())
    assert back == ours


def unknown_fields(message):
    """Whether the reference found a field number it does not know."""
    from google.protobuf import unknown_fields

    return len(unknown_fields.UnknownFieldSet(message))


@pytest.mark.parametrize("name", messages(protos.MODULE_OF))
def test_every_message_round_trips(name):
    ours = fill(getattr(protos, name)())
    assert type(ours).FromString(ours.SerializeToString()) == ours


def test_config_proto_reads_the_same_elsewhere():  # M23
    ours = protos.ConfigProto(device_count={"CPU": 2}, allow_soft_placement=True)
    data = ours.SerializeToString()
    # 1: device_count {1: "CPU", 2: 2};  7: allow_soft_placement
    assert data == b"\x0a\x07\x0a\x03CPU\x10\x02" + b"\x38\x01"
    theirs = THEIRS["ConfigProto"].FromString(data)
    assert dict(theirs.device_count) == {"CPU": 2}
    assert theirs.allow_soft_placement
    assert protos.ConfigProto.FromString(theirs.SerializeToString()) == ours


def test_run_options_round_trip():  # M24
    ours = protos.RunOptions(trace_level=protos.RunOptions.FULL_TRACE, timeout_in_ms=10)
    data = ours.SerializeToString()
    assert data == b"\x08\x03\x10\x0a"
    assert protos.RunOptions.FromString(data) == ours
    theirs = THEIRS["RunOptions"].FromString(data)
    assert (theirs.trace_level, theirs.timeout_in_ms) == (3, 10)


def test_fields_that_came_after_1_9_survive():
    theirs = THEIRS["RunMetadata"]()
    theirs.function_graphs.add().pre_optimization_graph.node.add(name="later")
    data = theirs.SerializeToString()
    assert protos.RunMetadata.FromString(data).SerializeToString() == data


def test_packed_numbers_are_also_read_unpacked():
    # int_val is field 7: unpacked as two varints, packed as one block.
    unpacked = protos.TensorProto.FromString(b"\x38\x01\x38\x02")
    packed = protos.TensorProto.FromString(b"\x3a\x02\x01\x02")
    assert unpacked == packed
    assert packed.SerializeToString() == b"\x3a\x02\x01\x02"


def test_unknown_enum_numbers_survive():
    future = protos.AttrValue(type=29)
    assert protos.AttrValue.FromString(future.SerializeToString()).type == 29


def test_an_empty_message_is_true():
    assert bool(protos.ConfigProto())
