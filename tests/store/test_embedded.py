"""The embedded PostgreSQL starts, is attached to, stops, and comes back from every way of dying."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import pwd
import signal
import subprocess
import sys
import time
from pathlib import Path

import asyncpg
import pytest

from homeroom.base.errors import StorageError
from homeroom.base.settings import Settings, parse_settings
from homeroom.store.account import choose_account
from homeroom.store.embedded import EmbeddedServer, explain_failure

PROMISES = {
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "data_checksums": "on",
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length_on_error": "0",
    "log_statement": "none",
    "server_encoding": "UTF8",
    "jit": "off",
}


def settings_of(home: Path) -> Settings:
    return parse_settings({"HOMEROOM_HOME": str(home)}, current_folder=Path("/"), processors=2)


@pytest.fixture
def own_server(own_home: Path) -> EmbeddedServer:
    """A running server of this test alone, for tests that stop or kill it."""
    server = EmbeddedServer(settings_of(own_home))
    server.start()
    return server


def postmaster_pid(home: Path) -> int:
    return int((home / "postgres/data/postmaster.pid").read_text().split("\n")[0])


def is_working(pid: int) -> bool:
    """A dead process whose parent has not looked yet has an empty command line."""
    command = Path("/proc", str(pid), "cmdline")
    return command.exists() and command.read_bytes() != b""


def kill_hard(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    while is_working(pid):
        time.sleep(0.01)


async def one_value(server: EmbeddedServer, question: str) -> object:
    connection = await asyncpg.connect(server.dsn("postgres"))
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


@pytest.mark.parametrize(("setting", "value"), PROMISES.items())
async def test_server_keeps_its_promise_on(
    setting: str, value: str, settings: Settings, server: object
) -> None:
    assert await one_value(EmbeddedServer(settings), f"select current_setting('{setting}')") == value


async def test_letters_beyond_ascii_change_case(settings: Settings, server: object) -> None:
    assert await one_value(EmbeddedServer(settings), "select lower('ÉLÈVE')") == "élève"


async def test_template_is_copied_and_dropped(fresh_database, server) -> None:
    dsn = await fresh_database("template1")
    connection = await asyncpg.connect(dsn)
    await connection.execute("create table t (a int)")
    await connection.close()
    assert dsn != await fresh_database("template1")


def test_second_start_attaches_to_the_same_server(own_home: Path, own_server: EmbeddedServer) -> None:
    before = postmaster_pid(own_home)
    assert EmbeddedServer(settings_of(own_home)).start() == own_server.address()
    assert postmaster_pid(own_home) == before


def test_stop_tells_whether_a_server_ran(own_server: EmbeddedServer) -> None:
    assert own_server.is_running()
    assert own_server.stop()
    assert not own_server.is_running()
    assert not own_server.stop()


def test_nothing_runs_in_a_home_that_does_not_exist(own_home: Path) -> None:
    server = EmbeddedServer(settings_of(own_home))
    assert not server.is_running()
    assert not server.stop()
    assert not own_home.exists()
    with pytest.raises(StorageError, match=r"ever started\? \./run does it"):
        server.address()


def start_and_leave(home: str, answers: multiprocessing.Queue[str]) -> None:
    answers.put(EmbeddedServer(settings_of(Path(home))).start().host)


def test_processes_that_start_at_once_share_one_server(own_home: Path) -> None:
    context = multiprocessing.get_context("spawn")
    answers: multiprocessing.Queue[str] = context.Queue()
    starters = [context.Process(target=start_and_leave, args=(str(own_home), answers)) for _ in range(4)]
    for starter in starters:
        starter.start()
    hosts = {answers.get(timeout=60) for _ in starters}
    for starter in starters:
        starter.join()
    assert len(hosts) == 1
    assert EmbeddedServer(settings_of(own_home)).is_running(), "it outlives those who started it"


async def test_committed_row_survives_kill_of_the_postmaster(
    own_home: Path, own_server: EmbeddedServer
) -> None:
    connection = await asyncpg.connect(own_server.dsn("postgres"))
    await connection.execute("create table kept (a int)")
    await connection.execute("insert into kept values (7)")
    kill_hard(postmaster_pid(own_home))
    assert not own_server.is_running()
    await asyncio.to_thread(own_server.start)
    connection.terminate()
    assert await one_value(own_server, "select a from kept") == 7


async def test_busy_session_of_a_dead_postmaster_is_ended_first(
    own_home: Path, own_server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would still write to the data, and it does not look up from its loop by itself."""
    monkeypatch.setattr("homeroom.store.postmaster._LEFTOVER_SECONDS", 0.5)
    connection = await asyncpg.connect(own_server.dsn("postgres"))
    busy = connection.get_server_pid()
    loop = asyncio.ensure_future(connection.execute("do $$ begin loop end loop; end $$"))
    await asyncio.sleep(0.2)
    kill_hard(postmaster_pid(own_home))
    assert is_working(busy)
    await asyncio.to_thread(own_server.start)
    assert not is_working(busy)
    with pytest.raises(asyncpg.PostgresConnectionError):
        await loop
    assert await one_value(own_server, "select 1") == 1


