"""`homeroom admin`: the administration line protocol, for scripts and conformance suites."""

from __future__ import annotations

import asyncio
import sys
from argparse import ArgumentParser, Namespace

import msgspec
import uvloop

from homeroom.base.settings import Settings
from homeroom.cli.acts import add_district
from homeroom.cli.installation import OPERATOR
from homeroom.records.administration import ACTS, Answer, Desk, Status, answer_act, answer_line
from homeroom.records.districts import Districts
from homeroom.store.servers import start_server

EXAMPLES = f"""Without ACTION, each line on standard input is {{"action": …, …members}}; one answers it.
With ACTION, standard input is one JSON object with its members, and the exit status is 0, 3 when there is no
such action, or 1.

actions: {", ".join(ACTS)}

examples:
  echo '{{"claim_set":"SIS Vendor","education_organization_ids":[255901]}}' \\
      | homeroom admin --district trial create_client
  homeroom admin --district trial reset_data < /dev/null
"""


def add_arguments(parser: ArgumentParser) -> None:
    """The district and the action."""
    add_district(parser)
    parser.add_argument("action", nargs="?", metavar="ACTION")


def run(options: Namespace, settings: Settings) -> int:
    """Answers one action, or line by line until the input ends."""
    # Lines are waited for outside the loop, so that Ctrl-C is heard at once.
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        districts = Districts(start_server(settings), settings.home, connections=2)
        try:
            desk = runner.run(_open_desk(districts, options.district))
            if options.action:
                return _print(runner.run(_answer_single(desk, options.action, sys.stdin.buffer.read())))
            for line in sys.stdin.buffer:
                if line.strip():
                    _print(runner.run(answer_line(desk, line)))
            return 0
        finally:
            runner.run(districts.close())


async def _open_desk(districts: Districts, name: str) -> Desk:
    await districts.prepare()
    district = await districts.get(name)
    return Desk(district, districts.directory.owned_database(district.entry), OPERATOR)


async def _answer_single(desk: Desk, action: str, text: bytes) -> Answer:
    try:
        members = msgspec.json.decode(text, type=dict[str, object]) if text.strip() else {}
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        words = f"Standard input is not one JSON object: {error}"
        return Answer(Status.FAILED, msgspec.json.encode({"error": words}))
    return await answer_act(desk, action, members=members)


def _print(answer: Answer) -> int:
    sys.stdout.buffer.write(answer.line + b"\n")
    sys.stdout.buffer.flush()
    return answer.status.value
