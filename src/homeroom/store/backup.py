"""Backups of one district's database, by PostgreSQL's own programs: whole, consistent, sealed values still sealed."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from homeroom.base.errors import StorageError
from homeroom.store.address import ServerAddress
from homeroom.store.connect import EVERY_ROW
from homeroom.store.embedded import explain_failure
from homeroom.store.programs import Programs


def dump_database(programs: Programs, address: ServerAddress, database: str, *, file: Path) -> None:
    """Writes the database to a file, as it is at one moment. Raises StorageError; then no such file is left."""
    unfinished = file.with_name(file.name + ".unfinished")
    os.close(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600))
    try:
        _run(
            programs,
            "pg_dump",
            # An owner who is no superuser stands behind the row fence as well; it is opened by PGOPTIONS.
            ["--format=custom", "--enable-row-security", f"--file={unfinished}"],
            address=address,
            database=database,
        )
        unfinished.rename(file)
    finally:
        unfinished.unlink(missing_ok=True)


def restore_database(programs: Programs, address: ServerAddress, database: str, *, file: Path) -> None:
    """Fills an empty database from what `dump_database` wrote, all or nothing. Raises StorageError."""
    arguments = ["--single-transaction", "--exit-on-error", f"--dbname={database}", str(file)]
    _run(programs, "pg_restore", arguments, address=address, database=database)


def _run(
    programs: Programs, program: str, arguments: list[str], *, address: ServerAddress, database: str
) -> None:
    # The password goes by the environment: a command line can be read by every account of the machine.
    parameters = {
        "PGHOST": address.host,
        "PGPORT": str(address.port),
        "PGUSER": address.user,
        "PGPASSWORD": address.password,
        "PGDATABASE": database,
        "PGOPTIONS": f"-c homeroom.scope={EVERY_ROW}",
    }
    parameters |= {f"PG{name.upper()}": value for name, value in address.parameters if name == "sslmode"}
    done = subprocess.run(  # noqa: S603 - a program of ours with arguments of ours
        [programs.path(program), "--no-password", *arguments],
        env=os.environ | parameters,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        reason = explain_failure(done.stderr, folder=Path(), account_name=address.user)
        raise StorageError(f"{program} could not do its work: {reason}")
