"""Processes killed in the middle of a save, at every step of it: what is left is whole.

A program saves twice. Forks of it do the second save anew, and one after the other is
killed when it opens a file, renames or removes one, or has written so many bytes.
"""

import os
import signal
import subprocess
import sys
import textwrap

import numpy as np
import pytest

import interactive_graphs as tf

PROGRAM = """
    import os, resource, shutil, signal, sys
    import numpy as np
    import interactive_graphs as tf

    STEP = {step}
    LIMITS = (1, 100_000, 900_000, 1_900_000)
    CHANGES = {{"open", "os.rename", "os.remove", "os.mkdir"}}

    def die_at_change(number):
        left = [number]
        def hook(event, arguments):
            if event in CHANGES and (event != "open" or arguments[1] in ("w", "wb")):
                if left[0] == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                left[0] -= 1
        sys.addaudithook(hook)

    def die_at_size(number):
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
        resource.setrlimit(resource.RLIMIT_FSIZE, (LIMITS[number], hard))

    def save_and_die(name, die, number):
        shutil.copytree("good", name)
        pid = os.fork()
        if not pid:
            old = name + ("/m-1" if STEP else "/m")
            saver.set_last_checkpoints_with_time([(old, 0.0)])
            die(number)
            saver.save(sess, name + "/m", 2 if STEP else None, write_meta_graph=False)
            os._exit(0)
        return os.WTERMSIG(os.waitpid(pid, 0)[1])

    a = tf.Variable(np.ones(200_000, np.float32), name="a")
    b = tf.Variable(np.ones(300_000, np.float32), name="b")
    more = tf.group(a.assign_add(np.ones(200_000)), b.assign_add(np.ones(300_000)))
    saver = tf.train.Saver(max_to_keep=1)
    sess = tf.Session()
    sess.run(tf.global_variables_initializer())
    os.mkdir("good")
    saver.save(sess, "good/m", 1 if STEP else None, write_meta_graph=False)
    sess.run(more)
    tf.train.Saver().save(sess, "warm/m")  # loads what saving needs
    for number in range(len(LIMITS)):
        print("size%d" % number, save_and_die("size%d" % number, die_at_size, number))
    number, killed = 0, 1
    while killed:
        killed = save_and_die("change%d" % number, die_at_change, number)
        print("change%d" % number, killed)
        number += 1
"""


def held(directory):
    """What the last checkpoint in a directory holds, which is the same everywhere."""
    latest = tf.train.latest_checkpoint(directory)
    assert latest is not None, os.listdir(directory)
    reader = tf.train.NewCheckpointReader(latest)
    values = np.concatenate([reader.get_tensor("a"), reader.get_tensor("b")])
    assert values.shape == (500_000,)
    assert (values == values[0]).all()
    return values[0]


@pytest.mark.skipif(not hasattr(signal, "SIGXFSZ"), reason="needs POSIX signals")
@pytest.mark.parametrize("step", [False, True], ids=["overwrite", "global_step"])
def test_a_save_killed_at_any_point_leaves_a_whole_checkpoint(step, tmp_path):
    program = textwrap.dedent(PROGRAM).format(step=step)
    done = subprocess.run(
        [sys.executable, "-c", program],
        check=False,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    ends = {
        name: int(number)
        for name, number in map(str.split, done.stdout.split("\n")[:-1])
    }
    sizes = [name for name in ends if name.startswith("size")]
    changes = [name for name in ends if name.startswith("change")]
    assert {ends[name] for name in sizes} == {signal.SIGXFSZ}
    assert [held(tmp_path / name) for name in sizes] == [1.0] * len(sizes)
    assert {ends[name] for name in changes[:-1]} == {signal.SIGKILL}
    assert len(changes) >= (11 if step else 9)
    # The old one up to a point, from there on the new one; the last was not killed.
    found = [held(tmp_path / name) for name in changes]
    assert found == sorted(found)
    assert set(found) == {1.0, 2.0}
