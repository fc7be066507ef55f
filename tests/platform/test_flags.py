"""`tf.flags` and `tf.app`: in programs, and where the command line is a notebook's."""

import subprocess
import sys

import pytest

import interactive_graphs as tf


def run(tmp_path, program, *arguments):
    path = tmp_path / "program.py"
    path.write_text("import interactive_graphs as tf\n" + program)
    return subprocess.run(
        [sys.executable, str(path), *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


PROGRAM = """
flags = tf.app.flags
flags.DEFINE_string("data_dir", "/tmp/data", "Where the data is.")
flags.DEFINE_integer("max_steps", 100, "How many steps.")
flags.DEFINE_float("learning_rate", 0.01, "How fast.")
flags.DEFINE_boolean("fake_data", False, "Whether to make data up.")
flags.DEFINE_enum("mode", "train", ["train", "test"], "What to do.")
flags.DEFINE_list("names", ["a"], "Some names.")
flags.DEFINE_multi_integer("sizes", [1], "Some sizes.")
FLAGS = flags.FLAGS

def main(argv):
    print(FLAGS.data_dir, FLAGS.max_steps, FLAGS.learning_rate, FLAGS.fake_data)
    print(FLAGS.mode, FLAGS.names, FLAGS.sizes, argv[1:])
    return 3

if __name__ == "__main__":
    tf.app.run()
"""


def test_a_program_has_its_defaults(tmp_path):
    done = run(tmp_path, PROGRAM)
    assert done.stdout == "/tmp/data 100 0.01 False\ntrain ['a'] [1] []\n"
    assert done.returncode == 3


def test_a_program_reads_its_command_line(tmp_path):
    done = run(
        tmp_path, PROGRAM, "--data_dir=x", "--max_steps", "5", "-learning_rate=1e-3",
        "--fake_data", "--mode=test", "--names=b,c", "--sizes=2", "--sizes=3", "rest",
        "--unknown=1",
    )  # fmt: skip
    assert done.stdout == (
        "x 5 0.001 True\ntest ['b', 'c'] [2, 3] ['rest', '--unknown=1']\n"
    )


def test_a_flag_can_be_switched_off(tmp_path):
    assert " False\n" in run(tmp_path, PROGRAM, "--nofake_data").stdout


@pytest.mark.parametrize(
    ("argument", "words"),
    [
        ("--max_steps=many", "flag --max_steps=many"),
        ("--mode=sleep", "value should be one of <train|test>"),
    ],
)
def test_a_wrong_value_is_refused(tmp_path, argument, words):
    done = run(tmp_path, PROGRAM, argument)
    assert done.returncode != 0
    assert words in done.stderr


def test_flags_are_read_when_first_used(tmp_path):
    done = run(
        tmp_path,
        "tf.flags.DEFINE_string('a', 'x', '')\nprint(tf.flags.FLAGS.a)",
        "--a=y",
    )
    assert done.stdout == "y\n"
    refused = run(
        tmp_path,
        "tf.flags.DEFINE_string('a', 'x', '')\nprint(tf.flags.FLAGS.a)",
        "--b=y",
    )
    assert "Unknown command line flag 'b'" in refused.stderr


def test_the_old_names_of_the_arguments(tmp_path):
    done = run(
        tmp_path,
        "tf.app.flags.DEFINE_string(flag_name='a', default_value='x', docstring='w')\n"
        "tf.app.flags.FLAGS.a = 'z'\nprint(tf.app.flags.FLAGS.a)",
    )
    assert done.stdout == "z\n"


def test_a_notebooks_command_line_is_no_error(tmp_path):
    cell = "tf.flags.DEFINE_integer('n', {}, '')\nprint(tf.flags.FLAGS.n)\n"
    done = run(
        tmp_path,
        "import sys; sys.ps1 = '>'\n"
        + cell.format(1)
        + cell.format(2)  # the cell is changed and runs again
        + "tf.app.run(lambda argv: print(len(argv)))\nprint('goes on')",
        "-f",
        "/run/kernel-1.json",
    )
    assert done.stderr == ""
    assert done.stdout == "1\n2\n1\ngoes on\n"


def test_main_and_argv_may_be_given(tmp_path):
    done = run(
        tmp_path, "tf.app.run(main=lambda a: print(a), argv=['p', 'x'])", "--ignored"
    )
    assert done.stdout == "['p', 'x']\n"
    assert done.returncode == 0


def test_flags_as_a_mapping():
    tf.flags.DEFINE_integer("only_here", 7, "For this test.")
    flags = tf.flags.FLAGS
    flags(["program", "--only_here=8", "rest"])
    assert "only_here" in flags
    assert "only_here" in list(flags)
    assert "only_here" in dir(flags)
    assert flags["only_here"].value == flags.only_here == 8
    del flags.only_here
    with pytest.raises(AttributeError):
        flags.only_here  # noqa: B018


def test_looking_at_the_flags_reads_no_command_line(tmp_path):
    done = run(
        tmp_path,
        "import inspect\n"
        "tf.flags.DEFINE_integer('n', 3, '')\n"
        "print(inspect.signature(tf.flags.FLAGS), hasattr(tf.flags.FLAGS, 'no'))",
        "--unknown",
    )
    assert done.stderr == ""
    assert (
        done.stdout
        == "(argv: 'Any', known_only: 'bool' = False) -> 'list[str]' False\n"
    )


def test_required_flags(tmp_path):
    program = (
        "tf.flags.DEFINE_string('a', None, '')\n"
        "tf.flags.mark_flag_as_required('a')\n"
        "tf.app.run(lambda _: print(tf.flags.FLAGS.a))"
    )
    assert run(tmp_path, program, "--a=1").stdout == "1\n"
    assert "Flag --a must have a value other than None" in run(tmp_path, program).stderr
