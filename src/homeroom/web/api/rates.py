"""How many requests a client may send: a bucket for each, in the memory of one process."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from time import monotonic
from typing import Final

from homeroom.trust.actors import ApiClient
from homeroom.trust.api_settings import ApiSettings
from homeroom.web.api.problems import Problem, too_many_requests

_BURST_SECONDS: Final = 1.0
_ROUNDING: Final = 1e-6


class RequestRates:
    """The clients of a district as this process hears them; with n processes a client may reach n times its limit.

    Shared counting would cost each request a message to the other processes, and a share of the limit for each
    process would hold a client with one connection, which always meets the same process, below its limit.
    """

    def __init__(self, *, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        # By key: when what the client has sent so far would be through, were it sent evenly at the limit.
        self._through_at: dict[str, float] = {}

    def refuse(self, client: ApiClient, settings: ApiSettings) -> Problem | None:
        """Counts a request; the problem of one too many, which is not counted."""
        limit = settings.limit_of(client.key)
        if not limit:
            return None
        now = self._clock()
        through_at = max(self._through_at.get(client.key, now), now) + 1 / limit
        wait = through_at - now - _BURST_SECONDS
        if wait > _ROUNDING:
            return too_many_requests(ceil(wait))
        self._through_at[client.key] = through_at
        return None
