"""A server prints for months: what was printed leaves nothing behind, in the libraries below Python too."""

from __future__ import annotations

import ctypes
import gc

from tests.unit.documents.paper_samples import ENGLISH

PRINTS = 6
AT_MOST = 20_000  # bytes a print; it was 100,000 as long as the style asked for features of the font


class _Heap(ctypes.Structure):
    """What glibc says of its heap (mallinfo2(3)), in bytes."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost".split()
    ]


def in_use() -> int:
    gc.collect()
    ask = ctypes.CDLL("libc.so.6").mallinfo2
    ask.restype = _Heap
    heap = ask()
    return int(heap.uordblks + heap.hblkhd)


def test_what_was_printed_leaves_nothing_behind(printer) -> None:
    printer.print_paper(ENGLISH)
    printer.print_paper(ENGLISH)
    before = in_use()
    for _ in range(PRINTS):
        printer.print_paper(ENGLISH)
    assert (in_use() - before) / PRINTS <= AT_MOST
