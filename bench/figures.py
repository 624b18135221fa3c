"""Figures of a scenario: printed as they come, kept as data with the machine they were measured on."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path(__file__).parent / "results"


class Figures:
    """What one run of a scenario found."""

    def __init__(self, scenario: str) -> None:
        self.scenario = scenario
        self.values: dict[str, object] = {}
        print(f"\n== {scenario}")

    def put(self, name: str, value: float | str, unit: str = "", aim: str = "") -> None:
        """One figure, in its unit; aim is the budget as the issue states it."""
        shown = (
            f"{value:,.1f}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else value
        )
        self.values[name] = {"value": value, "unit": unit, "aim": aim}
        print(f"{name:58} {shown:>14} {unit:12} {'aim ' + aim if aim else ''}", flush=True)

    def keep(self) -> None:
        """Writes the figures to bench/results/<scenario>.json."""
        RESULTS.mkdir(exist_ok=True)
        commit = subprocess.run(
            ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
        )
        about = {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "commit": commit.stdout.strip(),
            "python": platform.python_version(),
            "cores": len(os.sched_getaffinity(0)),
            "machine": platform.machine(),
        }
        text = json.dumps({"scenario": self.scenario, "run": about, "figures": self.values}, indent=1)
        (RESULTS / f"{self.scenario}.json").write_text(text + "\n")
