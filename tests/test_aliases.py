"""Namespaces can be imported as modules, as TensorFlow's can."""

import importlib
import subprocess
import sys

import pytest

import interactive_graphs as tf
from interactive_graphs.api import later

PROGRAM = """
from interactive_graphs.contrib import layers, rnn
from interactive_graphs.contrib.layers import fully_connected
from interactive_graphs.examples.tutorials.mnist import input_data
from interactive_graphs.keras.datasets import mnist
import interactive_graphs.nn
import interactive_graphs.contrib.slim as slim
import interactive_graphs as tf
assert layers is tf.contrib.layers and tf.contrib.layers.fully_connected is fully_connected
assert rnn is tf.contrib.rnn and slim is tf.contrib.slim
assert interactive_graphs.nn is tf.nn
assert mnist is tf.keras.datasets.mnist
assert tf.nn.__spec__.name == tf.nn.__name__ == "interactive_graphs.api.nn"
"""


def test_a_program_imports_from_namespaces():
    subprocess.run([sys.executable, "-W", "error", "-c", PROGRAM], check=True)


@pytest.mark.parametrize("name", sorted(later.NAMESPACES))
def test_every_namespace_is_a_module_once(name):
    module = importlib.import_module(f"interactive_graphs.{name}")
    assert module is getattr(tf, name)
    assert module is sys.modules[f"interactive_graphs.api.{name}"]


@pytest.mark.parametrize("name", ["nonsense", "contrib.nonsense", "nn.nonsense"])
def test_other_modules_are_not_there(name):
    with pytest.raises(ModuleNotFoundError) as caught:
        importlib.import_module(f"interactive_graphs.{name}")
    assert f"No module named 'interactive_graphs.{name}'" in str(caught.value)
