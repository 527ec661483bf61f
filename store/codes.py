"""Vectors rounded to a byte a component, so that the few passages a filter admits can all be compared.

A graph index answers "the nearest of all" fast and "the nearest of these" slowly. The catalogue therefore keeps a copy
of each article's vectors in a quarter of their room: reading those of a thousand articles and comparing every one takes
milliseconds, and because they are rows of the catalogue they come and go with their article. Rounding moves a cosine by
less than a hundredth, mostly by less than a thousandth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Codes", "pack", "unpack"]

_LEVELS = 127
_SCALE = np.dtype("<f4")


@dataclass(frozen=True, slots=True, eq=False)
class Codes:
    """Rounded vectors of passages: `ids` (n,) int64, `scales` (n,) float32, `levels` (n, d) int8."""

    ids: NDArray[np.int64]
    scales: NDArray[np.float32]
    levels: NDArray[np.int8]

    def nearest(self, vector: NDArray[np.float32], k: int) -> list[tuple[int, float]]:
        """The ids of the `k` passages with the greatest cosine to `vector`, each with it, best first."""
        if not len(self.ids) or k < 1:
            return []
        cosines = (self.levels.astype(np.float32) @ vector) * self.scales
        best = np.argpartition(-cosines, min(k, len(cosines)) - 1)[:k]
        best = best[np.lexsort((self.ids[best], -cosines[best]))]
        return list(zip(self.ids[best].tolist(), cosines[best].tolist(), strict=True))


def pack(vectors: NDArray[np.float32]) -> bytes:
    """Vectors ((n, d) float32) as n little-endian float32 scales, then n times d signed bytes."""
    scales = np.maximum(np.abs(vectors).max(axis=1), np.finfo(np.float32).tiny) / _LEVELS
    levels = np.rint(vectors / scales[:, None]).astype(np.int8)
    packed: bytes = scales.astype(_SCALE).tobytes() + levels.tobytes()
    return packed


def unpack(packed: Sequence[tuple[int, int, bytes]]) -> Codes:
    """What `pack` made of several articles, each with its first passage id and the number of its passages."""
    packed = [row for row in packed if row[1]]
    if not packed:
        return Codes(np.empty(0, np.int64), np.empty(0, np.float32), np.empty((0, 0), np.int8))
    ids = np.concatenate([np.arange(first, first + n, dtype=np.int64) for first, n, _ in packed])
    scales = np.frombuffer(b"".join(data[: n * _SCALE.itemsize] for _, n, data in packed), _SCALE)
    levels = np.frombuffer(b"".join(data[n * _SCALE.itemsize :] for _, n, data in packed), np.int8)
    return Codes(ids, scales.astype(np.float32), levels.reshape(len(ids), -1))
