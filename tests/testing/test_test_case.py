"""`tf.test.TestCase`: sessions, assertions and what they say when they fail."""

# ruff: noqa: PT009, PT027 - unittest's methods are what is tested

import random
import subprocess
import sys

import numpy as np
import pytest

import interactive_graphs as tf


class Plain(tf.test.TestCase):
    __test__ = False  # its test is nothing

    def runTest(self):
        pass


@pytest.fixture
def case():
    case = Plain()
    case.setUp()
    yield case
    case.tearDown()


class SessionTest(tf.test.TestCase):
    def testDefaultSession(self):
        with self.test_session() as sess:
            self.assertIs(tf.get_default_session(), sess)
            self.assertEqual(tf.constant(3).eval(), 3)
        with self.cached_session() as again:
            self.assertIs(again, sess)
        with self.session() as another:
            self.assertIsNot(another, sess)

    def testAnotherGraph(self):
        with self.cached_session():
            pass
        with tf.Graph().as_default() as graph:
            with self.assertRaisesRegex(
                ValueError, "^The graph used to get the cached"
            ):
                with self.cached_session():
                    pass
            with self.test_session(graph=graph) as sess:
                self.assertIs(sess.graph, graph)

    def testTensorsAreEvaluated(self):
        with self.session():
            self.assertAllEqual(tf.constant([1, 2]) + 1, [2, 3])
            self.assertAllClose([tf.constant(1.0), 2.0], [1.0, tf.constant(2.0)])
            self.assertEqual(self.evaluate([tf.constant(1)]), [1])

    def testRandomNumbersRepeat(self):
        drawn = random.random(), np.random.rand()  # noqa: NPY002
        self.setUp()
        self.assertEqual(drawn, (random.random(), np.random.rand()))  # noqa: NPY002

    def testOpErrors(self):
        with self.session() as sess:
            with self.assertRaisesOpError("negative|must be"):
                sess.run(tf.zeros(tf.constant([-1]) * 1))
            with self.assertRaisesOpError(lambda error: "-1" in error.message):
                sess.run(tf.zeros(tf.constant([-1]) * 1))


def test_each_test_has_a_graph_of_its_own():
    tf.constant(1)
    case = Plain()
    case.setUp()
    assert tf.get_default_graph().get_operations() == []
    assert tf.get_default_graph().seed == 87654321


def test_the_class_itself_is_no_test_and_subclasses_are():
    assert not tf.test.TestCase.__test__
    assert SessionTest.__test__


HOLDS = [
    lambda c: c.assertAllEqual([1, np.nan], [1, np.nan]),
    lambda c: c.assertAllEqual([b"a"], np.array(["a"], "S")),
    lambda c: c.assertAllClose({"a": 1.0}, {"a": 1.0 + 1e-7}),
    lambda c: c.assertAllClose((np.zeros(2), np.zeros(3)), [np.zeros(2), np.zeros(3)]),
    lambda c: c.assertAllClose(np.float16([1]), np.float16([1.001]), rtol=1e-2),
    lambda c: c.assertAllCloseAccordingToType(np.float16([1]), np.float16([1.0005])),
    lambda c: c.assertNotAllClose([1.0], [2.0]),
    lambda c: c.assertNotAllEqual([1], [2]),
    lambda c: c.assertNear(1.0, 1.05, 0.1),
    lambda c: c.assertArrayNear([1.0], [1.05], 0.1),
    lambda c: c.assertNDArrayNear(np.zeros(2), np.full(2, 0.01), 0.1),
    lambda c: c.assertShapeEqual(np.zeros([2, 3]), tf.zeros([2, 3])),
    lambda c: c.assertAllGreater([2, 3], 1),
    lambda c: c.assertAllGreaterEqual([1, 2], 1),
    lambda c: c.assertAllLess([2, 3], 4),
    lambda c: c.assertAllLessEqual([2, 3], 3),
    lambda c: c.assertAllInRange([1, 2], 1, 2),
    lambda c: c.assertAllInSet([1, 2, 1], {1, 2, 3}),
    lambda c: c.assertStartsWith("abc", "ab"),
    lambda c: c.assertItemsEqual([1, 2], [2, 1]),
    lambda c: c.assertDeviceEqual("/cpu:0", "/device:CPU:0"),
    lambda c: c.assertProtoEquals("node { name: 'x' }", tf.GraphDef(node=[{"name": "x"}])),
    lambda c: c.assertRaisesWithPredicateMatch(ValueError, "a"),
]  # fmt: skip


@pytest.mark.parametrize("call", HOLDS)
def test_what_holds(case, call):
    call(case)


