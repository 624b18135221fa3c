"""Settings: defaults, and a clear refusal of everything that cannot be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from homeroom.base.errors import SettingsError
from homeroom.base.settings import Settings, parse_settings


def parse(**environment: str) -> Settings:
    return parse_settings(environment, current_folder=Path("/srv/checkout"), processors=2)


def test_defaults_serve_this_machine_alone() -> None:
    assert parse() == Settings(
        home=Path("/srv/checkout/.homeroom"), host="127.0.0.1", port=8400, workers=2, database_url=None
    )


def test_empty_variable_counts_as_absent() -> None:
    assert parse(HOMEROOM_HOME="", HOMEROOM_PORT="", HOMEROOM_DATABASE_URL="") == parse()


def test_everything_can_be_chosen() -> None:
    url = "postgresql://kim:secret@db.example:5433/homeroom?sslmode=require"
    chosen = parse(
        HOMEROOM_HOME="../state",
        HOMEROOM_HOST="0.0.0.0",
        HOMEROOM_PORT="80",
        HOMEROOM_WORKERS="8",
        HOMEROOM_DATABASE_URL=url,
    )
    assert chosen == Settings(home=Path("/srv/state"), host="0.0.0.0", port=80, workers=8, database_url=url)


@pytest.mark.parametrize(("processors", "workers"), [(1, 1), (4, 4), (64, 4)])
def test_default_workers_follow_the_processors_up_to_four(processors: int, workers: int) -> None:
    assert parse_settings({}, current_folder=Path("/"), processors=processors).workers == workers


@pytest.mark.parametrize("host", ["::1", "192.0.2.7", "localhost", "schools.example.org"])
def test_host_is_an_address_or_a_name(host: str) -> None:
    assert parse(HOMEROOM_HOST=host).host == host


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HOMEROOM_PORT", "0"),
        ("HOMEROOM_PORT", "65536"),
        ("HOMEROOM_PORT", "eighty"),
        ("HOMEROOM_PORT", "-1"),
        ("HOMEROOM_PORT", "\u0668\u0664"),
        ("HOMEROOM_WORKERS", "0"),
        ("HOMEROOM_WORKERS", "257"),
        ("HOMEROOM_WORKERS", "1.5"),
        ("HOMEROOM_HOST", "not a host"),
        ("HOMEROOM_HOST", "http://localhost"),
        ("HOMEROOM_HOME", "/"),
        ("HOMEROOM_HOME", "/etc/passwd"),
        ("HOMEROOM_HOME", "a\nb"),
        ("HOMEROOM_HOME", "~nobody-by-this-name/x"),
        ("HOMEROOM_DATABASE_URL", "mysql://kim:secret@db/x"),
        ("HOMEROOM_DATABASE_URL", "postgresql://kim:secret@db:99999/x"),
    ],
)
def test_unusable_value_is_refused_by_name_without_its_secret(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse(**{name: value})
    assert str(caught.value).startswith(name)
    assert "secret" not in str(caught.value)


def test_text_form_hides_the_database_address() -> None:
    assert "secret" not in repr(parse(HOMEROOM_DATABASE_URL="postgresql://kim:secret@db/x"))
