"""Training in less time: the C library is told to keep the memory that each step asks for."""

from __future__ import annotations

import os
import sys

__all__ = ["with_pages_kept"]

_PAGES = {  # the C library gives freed pages back and asks for them again at every step; keeping them halves the time
    "MALLOC_MMAP_THRESHOLD_": str(8 << 30),
    "MALLOC_TRIM_THRESHOLD_": str(16 << 30),
    "MALLOC_TOP_PAD_": str(256 << 20),
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
}


def with_pages_kept(module: str) -> None:
    """Start `module` again with settings that the C library reads only at the start; glibc's, ignored elsewhere."""
    if sys.platform == "linux" and "MALLOC_TOP_PAD_" not in os.environ:
        os.execve(sys.executable, [sys.executable, "-m", module, *sys.argv[1:]], {**os.environ, **_PAGES})
