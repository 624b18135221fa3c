"""A watched folder gives each file once, when it has arrived whole."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.ingest.connectors.arrivals import Arrivals, FileStamp
from homeroom.ingest.connectors.source import Surroundings
from tests.ingest.connectors.visits import made, refusal


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


def test_a_file_is_taken_once_it_stays_as_it_is(inbox: Path, nearby: Surroundings) -> None:
    settings = {"path": str(inbox)}
    (inbox / "pupils.csv").write_bytes(b"a,b\n")
    first = made("folder", settings, nearby)
    (inbox / "pupils.csv").write_bytes(b"a,b\n1,2\n")
    second = made("folder", settings, nearby, first.bookmark)
    third = made("folder", settings, nearby, second.bookmark)
    fourth = made("folder", settings, nearby, third.bookmark)
    assert (first.files, second.files) == ({}, {})
    assert third.files == {"pupils.csv": b"a,b\n1,2\n"}
    assert fourth.files == {}


def test_a_file_that_is_replaced_is_taken_again(inbox: Path, nearby: Surroundings) -> None:
    settings = {"path": str(inbox)}
    bookmark = None
    taken: list[bytes] = []
    for content in (b"1\n", b"1\n", b"1\n", b"2 \n", b"2 \n"):
        if not (inbox / "a.csv").exists() or (inbox / "a.csv").read_bytes() != content:
            (inbox / "a.csv").write_bytes(content)
        came = made("folder", settings, nearby, bookmark)
        taken += came.files.values()
        bookmark = came.bookmark
    assert taken == [b"1\n", b"2 \n"]


def test_unfinished_hidden_linked_and_other_files_are_left(
    inbox: Path, nearby: Surroundings, tmp_path: Path
) -> None:
    (tmp_path / "secret.csv").write_text("x\n")
    for name in ("a.csv", "b.CSV", "c.txt", ".d.csv", "~$e.csv", "f.csv.part"):
        (inbox / name).write_text("x\n")
    (inbox / "below").mkdir()
    (inbox / "link.csv").symlink_to(tmp_path / "secret.csv")
    settings = {"path": str(inbox), "pattern": "*.csv *.part"}
    bookmark = made("folder", settings, nearby).bookmark
    assert sorted(made("folder", settings, nearby, bookmark).files) == ["a.csv", "b.CSV"]


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"path": "inbox"}, "source.no_folder"),
        ({"path": "/no/such/folder"}, "source.no_folder"),
        ({}, "source.settings"),
        ({"path": "/", "paths": "x"}, "source.settings"),
    ],
)
def test_settings_that_cannot_be_used_say_so(
    settings: dict[str, str], code: str, nearby: Surroundings
) -> None:
    assert refusal("folder", settings, nearby).code == code


_listings = st.dictionaries(
    st.sampled_from("abc"), st.builds(FileStamp, st.integers(0, 2), st.integers(0, 2))
)


@given(st.lists(_listings, max_size=8))
def test_every_state_that_lasts_two_visits_is_taken_exactly_once(visits: list[dict[str, FileStamp]]) -> None:
    bookmark: str | None = None
    before: dict[str, FileStamp] = {}
    taken: dict[str, FileStamp] = {}
    for listing in visits:
        ready, arrivals = Arrivals.parse(bookmark).visit(listing)
        lasting = {name for name, stamp in listing.items() if before.get(name) == stamp}
        assert set(ready) == {name for name in lasting if taken.get(name) != listing[name]}
        taken = {name: stamp for name, stamp in taken.items() if listing.get(name) == stamp}
        taken.update({name: listing[name] for name in ready})
        before, bookmark = listing, arrivals.render()


@pytest.mark.parametrize("bookmark", ["", "x", "[]", '{"a": 1}', '{"a": ["x", 1, true]}'])
def test_a_bookmark_that_cannot_be_read_counts_as_none(bookmark: str) -> None:
    assert Arrivals.parse(bookmark).seen == {}
