"""TensorFlow 1's public names that are not here, why, and what serves instead.

`docs/left-out.md` is written from this table, the AttributeError of such a name quotes
it, and a test holds that each name of TensorFlow 1 is either there or in it.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Group(NamedTuple):
    """Names that are left out for one reason.

    Attributes:
        title: what they are.
        why: why they are not here and what to use, in a sentence or two.
        names: the names after `tf.`; one that ends in `.*` stands for all below it.
    """

    title: str
    why: str
    names: str


GROUPS: Final = (
    Group(
        "Estimators",
        "Estimators hide the graph and the session that this package is about: "
        "tf.train.MonitoredTrainingSession with hooks gives the same training loop.",
        "estimator estimator.*",
    ),
)


def reason(name: str) -> str | None:
    """Why a name was left out, or None if it was not.

    Args:
        name: as users write it: "tf.estimator.Estimator".
    """
    wanted = name.removeprefix("tf.")
    for group in GROUPS:
        names = group.names.split()
        if wanted in names:
            return group.why
        parents = [n[:-1] for n in names if n.endswith(".*")]
        if any(wanted.startswith(parent) for parent in parents):
            return group.why
    return None
