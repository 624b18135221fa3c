"""Processes that belong together."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from typing import Final

_PR_SET_PDEATHSIG: Final = 1  # linux/prctl.h


def end_with_parent(parent: int) -> None:
    """From now on this process ends when its parent does, however that ends. parent: its number."""
    if sys.platform == "linux":
        # Not SIGTERM: a worker of Granian's that gets it while it starts waits for ever. What was answered
        # is committed, so that a hard end loses nothing.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before we could say so
        sys.exit("The process that started this one is gone.")
