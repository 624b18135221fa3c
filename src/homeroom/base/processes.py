"""Processes that belong together."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Mapping
from typing import Final

_PR_SET_PDEATHSIG: Final = 1  # linux/prctl.h
_MOST_KEPT_BYTES: Final = 16 * 1024 * 1024
_LARGEST_KEPT_BYTES: Final = 8 * 1024 * 1024
_M_TRIM_THRESHOLD: Final = -1  # malloc.h of the GNU C library
_M_MMAP_THRESHOLD: Final = -3

# By default the GNU C library gives memory back to the kernel as soon as 128 kB of it are free, and gets it anew, page
# by page, for the next statement or answer. For a page of 500 records that was half of PostgreSQL's work and of ours.
MEMORY_SETTINGS: Final[Mapping[str, str]] = {
    "MALLOC_TRIM_THRESHOLD_": str(_MOST_KEPT_BYTES),
    "MALLOC_MMAP_THRESHOLD_": str(_LARGEST_KEPT_BYTES),
}
"""What a program that starts finds in its environment to keep 16 MB of what it has used; others ignore it."""


def keep_memory() -> None:
    """The same for this process, which runs already."""
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)
    if set_option is not None:
        set_option(_M_TRIM_THRESHOLD, _MOST_KEPT_BYTES)
        set_option(_M_MMAP_THRESHOLD, _LARGEST_KEPT_BYTES)


def end_with_parent(parent: int) -> None:
    """From now on this process ends when its parent does, however that ends. parent: its number."""
    if sys.platform == "linux":
        # Not SIGTERM: a worker of Granian's that gets it while it starts waits for ever. What was answered
        # is committed, so that a hard end loses nothing.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before we could say so
        sys.exit("The process that started this one is gone.")