def test_lock_file_that_names_a_strangers_process_is_cleaned(
    own_home: Path, own_server: EmbeddedServer
) -> None:
    """After a restart of a container, process numbers come again."""
    lock = own_home / "postgres/data/postmaster.pid"
    kill_hard(postmaster_pid(own_home))
    stranger = subprocess.Popen(["/bin/sleep", "60"], user=lock.stat().st_uid if os.geteuid() == 0 else None)
    try:
        lines = lock.read_text().split("\n")
        lock.write_text("\n".join([str(stranger.pid), *lines[1:]]))
        socket_lock = own_home / "postgres/socket/.s.PGSQL.5432.lock"
        socket_lock.write_text("\n".join([str(stranger.pid), *socket_lock.read_text().split("\n")[1:]]))
        assert not own_server.is_running()
        own_server.start()
        assert own_server.is_running()
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_interrupted_set_up_is_begun_anew(own_home: Path) -> None:
    server = EmbeddedServer(settings_of(own_home))
    server.start()
    server.stop()
    (own_home / "postgres/data").rename(own_home / "postgres/data.unfinished")
    (own_home / "postgres/data.unfinished/PG_VERSION").unlink()
    server.start()
    assert server.is_running()
    assert not (own_home / "postgres/data.unfinished").exists()


async def test_password_is_asked_for(own_server: EmbeddedServer) -> None:
    address = own_server.address()
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(host=address.host, user=address.user, password="guess", database="postgres")


def test_folders_are_closed_to_others(own_home: Path, own_server: EmbeddedServer) -> None:
    assert own_home.stat().st_mode & 0o077 in {0, 0o010}
    for name in ("postgres", "postgres/data", "postgres/socket", "postgres.password"):
        assert (own_home / name).stat().st_mode & 0o077 == 0, name
    trusting = [
        line
        for line in (own_home / "postgres/data/pg_hba.conf").read_text().splitlines()
        if line.strip() and not line.startswith("#") and not line.endswith("scram-sha-256")
    ]
    assert trusting == []


def test_password_is_in_no_text_form_of_the_address(own_server: EmbeddedServer) -> None:
    assert own_server.address().password not in repr(own_server.address())


async def test_values_of_failing_statements_stay_out_of_the_log(
    own_home: Path, own_server: EmbeddedServer
) -> None:
    connection = await asyncpg.connect(own_server.dsn("postgres"))
    await connection.execute(
        "create table child (name text primary key); insert into child values ('Zilpha')"
    )
    for statement in ("insert into child values ('Zilpha')", "select 'Zilpha'::date", "select Zilpha"):
        with pytest.raises(asyncpg.PostgresError):
            await connection.execute(statement)
    await connection.close()
    assert "zilpha" not in (own_home / "postgres/server.log").read_text().lower()


def test_home_with_a_long_and_odd_name_works(own_home: Path) -> None:
    home = own_home / ("a$(touch x)\"'`b é " + "n" * 120)
    server = EmbeddedServer(settings_of(home))
    address = server.start()
    try:
        assert address.host.startswith("/tmp/homeroom-")
        assert Path(address.host).stat().st_mode & 0o077 == 0
        assert asyncio.run(one_value(server, "select 1")) == 1
    finally:
        server.stop()
        Path(address.host).rmdir()


def test_socket_folder_that_somebody_else_made_is_refused(own_home: Path) -> None:
    home = own_home / ("n" * 120)
    server = EmbeddedServer(settings_of(home))
    squatted = Path(server.start().host)
    server.stop()
    squatted.rmdir()
    squatted.mkdir(mode=0o777)
    squatted.chmod(0o777)
    try:
        with pytest.raises(StorageError, match="somebody else's or open to others"):
            server.start()
    finally:
        squatted.rmdir()


def test_crash_at_start_is_explained_from_the_log(own_home: Path, own_server: EmbeddedServer) -> None:
    own_server.stop()
    (own_home / "postgres/data/global/pg_control").write_bytes(b"")
    with pytest.raises(StorageError) as caught:
        own_server.start()
    assert "did not start: could not read file" in str(caught.value)
    assert "server.log" in str(caught.value)


