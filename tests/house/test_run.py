"""The script `run`: its help, and what it says when it cannot go on."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMMANDS = ("homeroom", "test", "check", "fix", "bench", "lock", "setup")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with the script and its inputs, and no environment."""
    for name in ("run", "pyproject.toml", "requirements.lock", "requirements-dev.lock"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    (tmp_path / "run").chmod(0o755)
    return tmp_path


def run(checkout: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(checkout / "run"), *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={"PATH": "/usr/bin:/bin", "HOME": str(checkout)} | environment,
    )


def write_program(path: Path, script: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("word", ["--help", "-h", "help"])
def test_help_names_every_command_and_setting(checkout: Path, word: str) -> None:
    done = run(checkout, word)
    assert done.returncode == 0
    for command in COMMANDS:
        assert re.search(rf"^  {command}\b", done.stdout, re.MULTILINE), command
    source = (ROOT / "src/homeroom/base/settings.py").read_text()
    for setting in set(re.findall(r'"(HOMEROOM_[A-Z_]+)"', source)):
        assert setting in done.stdout


def test_help_needs_no_environment(checkout: Path) -> None:
    run(checkout, "--help")
    assert not (checkout / ".venv").exists()


def test_unknown_command_is_refused(checkout: Path) -> None:
    done = run(checkout, "strat")
    assert done.returncode == 1
    assert "there is no command 'strat'" in done.stderr


def test_old_python_is_explained(checkout: Path) -> None:
    old = write_program(checkout / "old" / "python3", "exit 1")
    done = run(checkout, "setup", HOMEROOM_PYTHON=str(old))
    assert done.returncode == 1
    assert "HOMEROOM_PYTHON names no Python 3.11 or newer" in done.stderr


def test_machine_without_python_is_told_what_to_install(checkout: Path) -> None:
    for name in ("python3", "python", *(f"python3.{minor}" for minor in range(11, 15))):
        write_program(checkout / "old" / name, "exit 1")
    done = run(checkout, "setup", PATH=f"{checkout}/old:/usr/bin:/bin")
    assert done.returncode == 1
    assert "needs Python 3.11 or newer, and found none" in done.stderr


def test_python_without_venv_is_told_what_to_install(checkout: Path) -> None:
    bare = write_program(checkout / "bare" / "python3", 'case "$2" in *ensurepip*) exit 1 ;; esac')
    done = run(checkout, "setup", HOMEROOM_PYTHON=str(bare))
    assert done.returncode == 1
    assert "python3-venv" in done.stderr


def make_environment(checkout: Path, *, pip: str) -> None:
    """An environment whose Python writes down each installation and does `pip` for it."""
    (checkout / ".venv").mkdir()
    programs = checkout / ".venv" / "bin"
    write_program(
        programs / "python", f'case "$*" in *install*) echo "$*" >> {checkout}/calls; {pip} ;; esac'
    )
    write_program(programs / "homeroom", 'echo "called with: $*"; echo "home: $HOMEROOM_HOME"')


def installs(checkout: Path) -> int:
    calls = checkout / "calls"
    return len(calls.read_text().splitlines()) if calls.exists() else 0


def test_command_goes_to_the_command_line_with_a_home_beside_the_script(checkout: Path) -> None:
    make_environment(checkout, pip="true")
    assert "called with: district list\n" in run(checkout, "homeroom", "district", "list").stdout
    assert f"home: {checkout}/.homeroom\n" in run(checkout, "homeroom").stdout
    assert "home: /srv/h\n" in run(checkout, "homeroom", HOMEROOM_HOME="/srv/h").stdout


def test_without_a_command_it_starts(checkout: Path) -> None:
    make_environment(checkout, pip="true")
    assert "called with: start\n" in run(checkout).stdout


def test_environment_is_made_again_only_when_what_it_was_made_from_changes(checkout: Path) -> None:
    make_environment(checkout, pip="true")
    run(checkout, "setup")
    assert installs(checkout) == 2, "the packages, then our own"
    run(checkout, "setup")
    assert installs(checkout) == 2
    with (checkout / "requirements.lock").open("a") as lock:
        lock.write("# changed\n")
    run(checkout, "setup")
    assert installs(checkout) == 4


def test_environment_for_development_serves_without_another_installation(checkout: Path) -> None:
    make_environment(checkout, pip="true")
    run(checkout, "test")
    before = installs(checkout)
    run(checkout, "homeroom")
    assert installs(checkout) == before


def test_installation_checks_hashes(checkout: Path) -> None:
    make_environment(checkout, pip="true")
    run(checkout, "setup")
    assert "--require-hashes" in (checkout / "calls").read_text()


def test_failed_installation_is_explained_and_tried_again(checkout: Path) -> None:
    make_environment(checkout, pip="exit 1")
    done = run(checkout, "homeroom", "serve")
    assert done.returncode == 1
    assert "The packages could not be installed" in done.stderr
    assert "called with" not in done.stdout
    assert not list((checkout / ".venv").glob("made-from-*"))


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_every_locked_package_has_hashes_and_no_address(name: str) -> None:
    text = (ROOT / name).read_text()
    packages = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert len(packages) > 10
    for package in packages:
        assert "--hash=sha256:" in package, package.split("\n")[0]
    assert "://" not in text


def test_development_lock_holds_the_versions_of_the_other_one() -> None:
    pins = re.compile(r"^([a-z0-9-]+)==(\S+)", re.MULTILINE)
    runtime = dict(pins.findall((ROOT / "requirements.lock").read_text()))
    development = dict(pins.findall((ROOT / "requirements-dev.lock").read_text()))
    assert runtime.items() <= development.items()


@pytest.mark.parametrize("name", ["run", ".ci/run"])
def test_script_is_executable_and_parses(name: str) -> None:
    assert os.access(ROOT / name, os.X_OK)
    shell = "bash" if name.startswith(".ci") else "sh"
    assert subprocess.run([shell, "-n", str(ROOT / name)], check=False).returncode == 0
