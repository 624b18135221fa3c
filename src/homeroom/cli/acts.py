"""Commands of several acts, `homeroom NOUN ACT`: a parser and a function for each act."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from homeroom.base.settings import Settings
from homeroom.cli.installation import Act, run_async


class Acts:
    """The acts of a command, in the order in which its help lists them."""

    def __init__(self, parser: ArgumentParser) -> None:
        self._parsers = parser.add_subparsers(required=True)
        self._names: list[str] = []

    def add(self, name: str, act: Act, summary: str) -> ArgumentParser:
        """One more act; `summary` is what it does, as the command's help lists it."""
        self._names.append(name)
        self._parsers.metavar = "|".join(self._names)
        parser = self._parsers.add_parser(
            name, help=summary, description=f"{summary[0].upper()}{summary[1:]}."
        )
        parser.set_defaults(act=act)
        return parser

    def add_in_district(self, name: str, act: Act, summary: str) -> ArgumentParser:
        """One more act, done in one district."""
        parser = self.add(name, act, summary)
        add_district(parser)
        return parser


def add_district(parser: ArgumentParser) -> None:
    """The option that names the district."""
    parser.add_argument("--district", required=True, metavar="NAME")


def run_act(options: Namespace, settings: Settings) -> int:
    """Does the act that was asked for."""
    act: Act = options.act
    return run_async(act(options, settings))
