"""tf.errors: codes, texts and pickling of the exception classes."""

import copy
import pickle
import re
from types import SimpleNamespace

import pytest

from interactive_graphs import errors

NAMES = {
    1: "CancelledError",
    2: "UnknownError",
    3: "InvalidArgumentError",
    4: "DeadlineExceededError",
    5: "NotFoundError",
    6: "AlreadyExistsError",
    7: "PermissionDeniedError",
    8: "ResourceExhaustedError",
    9: "FailedPreconditionError",
    10: "AbortedError",
    11: "OutOfRangeError",
    12: "UnimplementedError",
    13: "InternalError",
    14: "UnavailableError",
    15: "DataLossError",
    16: "UnauthenticatedError",
}


def make_op(name, *lines, original_op=None, node_def="the NodeDef"):
    """An operation as far as errors look at it, made in a stack of these lines."""
    traceback = [("model.py", line, "build", f"line {line}") for line in lines]
    return SimpleNamespace(
        name=name,
        traceback=traceback,
        original_op=original_op,
        node_def=node_def,
        graph=lambda: "cannot be pickled",
    )


def test_r04_error_made_by_a_user():
    error = errors.NotFoundError(None, None, "m")
    assert str(error) == "m"
    assert error.message == "m"
    assert error.error_code == 5
    assert error.op is None
    assert error.node_def is None


@pytest.mark.parametrize(("code", "name"), NAMES.items())
def test_r05_class_for_each_code(code, name):
    cls = errors.exception_type_from_error_code(code)
    assert cls is getattr(errors, name)
    assert cls.__bases__ == (errors.OpError,)
    assert errors.error_code_from_exception_type(cls) == code
    assert cls(None, None, "m").error_code == code


@pytest.mark.parametrize(("code", "name"), NAMES.items())
def test_constant_of_each_code_is_named_after_its_class(code, name):
    words = re.sub("(?<=[a-z])(?=[A-Z])", "_", name.removesuffix("Error")).upper()
    assert getattr(errors, words) == code


def test_module_docstring_draws_every_class():
    drawn = re.findall(r"├─ (\w+) +(\d+)|└─ (\w+Error) +(\d+)", errors.__doc__)
    assert {int(c or d): a or b for a, c, b, d in drawn} == NAMES


@pytest.mark.parametrize("code", [0, 17, -1, "NOT_FOUND"])
def test_no_class_for_ok_and_unknown_codes(code):
    with pytest.raises(KeyError):
        errors.exception_type_from_error_code(code)


@pytest.mark.parametrize("cls", [errors.OpError, ValueError])
def test_no_code_for_other_classes(cls):
    with pytest.raises(KeyError):
        errors.error_code_from_exception_type(cls)


def test_op_error_itself_takes_any_code():
    assert errors.OpError(None, None, "m", errors.ABORTED).error_code == 10
    with pytest.raises(TypeError, match="needs an error_code"):
        errors.OpError(None, None, "m")


def test_unknown_error_takes_a_code_of_its_own():
    assert errors.UnknownError(None, None, "m").error_code == errors.UNKNOWN
    assert errors.UnknownError(None, None, "m", 99).error_code == 99


def test_classes_accept_the_payloads_of_tensorflow_2():
    error = errors.NotFoundError(None, None, "m", {"key": b"payload"}, "more")
    assert error.error_code == errors.NOT_FOUND


def test_args_and_repr_hold_no_text():
    error = errors.NotFoundError(None, None, "m")
    assert error.args == ()
    assert repr(error) == "NotFoundError()"


@pytest.mark.parametrize("attribute", ["message", "op", "node_def", "error_code"])
def test_attributes_are_read_only(attribute):
    with pytest.raises(AttributeError):
        setattr(errors.NotFoundError(None, None, "m"), attribute, None)


def test_errors_of_tensorflow_2_belong_to_the_python_classes_of_1():
    assert issubclass(errors.InaccessibleTensorError, ValueError)
    assert issubclass(errors.OperatorNotAllowedInGraphError, TypeError)


@pytest.mark.parametrize("code", NAMES)
def test_r06_pickling_keeps_class_and_message(code):
    error = errors.exception_type_from_error_code(code)("nd", None, "m")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert (again.message, again.error_code, again.node_def) == ("m", code, "nd")
    assert (again.op, again.args) == (None, ())


