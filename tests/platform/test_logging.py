"""`tf.logging`: which lines are shown, where, and how they look."""

import logging
import subprocess
import sys

import pytest

import interactive_graphs as tf


@pytest.fixture(autouse=True)
def verbosity():
    before = tf.logging.get_verbosity()
    yield
    tf.logging.set_verbosity(before)


def lines_of(program, *options):
    """What a program of its own writes: to stdout, to stderr."""
    done = subprocess.run(
        [sys.executable, *options, "-c", "import interactive_graphs as tf\n" + program],
        capture_output=True,
        text=True,
        check=True,
        input="",
    )
    return done.stdout, done.stderr


def test_a_program_shows_warnings():
    out, err = lines_of("tf.logging.info('a'); tf.logging.warn('b %d', 3)")
    assert (out, err) == ("", "WARNING:tensorflow:b 3\n")


def test_a_notebook_shows_what_goes_well():
    out, err = lines_of("import sys; sys.ps1 = '>'; tf.logging.info('a %s', 'b')")
    assert (out, err) == ("INFO:tensorflow:a b\n", "")


def test_the_level_decides():
    out, err = lines_of(
        "tf.logging.set_verbosity(tf.logging.DEBUG)\n"
        "tf.logging.debug('1'); tf.logging.info('2'); tf.logging.error('3')\n"
        "tf.logging.set_verbosity(tf.logging.FATAL)\n"
        "tf.logging.error('4'); tf.logging.fatal('5')"
    )
    assert err.splitlines() == [
        "DEBUG:tensorflow:1",
        "INFO:tensorflow:2",
        "ERROR:tensorflow:3",
        "CRITICAL:tensorflow:5",
    ]


def test_a_program_with_logging_of_its_own_sees_a_line_once():
    _, err = lines_of(
        "import logging\n"
        "tf.logging.warn('before')\n"
        "logging.basicConfig(format='own %(message)s')\n"
        "tf.logging.warn('after')"
    )
    assert err == "WARNING:tensorflow:before\nown after\n"


def test_every_level_and_verbosity(caplog):
    tf.logging.set_verbosity(tf.logging.DEBUG)
    assert tf.logging.get_verbosity() == logging.DEBUG
    tf.logging.vlog(tf.logging.INFO, "a")
    tf.logging.log(tf.logging.ERROR, "b %d", 2)
    tf.logging.TaskLevelStatusMessage("c")
    tf.logging.warning("d")
    tf.logging.flush()
    found = [(r.levelname, r.getMessage()) for r in caplog.records]
    assert found == [("INFO", "a"), ("ERROR", "b 2"), ("ERROR", "c"), ("WARNING", "d")]


def test_some_lines_only(caplog):
    for i in range(7):
        tf.logging.log_first_n(tf.logging.WARN, "first %d", 2, i)
        tf.logging.log_every_n(tf.logging.WARN, "every %d", 3, i)
        tf.logging.log_if(tf.logging.WARN, "if %d", i == 4, i)
    assert caplog.messages == [
        "first 0", "every 0", "first 1", "every 3", "if 4", "every 6",
    ]  # fmt: skip