FAILS = [
    (lambda c: c.assertAllEqual([1, 2], [1, 3]), "Arrays are not equal"),
    (lambda c: c.assertAllEqual([1, 2], [[1, 2]]), r"Shape mismatch: expected \(2,\), got \(1, 2\)"),
    (lambda c: c.assertAllClose([1.0], [1.1]), "Not equal to tolerance rtol=1e-06, atol=1e-06"),
    (lambda c: c.assertAllClose({"a": 1.0}, {"b": 1.0}), "mismatched keys"),
    (lambda c: c.assertAllClose([1.0], [1.0, 2.0]), "Shape mismatch"),
    (lambda c: c.assertNotAllClose([1.0], [1.0]), "^The two values are close at all elements.$"),
    (lambda c: c.assertNotAllEqual([1], [1]), "^The two values are equal at all elements.$"),
    (lambda c: c.assertNear(1.0, 1.2, 0.1), r"1.000000 != 1.200000 \+/- 0.100000 \(difference: 0.2\)"),
    (lambda c: c.assertArrayNear([1.0], [1.2], 0.1), "difference: 0.2"),
    (lambda c: c.assertNDArrayNear(np.zeros(2), np.ones(2), 0.1), "False is not true"),
    (lambda c: c.assertShapeEqual(np.zeros([2, 3]), tf.zeros([3, 2])), r"\(2, 3\) != \(3, 2\)"),
    (lambda c: c.assertAllGreater([1, 2], 1), "not greater than 1"),
    (lambda c: c.assertAllLess([1, 2], 2), "not less than 2"),
    (lambda c: c.assertAllGreaterEqual([0, 2], 1), "not greater than or equal to 1"),
    (lambda c: c.assertAllLessEqual([0, 2], 1), "not less than or equal to 1"),
    (lambda c: c.assertAllInRange([1, 2, 3], 1, 2), r"1 of the 3 element\(s\) are outside the range \[1, 2\]. Subscript\(s\) and value\(s\) of the offending elements:\n  \[2\] : 3"),
    (lambda c: c.assertAllInRange([1, 2], 1, 2, open_upper_bound=True), r"range \[1, 2\)"),
    (lambda c: c.assertAllInSet([1, 2, 3], [1, 2]), r"^1 unique element\(s\) are not in the set \[1, 2\]: \[3\]$"),
    (lambda c: c.assertStartsWith("abc", "b"), "^'abc' does not start with 'b'$"),
    (lambda c: c.assertItemsEqual([1], [2]), "Element counts were not equal"),
    (lambda c: c.assertDeviceEqual("/cpu:0", "/gpu:0"), "/device:CPU:0"),
    (lambda c: c.assertProtoEquals("node { name: 'x' }", tf.GraphDef()), "name: \"x\""),
]  # fmt: skip


@pytest.mark.parametrize(("call", "text"), FAILS)
def test_what_fails_says_so(case, call, text):
    with pytest.raises(AssertionError, match=text):
        call(case)


def test_errors_that_should_be_raised(case):
    with case.assertRaisesWithPredicateMatch(ValueError, lambda e: str(e) == "a"):
        raise ValueError("a")
    with pytest.raises(AssertionError, match="ValueError not raised"):
        with case.assertRaisesWithPredicateMatch(ValueError, lambda e: True):
            pass
    with pytest.raises(AssertionError, match="Exception of type"):
        with case.assertRaisesWithPredicateMatch(ValueError, lambda e: False):
            raise ValueError("b")
    with pytest.raises(KeyError):
        with case.assertRaisesWithPredicateMatch(ValueError, lambda e: True):
            raise KeyError("c")


def test_a_checked_thread_tells(case):
    done = []
    thread = case.checkedThread(done.append, args=(3,))
    thread.start()
    thread.join()
    assert done == [3]
    assert not thread.is_alive()
    failing = case.checkedThread(int, args=("x",))
    failing.start()
    with pytest.raises(ValueError, match="invalid literal"):
        failing.join()


def test_directories(case):
    assert case.get_temp_dir() == case.get_temp_dir()
    assert case.get_temp_dir().startswith(tf.test.get_temp_dir())
    assert tf.gfile.IsDirectory(case.get_temp_dir())
    assert tf.test.test_src_dir_path("a").endswith("/a")


def test_there_is_no_gpu():
    assert not tf.test.is_gpu_available()
    assert not tf.test.is_built_with_cuda()
    assert tf.test.gpu_device_name() == ""


def test_equal_graph_defs():
    a, b = tf.NodeDef(name="a", op="NoOp"), tf.NodeDef(name="b", op="NoOp")
    tf.test.assert_equal_graph_def(tf.GraphDef(node=[a, b]), tf.GraphDef(node=[b, a]))
    with pytest.raises(AssertionError, match=r'\+name: "b"'):
        tf.test.assert_equal_graph_def(tf.GraphDef(node=[a, b]), tf.GraphDef(node=[a]))
    with pytest.raises(TypeError, match="^Expected tf.GraphDef for actual, got int$"):
        tf.test.assert_equal_graph_def(3, tf.GraphDef())


def test_main_runs_the_tests_of_a_program(tmp_path):
    path = tmp_path / "program.py"
    path.write_text(
        "import interactive_graphs as tf\n"
        "class MyTest(tf.test.TestCase):\n"
        "    def testGood(self):\n"
        "        with self.test_session():\n"
        "            self.assertAllClose(tf.constant([1.0]).eval(), [1.0])\n"
        "    def testBad(self):\n"
        "        self.assertAllEqual([1], [2])\n"
        "if __name__ == '__main__':\n"
        "    tf.test.main()\n"
    )
    done = subprocess.run(
        [sys.executable, str(path)], capture_output=True, text=True, check=False
    )
    assert "FAILED (failures=1)" in done.stderr
    assert done.returncode == 1
    assert "testBad" in done.stderr