def test_r06_pickling_drops_the_op_and_keeps_its_node_def():
    error = errors.InternalError(None, make_op("a", 1), "m")
    again = pickle.loads(pickle.dumps(error))
    assert again.op is None
    assert again.node_def == "the NodeDef"
    assert str(again) == "m"


def test_pickling_keeps_notes_and_foreign_codes():
    error = errors.UnknownError(None, None, "m", 99)
    error.add_note("made in line 3")
    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert again.error_code == 99
        assert again.__notes__ == ["made in line 3"]


def test_node_def_is_read_from_the_op_unless_given():
    op = make_op("a", 1)
    assert errors.InternalError(None, op, "m").node_def == "the NodeDef"
    assert errors.InternalError("another", op, "m").node_def == "another"


def test_text_tells_where_the_op_was_created():
    error = errors.InvalidArgumentError(None, make_op("layer/div", 1, 7), "by zero")
    assert str(error) == (
        "by zero\n"
        "\n"
        "Caused by op 'layer/div', defined at:\n"
        '  File "model.py", line 1, in build\n'
        "    line 1\n"
        '  File "model.py", line 7, in build\n'
        "    line 7\n"
        "\n"
        "InvalidArgumentError (see above for traceback): by zero\n"
    )


def test_text_follows_derived_ops_to_their_origin_and_elides_common_frames():
    origin = make_op("div", 1, 2, 3, 4, 8)
    error = errors.InternalError(
        None, make_op("gradients/div_grad/mul", 1, 2, 3, 4, 9, original_op=origin), "m"
    )
    second_part = str(error).partition("\n...which was")[2]
    assert second_part == (
        " originally created as op 'div', defined at:\n"
        '  File "model.py", line 1, in build\n'
        "    line 1\n"
        "[elided 2 identical lines from previous traceback]\n"
        '  File "model.py", line 4, in build\n'
        "    line 4\n"
        '  File "model.py", line 8, in build\n'
        "    line 8\n"
        "\n"
        "InternalError (see above for traceback): m\n"
    )


def test_two_common_frames_are_not_elided():
    origin = make_op("a", 5, 1, 2, 6)
    error = errors.InternalError(None, make_op("b", 1, 2, original_op=origin), "m")
    second_part = str(error).partition("\n...which was")[2]
    assert "elided" not in second_part
    assert re.findall(r"line (\d), in", second_part) == ["5", "1", "2", "6"]


def test_whole_chain_of_origins_is_shown():
    first = make_op("a", 1)
    second = make_op("b", 2, original_op=first)
    error = errors.InternalError(None, make_op("c", 3, original_op=second), "m")
    assert re.findall(r"op '(\w)', defined at", str(error)) == ["c", "b", "a"]


def test_frames_without_source_text_are_shown():
    op = make_op("a")
    op.traceback = [("<string>", 3, "<module>", None)]
    assert '  File "<string>", line 3, in <module>\n' in str(
        errors.InternalError(None, op, "m")
    )


def test_status_not_ok_becomes_the_exception():
    with (
        pytest.raises(errors.NotFoundError, match=r"^no such key$") as caught,
        errors.raise_exception_on_not_ok_status() as status,
    ):
        status.set(errors.NOT_FOUND, "no such key")
    assert caught.value.op is None
    assert caught.value.node_def is None


def test_status_ok_raises_nothing():
    with errors.raise_exception_on_not_ok_status() as status:
        status.set(errors.OK, "")
    assert status.code == errors.OK


def test_exception_in_the_block_wins_over_the_status():
    def fail(status):
        status.set(errors.NOT_FOUND, "m")
        raise ZeroDivisionError

    with (
        pytest.raises(ZeroDivisionError),
        errors.raise_exception_on_not_ok_status() as status,
    ):
        fail(status)


def test_status_with_an_unknown_code_warns():
    with pytest.warns(UserWarning, match=r"^Unknown error code: 99$"):
        error = errors.from_status(99, "m")
    assert type(error) is errors.UnknownError
    assert error.error_code == 99


def test_status_carries_op_and_node_def():
    error = errors.from_status(errors.INTERNAL, "m", node_def="nd", op=make_op("a", 1))
    assert (error.node_def, error.op.name) == ("nd", "a")
