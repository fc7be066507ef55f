"""What can go wrong while a graph runs: one exception class per status code.

    Exception
     └─ OpError                          base of all failures inside ``Session.run``
         ├─ CancelledError            1  the step, or a blocked queue op, was cancelled
         ├─ UnknownError              2  a Python function failed in an unforeseen way
         ├─ InvalidArgumentError      3  a bad value or shape; a placeholder not fed
         ├─ DeadlineExceededError     4  a timeout expired
         ├─ NotFoundError             5  no such file, key, op type or resource
         ├─ AlreadyExistsError        6  the resource or directory is there already
         ├─ PermissionDeniedError     7  the file system refused
         ├─ ResourceExhaustedError    8  out of memory, or a queue's limit
         ├─ FailedPreconditionError   9  an uninitialised variable or table
         ├─ AbortedError             10  a concurrent transaction was given up
         ├─ OutOfRangeError          11  the end of a queue, reader or counter
         ├─ UnimplementedError       12  no code for this op or option
         ├─ InternalError            13  a broken invariant
         ├─ UnavailableError         14  a remote worker cannot be reached
         ├─ DataLossError            15  a corrupt file
         └─ UnauthenticatedError     16  a remote worker does not know the caller
    ValueError
     └─ InaccessibleTensorError          a tensor that may not be fetched from here
    TypeError
     └─ OperatorNotAllowedInGraphError   ``bool(t)`` or ``for x in t`` on a Tensor

Mistakes made while building a graph are plain ValueError and TypeError, never an
OpError. This module imports nothing of the package. Example:

    >>> error = NotFoundError(None, None, "data.csv; No such file or directory")
    >>> error.error_code == NOT_FOUND, str(error)
    (True, 'data.csv; No such file or directory')
"""

import contextlib
import traceback
import warnings
from collections.abc import Iterator
from typing import Any, ClassVar

OK = 0
CANCELLED = 1
UNKNOWN = 2
INVALID_ARGUMENT = 3
DEADLINE_EXCEEDED = 4
NOT_FOUND = 5
ALREADY_EXISTS = 6
PERMISSION_DENIED = 7
RESOURCE_EXHAUSTED = 8
FAILED_PRECONDITION = 9
ABORTED = 10
OUT_OF_RANGE = 11
UNIMPLEMENTED = 12
INTERNAL = 13
UNAVAILABLE = 14
DATA_LOSS = 15
UNAUTHENTICATED = 16

Frame = tuple[str, int, str, str | None]
"""One line of a traceback: file, line number, function, source text."""


class OpError(Exception):
    """A failure of the engine while it ran an operation.

    ``str(error)`` is the message alone or, when the operation is known, the message
    and the lines of the user's program that created that operation.

    As in TensorFlow ``error.args`` is empty and ``repr(error)`` shows no text; read
    ``error.message``.
    """

    _code: ClassVar[int | None] = None

    def __init__(
        self,
        node_def: Any,
        op: Any,
        message: str,
        error_code: int | None = None,
        *payloads: Any,  # noqa: ARG002  # TF 2 takes them
    ) -> None:
        """Creates an error, as the engine or as a user may.

        Args:
            node_def: NodeDef of the failing node or None. If it is None and an op is
                given, ``node_def`` is read from the op when somebody asks for it.
            op: the failing Operation, None if unknown.
            message: what happened.
            error_code: one of the status codes of this module. A subclass has its own
                and ignores this one.
            *payloads: accepted because TensorFlow 2's classes accept them; unused.

        Raises:
            TypeError: an OpError proper is given no error_code.
        """
        super().__init__()
        if self._code is not None:
            error_code = self._code
        if error_code is None:
            raise TypeError("OpError() needs an error_code, e.g. errors.INTERNAL")
        self._node_def = node_def
        self._op = op
        self._message = message
        self._error_code = error_code

    @property
    def node_def(self) -> Any:
        """The NodeDef of the failing node, or None."""
        if self._node_def is None and self._op is not None:
            return getattr(self._op, "node_def", None)
        return self._node_def

    @property
    def op(self) -> Any:
        """The failing Operation, or None if it is no operation of the user's graph."""
        return self._op

    @property
    def message(self) -> str:
        """What the engine said."""
        return self._message

    @property
    def error_code(self) -> int:
        """The status code, e.g. ``errors.NOT_FOUND``."""
        return self._error_code

    def __str__(self) -> str:
        """Returns the message and, where known, how the operation came to be."""
        if self._op is None:
            return str(self._message)
        return "".join(
            [
                f"{self._message}\n\n",
                *_creation_stacks(self._op),
                f"\n{type(self).__name__} (see above for traceback): {self._message}\n",
            ]
        )

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickles all but the op, which would drag its whole graph along."""
        state = self.__dict__ | {"_node_def": self.node_def, "_op": None}
        return _new, (type(self),), state


def _new(cls: type[OpError]) -> OpError:
    return cls.__new__(cls)


def _creation_stacks(op: Any) -> Iterator[str]:
    """Yields the lines that tell where `op`, and each op it derives from, was made."""
    yield f"Caused by op {op.name!r}, defined at:\n"
    stack: list[Frame] = list(op.traceback)
    yield from traceback.format_list(stack)
    op = getattr(op, "original_op", None)
    while op is not None:
        yield f"\n...which was originally created as op {op.name!r}, defined at:\n"
        previous, stack = stack, list(op.traceback)
        yield from _without_repetition(stack, set(previous))
        op = getattr(op, "original_op", None)


def _without_repetition(stack: list[Frame], known: set[Frame]) -> Iterator[str]:
    """Yields the lines of `stack`, shortening each run of frames in `known`."""
    start = 0
    while start < len(stack):
        end = start
        while end < len(stack) and stack[end] in known:
            end += 1
        elided = end - start - 2
        if elided > 0:
            yield from traceback.format_list([stack[start]])
            yield f"[elided {elided} identical lines from previous traceback]\n"
            start = end - 1
        end = max(end, start + 1)
        yield from traceback.format_list(stack[start:end])
        start = end


class CancelledError(OpError):
    """The step, or a blocked queue operation in it, was cancelled."""

    _code = CANCELLED


class UnknownError(OpError):
    """A failure without a better class, e.g. any exception inside ``py_func``."""

    def __init__(
        self,
        node_def: Any,
        op: Any,
        message: str,
        error_code: int = UNKNOWN,
        *payloads: Any,
    ) -> None:
        """Creates an error; `error_code` may be one this module does not know."""
        super().__init__(node_def, op, message, error_code, *payloads)


class InvalidArgumentError(OpError):
    """A value or a shape that the operation cannot take; a placeholder not fed."""

    _code = INVALID_ARGUMENT


class DeadlineExceededError(OpError):
    """The step's timeout expired before it was done."""

    _code = DEADLINE_EXCEEDED


