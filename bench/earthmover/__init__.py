"""earthmover 0.4.10 (PyPI, Apache-2.0) in an environment of its own, with projects of ours."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_PROJECTS: Final = Path(__file__).parent


@dataclass(frozen=True)
class Moved:
    """A run of earthmover: seconds, its start included, and megabytes at its peak. folder: what it wrote."""

    seconds: float
    memory: float
    folder: Path


def install() -> Path:
    """The program; put there by pip when it is not there yet."""
    folder = Path(tempfile.gettempdir()) / f"homeroom-bench-earthmover-{os.geteuid()}"
    program = folder / "bin" / "earthmover"
    if not program.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "earthmover==0.4.10"]
        subprocess.run(pip, check=True)
    return program


def run(program: Path, project: str, source: Path) -> Moved:
    """Runs a project on a file, in a folder of its own beside it."""
    folder = source.parent / f"{source.stem} by earthmover"
    folder.mkdir()
    shutil.copy(source, folder / "input.csv")
    for suffix in ("yaml", "jsont"):
        shutil.copy(_PROJECTS / f"{project}.{suffix}", folder)
    began = time.perf_counter()
    running = subprocess.Popen([str(program), "run", "-c", f"{project}.yaml"], cwd=folder)
    _, status, used = os.wait4(running.pid, 0)
    if status:
        raise SystemExit("earthmover failed")
    return Moved(time.perf_counter() - began, used.ru_maxrss / 1024, folder / "out")
