"""What `tf.test.TestCase` can hold true of arrays, tensors and messages.

Read next: `test_case.py`.
"""

# ruff: noqa: PT009, PT027 - the methods here are unittest's, for unittests

from __future__ import annotations

import unittest
from collections.abc import Mapping, Sequence
from typing import Any

import ml_dtypes
import numpy as np

from interactive_graphs._util import lazy
from interactive_graphs.framework.device import DeviceSpec
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.sparse import SparseTensorValue
from interactive_graphs.framework.stacks import get_default_session
from interactive_graphs.framework.tensor import Tensor


class Assertions(unittest.TestCase):
    """The assertions of `tf.test.TestCase`."""

    def _array(self, value: Any) -> np.ndarray:
        """A value as an array; of a tensor what it is in the default session."""
        if isinstance(value, Tensor):
            value = self.evaluate(value)
        return np.asarray(value)

    def evaluate(self, tensors: Any) -> Any:
        """What tensors are in the default session.

        Args:
            tensors: a structure of fetches.

        Raises:
            ValueError: there is no default session.
        """
        session = get_default_session()
        if session is None:
            raise ValueError("evaluate runs in the default session: there is none")
        return session.run(tensors)

    # -- equal and close --------------------------------------------------------------

    def assertShapeEqual(
        self, np_array: Any, tf_tensor: Any, msg: str | None = None
    ) -> None:
        """An array has the static shape of a tensor."""
        found, wanted = np.shape(np_array), tuple(tf_tensor.get_shape().as_list())
        self.assertEqual(found, wanted, msg)

    def _assert_same_shape(self, a: np.ndarray, b: np.ndarray, msg: str | None) -> None:
        said = f"Shape mismatch: expected {a.shape}, got {b.shape}."
        self.assertEqual(a.shape, b.shape, f"{said} {msg}" if msg else said)

    def assertAllEqual(self, a: Any, b: Any, msg: str | None = None) -> None:
        """Two arrays or tensors have one shape and equal elements; NaN equals NaN."""
        x, y = self._array(a), self._array(b)
        self._assert_same_shape(x, y, msg)
        np.testing.assert_array_equal(x, y, msg or "")

    def assertNotAllEqual(self, a: Any, b: Any, msg: str | None = None) -> None:
        """Two arrays or tensors differ somewhere."""
        try:
            self.assertAllEqual(a, b)
        except AssertionError:
            return
        self.fail(f"The two values are equal at all elements. {msg or ''}".rstrip())

    def assertAllClose(
        self,
        a: Any,
        b: Any,
        rtol: float = 1e-6,
        atol: float = 1e-6,
        msg: str | None = None,
    ) -> None:
        """Two arrays, tensors or structures of them are close everywhere.

        Args:
            a: the one.
            b: the other.
            rtol: how far they may be apart, relative to `b`.
            atol: how far besides that.
            msg: what to say if they are not.
        """
        if isinstance(a, Mapping):
            self.assertCountEqual(a, b, f"mismatched keys: {list(a)}, {list(b)}")
            for key in a:
                self.assertAllClose(
                    a[key], b[key], rtol, atol, f"[{key!r}] {msg or ''}"
                )
        elif isinstance(a, (list, tuple)) and _is_nested(a):
            self.assertEqual(len(a), len(b), f"Length mismatch. {msg or ''}")
            for i, (one, other) in enumerate(zip(a, b, strict=True)):
                self.assertAllClose(one, other, rtol, atol, f"[{i}] {msg or ''}")
        else:
            x, y = self._array(a), self._array(b)
            self._assert_same_shape(x, y, msg)
            x, y = _widened(x), _widened(y)
            np.testing.assert_allclose(x, y, rtol, atol, err_msg=msg or "")

    def assertNotAllClose(self, a: Any, b: Any, **tolerances: float) -> None:
        """Two arrays or tensors are apart somewhere."""
        try:
            self.assertAllClose(a, b, **tolerances)  # type: ignore[arg-type]
        except AssertionError:
            return
        self.fail("The two values are close at all elements.")

    def assertAllCloseAccordingToType(
        self,
        a: Any,
        b: Any,
        rtol: float = 1e-6,
        atol: float = 1e-6,
        float_rtol: float = 1e-6,
        float_atol: float = 1e-6,
        half_rtol: float = 1e-3,
        half_atol: float = 1e-3,
        bfloat16_rtol: float = 1e-2,
        bfloat16_atol: float = 1e-2,
        msg: str | None = None,
    ) -> None:
        """Two arrays or tensors are as close as the narrower dtype allows."""
        x, y = self._array(a), self._array(b)
        limits = {
            np.dtype(np.float32): (float_rtol, float_atol),
            np.dtype(np.complex64): (float_rtol, float_atol),
            np.dtype(np.float16): (half_rtol, half_atol),
            np.dtype(ml_dtypes.bfloat16): (bfloat16_rtol, bfloat16_atol),
        }
        for dtype, (relative, absolute) in limits.items():
            if dtype in (x.dtype, y.dtype):
                rtol, atol = max(rtol, relative), max(atol, absolute)
        self.assertAllClose(x, y, rtol, atol, msg)

    def assertNear(
        self, f1: float, f2: float, err: float, msg: str | None = None
    ) -> None:
        """Two numbers are at most `err` apart."""
        apart = abs(f1 - f2)
        self.assertTrue(
            f1 == f2 or apart <= err,
            f"{f1:f} != {f2:f} +/- {err:f} (difference: {apart:g})"
            + (f" {msg}" if msg else ""),
        )

    def assertArrayNear(
        self, farray1: Any, farray2: Any, err: float, msg: str | None = None
    ) -> None:
        """Two sequences have one length, and numbers at most `err` apart."""
        self.assertEqual(len(farray1), len(farray2), msg)
        for f1, f2 in zip(farray1, farray2, strict=True):
            self.assertNear(float(f1), float(f2), err, msg)

    def assertNDArrayNear(
        self, ndarray1: Any, ndarray2: Any, err: float, msg: str | None = None
    ) -> None:
        """Two arrays are at most `err` apart, as vectors."""
        x, y = self._array(ndarray1), self._array(ndarray2)
        near = x.shape == y.shape and bool(np.linalg.norm(x - y) < err)
        self.assertTrue(near, msg)

    # -- every element ----------------------------------------------------------------

    def assertAllGreater(self, a: Any, comparison_target: Any) -> None:
        """All elements are larger."""
        self.assertGreater(np.min(self._array(a)), comparison_target)

    def assertAllLess(self, a: Any, comparison_target: Any) -> None:
        """All elements are smaller."""
        self.assertLess(np.max(self._array(a)), comparison_target)

    def assertAllGreaterEqual(self, a: Any, comparison_target: Any) -> None:
        """All elements are as large."""
        self.assertGreaterEqual(np.min(self._array(a)), comparison_target)

    def assertAllLessEqual(self, a: Any, comparison_target: Any) -> None:
        """No element is larger."""
        self.assertLessEqual(np.max(self._array(a)), comparison_target)

    def assertAllInRange(
        self,
        target: Any,
        lower_bound: Any,
        upper_bound: Any,
        open_lower_bound: bool = False,
        open_upper_bound: bool = False,
    ) -> None:
        """All elements are between two numbers."""
        x = self._array(target)
        below = x <= lower_bound if open_lower_bound else x < lower_bound
        above = x >= upper_bound if open_upper_bound else x > upper_bound
        outside = below | above | np.isnan(x)
        if outside.any():
            interval = (
                f"{'(' if open_lower_bound else '['}{lower_bound}, "
                f"{upper_bound}{')' if open_upper_bound else ']'}"
            )
            self.fail(
                f"{outside.sum()} of the {x.size} element(s) are outside the range "
                f"{interval}. Subscript(s) and value(s) of the offending elements:\n"
                + _listed(x, outside)
            )

    def assertAllInSet(self, target: Any, expected_set: Any) -> None:
        """All elements are among some."""
        found = np.unique(self._array(target)).tolist()
        strange = [x for x in found if x not in expected_set]
        if strange:
            self.fail(
                f"{len(strange)} unique element(s) are not in the set "
                f"{expected_set}: {strange}"
            )

    # -- texts, messages, devices -----------------------------------------------------

    def assertStartsWith(
        self, actual: str, expected_start: str, msg: str | None = None
    ) -> None:
        """A text begins with another."""
        if not actual.startswith(expected_start):
            said = f"{actual!r} does not start with {expected_start!r}"
            self.fail(self._formatMessage(msg, said))

    def assertItemsEqual(
        self, expected: Any, actual: Any, msg: str | None = None
    ) -> None:
        """Two sequences have the same elements, in any order."""
        self.assertCountEqual(expected, actual, msg)

    def assertProtoEquals(
        self, expected_message_maybe_ascii: Any, message: Any, msg: str | None = None
    ) -> None:
        """A message is another, given as such or in protobuf's text form."""
        expected = expected_message_maybe_ascii
        if isinstance(expected, (str, bytes)):
            parsed = type(message)()
            lazy.load("google.protobuf.text_format").Parse(expected, parsed)
            expected = parsed
        self.assertEqual(type(expected).__name__, type(message).__name__, msg)
        self.assertMultiLineEqual(str(expected), str(message), msg)

    def assertDeviceEqual(
        self, device1: Any, device2: Any, msg: str | None = None
    ) -> None:
        """Two names mean one device."""
        self.assertEqual(_canonical(device1), _canonical(device2), msg)

    # -- errors -----------------------------------------------------------------------

    def assertRaisesOpError(self, expected_err_re_or_predicate: Any) -> Any:
        """A block in which an OpError is raised whose text has this pattern."""
        lookup = lazy.load("interactive_graphs.errors").OpError
        return self.assertRaisesWithPredicateMatch(lookup, expected_err_re_or_predicate)

    def assertRaisesWithPredicateMatch(
        self, exception_type: Any, expected_err_re_or_predicate: Any
    ) -> Any:
        """A block in which an error is raised that fits.

        Args:
            exception_type: its type.
            expected_err_re_or_predicate: a pattern that its text has, or a function
                of the error that says whether it is right.
        """
        predicate = expected_err_re_or_predicate
        if not callable(predicate):
            return self.assertRaisesRegex(exception_type, predicate)
        return _RaisesThat(self, exception_type, predicate)