class NotFoundError(OpError):
    """A file, checkpoint key, op type, resource or session target is missing."""

    _code = NOT_FOUND


class AlreadyExistsError(OpError):
    """The thing to be created is there already."""

    _code = ALREADY_EXISTS


class PermissionDeniedError(OpError):
    """The file system refused the operation to this user."""

    _code = PERMISSION_DENIED


class ResourceExhaustedError(OpError):
    """Memory ran out, or a reader's or queue's limit was reached."""

    _code = RESOURCE_EXHAUSTED


class FailedPreconditionError(OpError):
    """The state is not ready, e.g. a variable is read before its initializer ran."""

    _code = FAILED_PRECONDITION


class AbortedError(OpError):
    """The operation lost against a concurrent one and may be tried again."""

    _code = ABORTED


class OutOfRangeError(OpError):
    """The end of a closed queue, a reader or a counter was passed."""

    _code = OUT_OF_RANGE


class UnimplementedError(OpError):
    """The operation, or this option of it, has no implementation."""

    _code = UNIMPLEMENTED


class InternalError(OpError):
    """An invariant of the engine is broken."""

    _code = INTERNAL


class UnavailableError(OpError):
    """A remote worker cannot be reached at the moment."""

    _code = UNAVAILABLE


class DataLossError(OpError):
    """A file is truncated or corrupt."""

    _code = DATA_LOSS


class UnauthenticatedError(OpError):
    """The caller did not say, or could not prove, who it is."""

    _code = UNAUTHENTICATED


class InaccessibleTensorError(ValueError):
    """A tensor is used, or fetched, from where it has no value."""


class OperatorNotAllowedInGraphError(TypeError):
    """A Tensor was asked for its truth value or its elements before it was run."""


_CLASSES: dict[int, type[OpError]] = {
    CANCELLED: CancelledError,
    UNKNOWN: UnknownError,
    INVALID_ARGUMENT: InvalidArgumentError,
    DEADLINE_EXCEEDED: DeadlineExceededError,
    NOT_FOUND: NotFoundError,
    ALREADY_EXISTS: AlreadyExistsError,
    PERMISSION_DENIED: PermissionDeniedError,
    RESOURCE_EXHAUSTED: ResourceExhaustedError,
    FAILED_PRECONDITION: FailedPreconditionError,
    ABORTED: AbortedError,
    OUT_OF_RANGE: OutOfRangeError,
    UNIMPLEMENTED: UnimplementedError,
    INTERNAL: InternalError,
    UNAVAILABLE: UnavailableError,
    DATA_LOSS: DataLossError,
    UNAUTHENTICATED: UnauthenticatedError,
}
_CODES = {cls: code for code, cls in _CLASSES.items()}


def exception_type_from_error_code(error_code: int) -> type[OpError]:
    """Returns the class for a status code; KeyError for OK and unknown codes."""
    return _CLASSES[error_code]


def error_code_from_exception_type(cls: type[BaseException]) -> int:
    """Returns the status code of a class of this module; KeyError for any other."""
    return _CODES[cls]  # type: ignore[index]  # any class may be asked for


def from_status(
    error_code: int, message: str, node_def: Any = None, op: Any = None
) -> OpError:
    """Returns the exception for a status that is not OK.

    Args:
        error_code: status code; one that is unknown gives a warning and UnknownError.
        message: what happened.
        node_def: NodeDef of the failing node, or None.
        op: the failing Operation, or None.
    """
    cls = _CLASSES.get(error_code)
    if cls is None:
        warnings.warn(f"Unknown error code: {error_code}", stacklevel=2)
        return UnknownError(node_def, op, message, error_code)
    return cls(node_def, op, message)


class Status:
    """A status code with a message; OK until `set` is called."""

    __slots__ = ("code", "message")

    def __init__(self) -> None:
        """Creates an OK status."""
        self.code = OK
        self.message = ""

    def set(self, code: int, message: str) -> None:
        """Stores how an operation ended."""
        self.code = code
        self.message = message


@contextlib.contextmanager
def raise_exception_on_not_ok_status() -> Iterator[Status]:
    """Yields a Status and, after the block, raises the exception it stands for.

    Example:
        >>> with raise_exception_on_not_ok_status() as status:
        ...     status.set(NOT_FOUND, "no such key")
        Traceback (most recent call last):
        interactive_graphs.errors.NotFoundError: no such key
    """
    status = Status()
    yield status
    if status.code != OK:
        raise from_status(status.code, status.message)
