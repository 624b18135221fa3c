"""What the operator allows a job worker to reach, from the environment."""

from __future__ import annotations

import re
from collections.abc import Mapping

from homeroom.base.errors import SettingsError
from homeroom.ingest.connectors.egress import Egress
from homeroom.ingest.feeds.notices import Post

_YES_OR_NO = {"": False, "0": False, "1": True}


def parse_post(environment: Mapping[str, str]) -> Post:
    """Hosts of sources and webhooks from HOMEROOM_SOURCE_HOSTS, the mail server from HOMEROOM_MAIL_SERVER.

    Raises SettingsError naming the variable and what to write instead.
    """
    hosts = re.split(r"[\s,]+", environment.get("HOMEROOM_SOURCE_HOSTS", "").strip().lower())
    egress = Egress(
        frozenset(filter(None, hosts)),
        allows_private=_flag(environment, "HOMEROOM_SOURCES_IN_OWN_NETWORK"),
        allows_plain=_flag(environment, "HOMEROOM_SOURCES_WITHOUT_TLS"),
    )
    host, _, port = environment.get("HOMEROOM_MAIL_SERVER", "").partition(":")
    if port and not re.fullmatch(r"[0-9]{1,5}", port):
        raise SettingsError("HOMEROOM_MAIL_SERVER cannot be read; write such as mail.example.org:25.")
    sender = environment.get("HOMEROOM_MAIL_FROM", "") or f"homeroom@{host or 'localhost'}"
    return Post(egress, host or None, int(port or 25), sender)


def _flag(environment: Mapping[str, str], name: str) -> bool:
    given = environment.get(name, "")
    if given not in _YES_OR_NO:
        raise SettingsError(f"{name} is neither 0 nor 1.")
    return _YES_OR_NO[given]