class _RaisesThat:
    """The block of `assertRaisesWithPredicateMatch` with a function."""

    def __init__(self, test: Assertions, kind: Any, predicate: Any) -> None:
        self._test = test
        self._kind = kind
        self._predicate = predicate

    def __enter__(self) -> None:
        """Nothing to do."""

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
        """Look at the error."""
        if kind is None:
            self._test.fail(f"{self._kind.__name__} not raised")
        if not issubclass(kind, self._kind):
            return False
        if not self._predicate(error):
            self._test.fail(f"Exception of type {kind}: {error}")
        return True


def _is_nested(values: Sequence[Any]) -> bool:
    """Whether a sequence is a structure of arrays, and no array itself."""
    if isinstance(values, SparseTensorValue):
        return True
    if any(isinstance(value, (Mapping, Tensor, Operation)) for value in values):
        return True
    shapes = {np.shape(value) for value in values if isinstance(value, np.ndarray)}
    return len(shapes) > 1 or any(
        isinstance(value, tuple) and hasattr(value, "_fields") for value in values
    )


def _widened(x: np.ndarray) -> np.ndarray:
    """Floating dtypes that numpy compares badly in a wider one."""
    narrow = (np.dtype(np.float16), np.dtype(ml_dtypes.bfloat16))
    return x.astype(np.float32) if x.dtype in narrow else x


def _listed(x: np.ndarray, chosen: np.ndarray) -> str:
    """The first chosen elements with their places, a line each."""
    places = np.argwhere(chosen)[:10]
    return "\n".join(f"  {place.tolist()} : {x[tuple(place)]}" for place in places)


def _canonical(device: Any) -> str:
    return DeviceSpec.from_string(str(device or "")).to_string()
