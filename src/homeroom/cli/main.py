"""The command line: finds the command, runs it, and says in one sentence what went wrong."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Final, Protocol, cast

from homeroom import __version__
from homeroom.base.settings import Settings, read_settings
from homeroom.cli.words import explain_fault

_FAILED: Final = 1
_MISUSED: Final = 2
_INTERRUPTED: Final = 130


@dataclass(frozen=True, slots=True)
class Command:
    """A command and the module that holds it, which is imported only when the command is used."""

    name: str
    module: str
    summary: str


class CommandModule(Protocol):
    """What a module of a command offers."""

    add_arguments: Callable[[ArgumentParser], None]
    run: Callable[[Namespace, Settings], int]
    EXAMPLES: str


COMMANDS: Final = (
    Command("start", "start", "prepare the demo district and serve it; what ./run does"),
    Command("serve", "serve", "serve the API and the pages"),
    Command("work", "work", "do what waits in the background; `serve` brings one along"),
    Command("stop", "stop", "end the web server and the embedded PostgreSQL"),
    Command("district", "district", "create, list and drop districts"),
    Command("client", "client", "create, list, rotate and revoke API clients"),
    Command("load", "load", "load files into a district"),
    Command("suggest", "suggest", "propose a mapping spec for a file that nobody has described"),
    Command("feed", "feed", "make, list and run feeds: files that come again and again"),
    Command("batch", "batch", "list, show, approve, cancel and undo what was loaded"),
    Command("quarantine", "quarantine", "show, mend and replay rows that could not be stored"),
    Command("spec", "spec", "list, show, check and save mapping specs"),
    Command("person", "person", "make two records of one person one, and take them apart again"),
    Command("export", "export", "write a district's whole data to a folder"),
    Command("admin", "admin", "administration for scripts, one JSON object a line"),
    Command("upgrade", "upgrade", "back up and bring every district to this version"),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; gives the exit status: 0, 1 when it failed, 2 when it was misused."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    command = next((c for c in COMMANDS if given and c.name == given[0]), None)
    if command is None:
        return _answer_without_command(given)
    module = cast("CommandModule", import_module(f"homeroom.cli.{command.module}"))
    parser = ArgumentParser(
        prog=f"homeroom {command.name}",
        description=command.summary[0].upper() + command.summary[1:] + ".",
        epilog=module.EXAMPLES,
        formatter_class=RawDescriptionHelpFormatter,
    )
    module.add_arguments(parser)
    return _run(module, parser.parse_args(given[1:]))


def _run(module: CommandModule, options: Namespace) -> int:
    try:
        return module.run(options, read_settings())
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return _INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone; there is nobody left to tell.
        sys.stderr.close()
        return _FAILED
    except Exception as error:  # noqa: BLE001 - the last place where a person can be told
        print(f"homeroom: {explain_fault(error)}", file=sys.stderr)
        return _FAILED


def _answer_without_command(given: Sequence[str]) -> int:
    asked = given[0] if given else ""
    if asked in {"--version", "-V"}:
        print(f"homeroom {__version__}")
        return 0
    if asked in {"--help", "-h", "help"}:
        print(_overview())
        return 0
    print(
        f"homeroom: there is no command {asked!r}; see homeroom --help" if asked else _overview(),
        file=sys.stderr,
    )
    return _MISUSED


def _overview() -> str:
    width = max(len(command.name) for command in COMMANDS)
    lines = [f"  {command.name:{width}}  {command.summary}" for command in COMMANDS]
    return "\n".join(
        [
            "Usage: homeroom COMMAND …",
            "",
            *lines,
            "",
            "homeroom COMMAND --help tells more, with examples.",
            "Settings come from the environment: HOMEROOM_HOME, HOMEROOM_DATABASE_URL, HOMEROOM_HOST,",
            "HOMEROOM_PORT, HOMEROOM_WORKERS; see ./run --help.",
        ]
    )
