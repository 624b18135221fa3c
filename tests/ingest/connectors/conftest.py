"""Sources that stand on this machine, and what a visit to one brings."""

from __future__ import annotations

from pathlib import Path

import pytest

from homeroom.ingest.connectors.egress import Egress
from homeroom.ingest.connectors.source import Surroundings
from tests.web.conftest import api, web_log_file, web_root

__all__ = ["api", "web_log_file", "web_root"]


@pytest.fixture
def nearby(tmp_path: Path) -> Surroundings:
    """What an operator allows who has a source on the same machine, without TLS."""
    spool = tmp_path / "spool"
    spool.mkdir()
    egress = Egress(frozenset({"127.0.0.1", "localhost"}), allows_private=True, allows_plain=True)
    return Surroundings(egress, spool, wait=lambda _: None)
