"""A bar on stderr for what takes minutes; a line now and then where nobody watches."""

from __future__ import annotations

import sys

from tqdm import tqdm

__all__ = ["progress_bar"]


def progress_bar(unit: str, total: int) -> tqdm[object]:
    """A bar that counts `unit`s up to `total`; a context manager with `update(n)` and the count `n`."""
    watched = sys.stderr.isatty()
    return tqdm(total=total, unit=f" {unit}", file=sys.stderr, mininterval=0.2 if watched else 30.0)
