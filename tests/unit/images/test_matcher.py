from __future__ import annotations

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consent.images.matcher import Matcher

HASH = st.binary(min_size=32, max_size=32)


def flipped(mark: bytes, bits: int) -> bytes:
    return (int.from_bytes(mark, "big") ^ ((1 << bits) - 1)).to_bytes(32, "big")


def test_the_nearest_comes_first_and_the_threshold_is_within():
    mark = bytes(range(32))
    matcher = Matcher()
    for image, bits in (("far", 32), ("edge", 31), ("near", 3), ("same", 0), ("also near", 3)):
        matcher.add(image, [flipped(mark, 200), flipped(mark, bits)])
    assert matcher.search([mark]) == [("same", 0), ("also near", 3), ("near", 3), ("edge", 31)]
    assert matcher.search([mark], threshold=0) == [("same", 0)]
    assert matcher.search([]) == []
    assert len(matcher) == 5


def test_a_removed_picture_is_not_found_and_an_added_one_replaces_itself():
    one, other = bytes(32), b"\xff" * 32
    matcher = Matcher()
    matcher.add("a", [one])
    matcher.add("b", [one])
    matcher.remove("a")
    matcher.remove("never known")
    assert matcher.search([one]) == [("b", 0)]
    matcher.add("b", [other])
    assert matcher.search([one]) == []
    assert matcher.search([other]) == [("b", 0)]
    matcher.add("b", [])
    assert len(matcher) == 0


def test_what_was_removed_or_replaced_is_not_in_memory_any_more():
    gone, kept = bytes(range(100, 132)), bytes(range(32, 64))
    matcher = Matcher()
    matcher.add("a", [gone])
    matcher.add("b", [gone])
    assert gone in matcher._hashes.tobytes()
    matcher.remove("a")
    matcher.add("b", [kept])
    assert gone not in matcher._hashes.tobytes()
    assert kept in matcher._hashes.tobytes()
    assert matcher.search([bytes(32)]) == []


def test_a_fingerprint_of_another_length_is_an_error():
    with pytest.raises(ValueError, match="32 bytes"):
        Matcher().add("a", [b"short"])
    with pytest.raises(ValueError, match="32 bytes"):
        Matcher().search([b"\0" * 33, b"\0" * 31])


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.lists(HASH, max_size=400), st.booleans()), max_size=25), HASH)
def test_it_finds_what_a_plain_comparison_finds(steps, asked):
    matcher, plain = Matcher(), {}
    for image, marks, keep in steps:
        plain[image] = [*marks * 20, flipped(asked, len(marks) % 40)]
        matcher.add(image, plain[image])
        if not keep:
            matcher.remove(image)
            del plain[image]
    number = int.from_bytes(asked, "big")
    nearest = {i: min((int.from_bytes(m, "big") ^ number).bit_count() for m in marks) for i, marks in plain.items()}
    wanted = sorted(((i, far) for i, far in nearest.items() if far <= 31), key=lambda hit: (hit[1], hit[0]))
    assert matcher.search([asked]) == wanted


def together(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_threads_may_add_remove_and_search_together():
    matcher, mark, wrong = Matcher(), bytes(32), []
    matcher.add("always", [mark])

    def coming_and_going(own: int) -> None:
        for round_ in range(60):
            matcher.add(f"{own}-{round_}", [bytes([own + 1]) * 32] * 19)
            if round_ % 3:
                matcher.remove(f"{own}-{round_}")

    def asking() -> None:
        for _ in range(200):
            if ("always", 0) not in matcher.search([mark], threshold=0):
                wrong.append(1)

    threads = [threading.Thread(target=coming_and_going, args=(own,)) for own in range(4)]
    threads += [threading.Thread(target=asking) for _ in range(2)]
    together(threads)
    assert wrong == []
    assert len(matcher) == 1 + 4 * 20