def test_data_of_another_version_is_refused(own_home: Path, own_server: EmbeddedServer) -> None:
    own_server.stop()
    (own_home / "postgres/data/PG_VERSION").write_text("9\n")
    with pytest.raises(StorageError, match="made by PostgreSQL 9"):
        own_server.start()


def test_data_open_to_others_is_explained(own_home: Path, own_server: EmbeddedServer) -> None:
    own_server.stop()
    (own_home / "postgres/data").chmod(0o777)
    with pytest.raises(StorageError, match=r"closed to others \(mode 0700\)"):
        own_server.start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_folder_is_served_as_its_owner(own_home: Path) -> None:
    own_home.mkdir()
    nobody = pwd.getpwnam("nobody")
    os.chown(own_home, nobody.pw_uid, nobody.pw_gid)
    server = EmbeddedServer(settings_of(own_home))
    server.start()
    assert (own_home / "postgres").stat().st_uid == nobody.pw_uid
    assert (own_home / "postgres.password").stat().st_uid == nobody.pw_uid


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has a folder that its database account cannot enter")
def test_database_account_cannot_read_the_home_of_root(own_home: Path) -> None:
    EmbeddedServer(settings_of(own_home)).start()
    account = choose_account(None)
    assert not account.is_ours
    listing = account.run(["/bin/ls", str(own_home)], folder=Path("/"))
    reading = account.run(["/bin/cat", str(own_home / "postgres.password")], folder=Path("/"))
    assert listing.returncode != 0
    assert reading.returncode != 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has a folder that its database account cannot enter")
def test_closed_home_of_root_stays_closed_and_the_data_lies_elsewhere(own_home: Path) -> None:
    own_home.mkdir(mode=0o700)
    server = EmbeddedServer(settings_of(own_home))
    host = server.start().host
    folder = Path((own_home / "postgres-folder.txt").read_text().split("\n")[0])
    try:
        assert own_home.stat().st_mode & 0o077 == 0
        assert folder.parent == Path("/var/lib/homeroom")
        assert Path(host).is_relative_to(folder)
        server.stop()
        assert EmbeddedServer(settings_of(own_home)).start().host == host
    finally:
        server.stop()
        subprocess.run(["/bin/rm", "-r", "--", str(folder)], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
def test_full_disk_is_explained(own_home: Path) -> None:
    own_home.mkdir()
    small = ["mount", "-t", "tmpfs", "-o", "size=20m,mode=0711", "tmpfs", str(own_home)]
    if subprocess.run(small, capture_output=True, check=False).returncode != 0:
        pytest.skip("this container may not mount")
    try:
        with pytest.raises(StorageError, match="Free some space"):
            EmbeddedServer(settings_of(own_home)).start()
    finally:
        subprocess.run(["umount", str(own_home)], check=True)


@pytest.mark.parametrize(
    ("said", "explained"),
    [
        ('FATAL:  could not write file "x": No space left on device', "Free some space on the disk"),
        ('FATAL:  data directory "x" has wrong ownership', "must belong to the account kim"),
        ("FATAL:  could not map anonymous shared memory: Cannot allocate memory", "too little free memory"),
        ("FATAL:  database files are incompatible with server", "another version of PostgreSQL"),
        ("PANIC:  could not locate a valid checkpoint record", "restore a backup"),
        ("initdb: error while loading shared libraries: libz.so.1", "do not run on this system"),
        ("", "gave no reason"),
    ],
)
def test_reason_comes_with_a_remedy(said: str, explained: str) -> None:
    assert explained in explain_failure(said, folder=Path("/srv/h"), account_name="kim")


def test_server_ignores_the_callers_postgresql_variables(
    own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PGDATA", "PGPORT", "PGHOST", "PGOPTIONS"):
        monkeypatch.setenv(name, "/nonexistent")
    assert EmbeddedServer(settings_of(own_home)).start().host == str(own_home / "postgres/socket")


def test_signal_to_the_starter_does_not_reach_the_server(own_home: Path) -> None:
    """Ctrl-C goes to the whole group of a terminal; the server is a session of its own."""
    code = (
        "import pathlib, time; from homeroom.base.settings import parse_settings;"
        "from homeroom.store.embedded import EmbeddedServer;"
        f"EmbeddedServer(parse_settings({{'HOMEROOM_HOME': {str(own_home)!r}}}, "
        "current_folder=pathlib.Path('/'), processors=1)).start();"
        "print('up', flush=True); time.sleep(60)"
    )
    starter = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, start_new_session=True)
    assert starter.stdout is not None
    assert starter.stdout.readline() == b"up\n"
    os.killpg(starter.pid, signal.SIGKILL)
    starter.wait()
    starter.stdout.close()
    assert EmbeddedServer(settings_of(own_home)).is_running()
