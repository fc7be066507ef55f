"""Each public name of TensorFlow 1 is here, or the table of names left out says why."""

from pathlib import Path

import pytest

import interactive_graphs as tf
from interactive_graphs.api import left_out

NAMES = [
    line
    for line in (Path(__file__).parent / "golden/tf1_names.txt")
    .read_text()
    .splitlines()
    if not line.startswith("#")
]


def is_here(name: str) -> bool:
    """Whether `tf.a.b` resolves; of `tf.a.*` whether `tf.a` does."""
    value = tf
    for part in name.removesuffix(".*").split(".")[1:]:
        try:
            value = getattr(value, part)
        except AttributeError:
            return False
    return True


def test_every_name_of_tensorflow_is_here_or_its_absence_explained() -> None:
    missing = [name for name in NAMES if not is_here(name) and not reason(name)]
    assert missing == []


def reason(name: str) -> str | None:
    """Why a name is not here."""
    return left_out.reason(name) or left_out.reason(name.removesuffix(".*"))


def test_nothing_is_called_left_out_that_is_here() -> None:
    listed = " ".join(group.names for group in left_out.GROUPS).split()
    assert [name for name in listed if ".*" not in name and is_here("tf." + name)] == []
    assert [name for name in left_out.RENAMED if is_here("tf." + name)] == []


def test_no_name_is_listed_twice() -> None:
    listed = " ".join(group.names for group in left_out.GROUPS).split()
    assert sorted(listed) == sorted(set(listed))


def test_what_serves_instead_is_here() -> None:
    assert [new for new in left_out.RENAMED.values() if not is_here("tf." + new)] == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("estimator", "tf.train.MonitoredTrainingSession"),
        ("GradientTape", "tf.gradients"),
        ("mul", "TensorFlow 1.0 renamed it: use tf.multiply."),
        ("train.Server", "one process"),
        ("placehodler", "Did you mean 'placeholder'?"),
        ("nn.exp", "Did you mean 'tf.exp'?"),
        ("nn.softmaks", "Did you mean 'tf.nn.softmax'?"),
        ("contrib.cudnn_rnn", "one process"),
    ],
)
def test_the_error_says_what_to_do(path: str, text: str) -> None:
    space, _, name = ("tf." + path).rpartition(".")
    value = tf
    for part in space.split(".")[1:]:
        value = getattr(value, part)
    with pytest.raises(AttributeError) as raised:
        getattr(value, name)
    assert text in str(raised.value)
