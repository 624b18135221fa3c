"""What the machine's owner decides about the web surface beyond host and port."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from homeroom.base.errors import SettingsError

_ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?")


@dataclass(frozen=True, slots=True)
class WebOptions:
    """cors_origins: pages from these addresses may call the API from a browser.

    trusts_forwarding: a proxy of ours stands in front and says in X-Forwarded-… how it was called.
    """

    cors_origins: frozenset[str] = frozenset()
    trusts_forwarding: bool = False


def parse_web_options(environment: Mapping[str, str]) -> WebOptions:
    """Options from HOMEROOM_CORS_ORIGINS (addresses parted by blanks or commas) and HOMEROOM_BEHIND_PROXY.

    Raises SettingsError naming the variable and what to write instead.
    """
    origins = re.split(r"[\s,]+", environment.get("HOMEROOM_CORS_ORIGINS", "").strip())
    for origin in filter(None, origins):
        if not _ORIGIN.fullmatch(origin):
            raise SettingsError(
                "HOMEROOM_CORS_ORIGINS holds what is no origin; write such as https://app.example.org, "
                "without a path, several parted by commas."
            )
    behind_proxy = environment.get("HOMEROOM_BEHIND_PROXY", "")
    if behind_proxy not in {"", "0", "1"}:
        raise SettingsError(
            "HOMEROOM_BEHIND_PROXY is neither 0 nor 1; write 1 when a proxy sets X-Forwarded-…."
        )
    return WebOptions(frozenset(filter(None, origins)), behind_proxy == "1")
