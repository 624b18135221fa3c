"""A sealed file reads as the plain one would, and not at all once it was touched."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.ingest.intake.inbox import plain_name
from homeroom.ingest.intake.sealed_file import PART_BYTES, SealedSpool, Sealer, open_sealed
from homeroom.trust.keys import KeyFaultError, derive_keys

KEYS = derive_keys(b"k" * 32)


def test_a_part_that_was_changed_or_cut_off_does_not_open(tmp_path: Path) -> None:
    with SealedSpool(tmp_path) as spool, SealedSpool(tmp_path) as shorter:
        sealer = Sealer(KEYS, spool)
        sealer.add(b"x" * (2 * PART_BYTES))
        sealed = sealer.finish()
        parts = list(spool.parts())
        shorter.add(parts[0])
        short = type(sealed)(sealed.fingerprint, sealed.seal, PART_BYTES, 1)
        with pytest.raises(KeyFaultError):
            open_sealed(KEYS, shorter, short).read()


@given(
    st.lists(st.binary(max_size=200), max_size=5),
    st.lists(st.tuples(st.integers(0, 1200), st.integers(0, 300)), max_size=8),
)
def test_any_place_of_a_sealed_file_can_be_read(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes], looks: list[tuple[int, int]]
) -> None:
    plain = b"".join(pieces)
    with SealedSpool(tmp_path_factory.getbasetemp() / "spool") as spool:
        sealer = Sealer(KEYS, spool)
        for piece in pieces:
            sealer.add(piece)
        stream = open_sealed(KEYS, spool, sealer.finish())
        for offset, size in looks:
            stream.seek(offset)
            assert stream.read(size) == plain[offset : offset + size]


def test_a_place_before_the_beginning_is_refused_as_by_a_file_on_disk(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.write_bytes(b"PK")
    with SealedSpool(tmp_path) as spool, plain.open("rb") as beside:
        sealer = Sealer(KEYS, spool)
        sealer.add(b"PK")
        for stream in (open_sealed(KEYS, spool, sealer.finish()), beside):
            with pytest.raises(OSError, match="Invalid argument"):
                stream.seek(-22, 2)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\marks.csv", "marks.csv"),
        ("a\r\nb.csv", "ab.csv"),
        ("..", "file"),
        ("x" * 300 + ".csv", "x" * 196 + ".csv"),
    ],
)
def test_a_file_name_is_no_path_and_prints(sent: str, kept: str) -> None:
    assert plain_name(sent) == kept
