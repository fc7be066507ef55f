"""Work that makes many objects and no garbage."""

import gc
from collections.abc import Iterator

import pytest

from interactive_graphs._util.garbage import _MANY, all_kept


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    gc.collect()
    yield
    gc.unfreeze()
    gc.enable()


def test_nothing_is_looked_for_in_the_block() -> None:
    with all_kept():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_it_stays_off_for_who_has_turned_it_off() -> None:
    gc.disable()
    with all_kept():
        pass
    assert not gc.isenabled()


def test_an_error_turns_it_on_again() -> None:
    with pytest.raises(KeyError), all_kept():
        raise KeyError
    assert gc.isenabled()


def test_many_new_objects_count_as_old() -> None:
    with all_kept():
        made = [[] for _ in range(2 * _MANY)]
    assert len(gc.get_objects(generation=0)) < _MANY
    assert gc.is_tracked(made[0])
    assert gc.get_freeze_count() == 0


def test_what_somebody_has_frozen_stays_frozen() -> None:
    gc.freeze()
    frozen = gc.get_freeze_count()
    with all_kept():
        made = [[] for _ in range(2 * _MANY)]
    assert gc.get_freeze_count() > 0.9 * frozen
    assert len(made) == 2 * _MANY


def test_garbage_made_meanwhile_is_found_later() -> None:
    class Node:
        found = 0

        def __del__(self) -> None:
            Node.found += 1

    with all_kept():
        made = [[] for _ in range(2 * _MANY)]
        node = Node()
        node.me = node  # type: ignore[attr-defined]
        del node
    assert Node.found == 0
    gc.collect()
    assert Node.found == 1
    assert len(made) == 2 * _MANY
