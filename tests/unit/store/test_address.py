"""Addresses of PostgreSQL servers, written and read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.base.errors import SettingsError
from homeroom.store.address import ServerAddress, parse_address
from homeroom.store.server_config import MEBIBYTE, render_config

WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=30)


@given(user=WORDS, password=WORDS, database=WORDS)
def test_address_comes_back_from_its_text(user: str, password: str, database: str) -> None:
    address = ServerAddress(host="/run/homeroom", port=5432, user=user, password=password)
    assert parse_address(address.dsn(database)) == address


def test_external_address_keeps_its_parameters_and_changes_its_database() -> None:
    address = parse_address("postgres://kim:s%2Fx@db.example:5433/first?sslmode=require")
    assert (address.host, address.port, address.password) == ("db.example", 5433, "s/x")
    assert address.dsn("second") == (
        "postgresql://kim:s%2Fx@/second?host=db.example&port=5433&sslmode=require"
    )


@pytest.mark.parametrize(
    "url", ["postgresql://db/x", "postgresql://kim:secret@/x", "postgresql://kim:secret@db:x/"]
)
def test_address_without_host_or_user_is_refused_without_its_secret(url: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse_address(url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("memory", "cache"),
    [(256 * MEBIBYTE, "64MB"), (4096 * MEBIBYTE, "512MB"), (64 * 1024 * MEBIBYTE, "1024MB")],
)
def test_cache_is_an_eighth_of_the_memory_within_limits(memory: int, cache: str, tmp_path) -> None:
    text = render_config(socket_folder=tmp_path, memory_bytes=memory, port=5432)
    assert f"shared_buffers = '{cache}'" in text
