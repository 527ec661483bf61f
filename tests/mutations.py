"""Files changed at random: what a disk, a download or an attacker makes of them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TypeAlias

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from ingest.errors import ReadError
from ingest.read import read_bytes

LONGEST_S = 20.0  # that reading a small file may take, on a busy machine

Change: TypeAlias = tuple[str, float, float, bytes]  # the kind, two places as shares of the length, some bytes

FUZZ = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def changes(*words: bytes) -> st.SearchStrategy[list[Change]]:
    """A few changes; `words` are bytes that mean something in the format."""
    some = st.binary(min_size=1, max_size=8)
    place = st.floats(0, 1, exclude_max=True)
    kind = st.sampled_from(["flip", "cut", "copy", "insert"])
    one = st.tuples(kind, place, place, st.one_of(some, st.sampled_from(words)) if words else some)
    return st.lists(one, min_size=1, max_size=6)


def changed(data: bytes, by: Sequence[Change]) -> bytes:
    """`data` with bytes overwritten, cut out or cut off, copied elsewhere or inserted."""
    for kind, where, other, some in by:
        start, to = int(where * len(data)), int(other * len(data))
        if kind == "flip":
            data = data[:start] + some + data[start + len(some) :]
        elif kind == "cut":
            data = data[: min(start, to)] + data[max(start, to) :] if where > 0.2 else data[:start]
        elif kind == "copy":
            data = data[:to] + data[start : start + 200] + data[to:]
        else:
            data = data[:start] + some + data[start:]
    return data


def check_text_or_reason(data: bytes) -> None:
    """Source text comes out of `data`, or a reason why not, and in time."""
    start = time.monotonic()
    try:
        source = read_bytes(data)
    except ReadError as error:
        assert str(error)
    else:
        assert source.text.strip()
        assert all(name and value.encode() for name, value in source.hints)
        assert all(note.encode() for note in source.notes)
        assert all(0 <= block.start < block.end <= len(source.text) for block in source.blocks)
    assert time.monotonic() - start < LONGEST_S
