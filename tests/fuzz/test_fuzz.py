"""A short run of every decoder's fuzzing, and proof that the driver sees a failure."""

import time

import pytest

from tests.fuzz import driver

TARGETS = driver.targets()


@pytest.mark.parametrize("name", TARGETS)
def test_decoder_answers_whatever_comes(name):
    outcome = driver.run(TARGETS[name], 150, seed=1)
    assert not outcome.failures, outcome.failures[:3]
    assert outcome.accepted + outcome.refused == 150


def refuse_all_but(good, slip):
    """A decoder that is right about everything but inputs with a 0xFF in them."""

    def decode(data):
        if b"\xff" in data:
            slip()
        if data != good:
            raise ValueError("no")

    return [good], decode, (ValueError,)


def test_an_error_of_another_type_is_seen():
    outcome = driver.run(refuse_all_but(b"abcdefgh", lambda: {}["x"]), 300)
    assert outcome.failures
    assert outcome.refused > 100
    assert "KeyError" in outcome.failures[0][1]


def test_a_hang_is_seen(monkeypatch):
    monkeypatch.setattr(driver, "SECONDS_PER_INPUT", 0.05)
    outcome = driver.run(refuse_all_but(b"abcdefgh", lambda: time.sleep(1)), 60)
    assert any("HangError" in error for _, error in outcome.failures)


def test_huge_memory_is_seen(monkeypatch):
    monkeypatch.setattr(driver, "MEMORY", 1 << 28)
    outcome = driver.run(refuse_all_but(b"abcdefgh", lambda: bytes(1 << 30)), 60)
    assert any("MemoryError" in error for _, error in outcome.failures)
