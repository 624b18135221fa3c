"""`python -m bench [NAME …] [--rows N]`: runs scenarios and keeps their figures in bench/results."""

from __future__ import annotations

import argparse
import asyncio

from bench import api, load, matching, start, suggest, upgrade
from bench.figures import Figures

SCENARIOS = {
    "start": start.measure,
    "load": load.measure,
    "api": api.measure,
    "upgrade": upgrade.measure,
    "matching": matching.measure,
    "suggest": suggest.measure,
}


def main() -> None:
    """Runs the named scenarios, or all, and prints each figure with what it is measured against."""
    parser = argparse.ArgumentParser(prog="./run bench", description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"one of: {', '.join(SCENARIOS)} (default: all)"
    )
    parser.add_argument("--rows", type=int, help="size of the scenario (default: its own)")
    options = parser.parse_args()
    for name in options.names or SCENARIOS:
        figures = Figures(name)
        asyncio.run(SCENARIOS[name](figures, options.rows))
        figures.keep()


if __name__ == "__main__":
    main()
