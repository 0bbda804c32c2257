"""The thread that prints ahead: one thing at a time, the newest of each name, and never anybody's trouble."""

from __future__ import annotations

import logging
import threading

import pytest

from consent.acts.press import MOST_WAITING, Press


class Gate:
    """Work that waits until it is let go, and says when it has begun."""

    def __init__(self) -> None:
        self.begun, self.go = threading.Event(), threading.Event()

    def __call__(self) -> None:
        self.begun.set()
        self.go.wait(10)


def test_of_one_name_the_newest_counts_and_others_wait_their_turn() -> None:
    press, gate, done = Press(), Gate(), []
    press.ask("first", gate)
    assert gate.begun.wait(10)
    for number in range(3):
        press.ask("second", lambda number=number: done.append(number))
    last = threading.Event()
    press.ask("third", last.set)
    gate.go.set()
    assert last.wait(10)
    assert done == [2]


def test_settling_waits_for_what_has_begun_and_drops_what_has_not() -> None:
    press, gate, done = Press(), Gate(), []
    press.ask("first", gate)
    press.ask("second", lambda: done.append("second"))
    assert gate.begun.wait(10)
    press.settle("second", 10)
    press.settle("first", 0.01)  # no longer than it is told
    assert not gate.go.is_set()
    threading.Timer(0.05, gate.go.set).start()
    press.settle("first", 10)
    assert gate.go.is_set()
    after = threading.Event()
    press.ask("third", after.set)
    assert after.wait(10)
    assert done == []


def test_no_more_waits_than_it_takes() -> None:
    press, gate, done = Press(), Gate(), []
    press.ask("busy", gate)
    assert gate.begun.wait(10)
    for number in range(MOST_WAITING + 3):
        press.ask(str(number), lambda number=number: done.append(number))
    last = threading.Event()
    press.ask("0", last.set)  # known already: taken
    gate.go.set()
    assert last.wait(10)
    assert done == list(range(1, MOST_WAITING))


def test_what_fails_is_logged_by_its_kind_and_the_next_is_done(caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> None:
        raise ValueError("Maria Lopez")

    press, after = Press(), threading.Event()
    with caplog.at_level(logging.WARNING):
        press.ask("first", fail)
        press.ask("second", after.set)
        assert after.wait(10)
    assert "ValueError" in caplog.text
    assert "Maria" not in caplog.text
