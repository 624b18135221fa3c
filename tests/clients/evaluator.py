"""Runs where edfi-api-client is installed: each line is a Python expression in which `api` is the client,
written as the client's users write theirs; one line of JSON answers it.
"""

from __future__ import annotations

import json
import sys

# Both are in the clients' environment only.
from edfi_api_client import EdFiClient  # type: ignore[import-not-found]
from requests import HTTPError, Response  # type: ignore[import-untyped]


def main() -> None:
    """Takes the client's arguments as one JSON object, then expressions until the input ends."""
    names = {"api": EdFiClient(**json.loads(sys.argv[1]))}
    for line in sys.stdin:
        answer: dict[str, object]
        try:
            answer = {"value": eval(json.loads(line), names)}
        except HTTPError as refusal:
            answer = {"status": refusal.response.status_code, "body": refusal.response.text}
        sys.stdout.write(json.dumps(answer, default=render_response) + "\n")
        sys.stdout.flush()


def render_response(response: Response) -> dict[str, object]:
    """What tests look at of an answer that the client hands on as it came."""
    return {
        "status": response.status_code,
        "location": response.headers.get("Location"),
        "etag": response.headers.get("ETag"),
    }


main()
