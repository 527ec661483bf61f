"""Text kept as what it copies from other texts and what it says itself.

A file of what was said about other people's articles holds none of their words so, and is read back beside the same
articles alone.
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["Packed", "pack", "read_packed", "unpack"]

Packed = tuple[str | tuple[int, int, int], ...]
"""Words of its own; or number of the source, start and end."""

_SHORTEST_COPY = 10  # characters; less is cheaper to write out


def pack(text: str, sources: Sequence[str]) -> Packed:
    """`text` as copies out of `sources` and words of its own, the longest copy at each place."""
    found: list[str | tuple[int, int, int]] = []
    own, at = "", 0
    while at < len(text):
        best = (0, 0, 0)
        for n, source in enumerate(sources):
            length = _common(text, at, source)
            if length[1] > best[2] - best[1]:
                best = (n, length[0], length[0] + length[1])
        if best[2] - best[1] >= _SHORTEST_COPY:
            found += [*([own] if own else []), best]
            own, at = "", at + best[2] - best[1]
        else:
            own, at = own + text[at], at + 1
    return (*found, own) if own else tuple(found)


def unpack(packed: Packed, sources: Sequence[str]) -> str:
    """The text that was packed. Raises `ValueError` where the sources are others."""
    try:
        return "".join(p if isinstance(p, str) else sources[p[0]][p[1] : p[2]] for p in packed)
    except IndexError as error:
        raise ValueError("a packed text is of other sources") from error


def _common(text: str, at: int, source: str) -> tuple[int, int]:
    """Where in `source` the longest beginning of `text[at:]` stands, and how long it is."""
    start, length = 0, 0
    while length < len(text) - at and (found := source.find(text[at : at + length + 1])) >= 0:
        start, length = found, length + 1
    return start, length


def read_packed(row: object) -> Packed:
    """What JSON made of a packed text. Raises `ValueError` or `TypeError` where it is none."""
    if not isinstance(row, list):
        raise TypeError(f"{row!r:.40} is no packed text")
    return tuple(p if isinstance(p, str) else (int(p[0]), int(p[1]), int(p[2])) for p in row)
