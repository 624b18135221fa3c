"""`python -m bench [NAME …] [--rows N]`: runs scenarios and keeps their figures in bench/results."""

from __future__ import annotations

import argparse
import asyncio

from bench import api, load, matching, messy, start, suggest, upgrade
from bench.figures import Figures

SCENARIOS = {
    "start": start.measure,
    "load": load.measure,
    "api": api.measure,
    "upgrade": upgrade.measure,
    "matching": matching.measure,
    "messy": messy.measure,
    "suggest": suggest.measure,
}
FULL = {"load": load.measure_full, "messy": messy.measure_full}


def main() -> None:
    """Runs the named scenarios, or all, and prints each figure with what it is measured against."""
    parser = argparse.ArgumentParser(prog="./run bench", description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"one of: {', '.join(SCENARIOS)} (default: all)"
    )
    parser.add_argument("--rows", type=int, help="size of the scenario (default: its own)")
    parser.add_argument(
        "--full", action="store_true", help=f"the long form, which takes hours, of: {', '.join(FULL)}"
    )
    options = parser.parse_args()
    for name in options.names or (FULL if options.full else SCENARIOS):
        is_full = options.full and name in FULL
        figures = Figures(f"{name}-full" if is_full else name)
        measure = FULL[name] if is_full else SCENARIOS[name]
        asyncio.run(measure(figures, options.rows))
        figures.keep()


if __name__ == "__main__":
    main()
