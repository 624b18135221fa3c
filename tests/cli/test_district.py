"""`homeroom district`, `homeroom client`, and what every command has in common."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from homeroom.cli.main import COMMANDS
from homeroom.cli.words import explain_fault
from tests.cli.conftest import CommandLine


@pytest.mark.parametrize("command", [command.name for command in COMMANDS])
def test_every_command_explains_itself_with_an_example(command: str, cli: CommandLine) -> None:
    told = cli.run(command, "--help")
    assert f"homeroom {command}" in told
    assert "examples:" in told


def test_without_a_command_all_are_listed(cli: CommandLine) -> None:
    assert all(command.name in cli.run("--help") for command in COMMANDS)
    assert cli.result().returncode == 2
    unknown = cli.result("teach")
    assert (unknown.returncode, unknown.stdout) == (2, "")
    assert "'teach'" in unknown.stderr


def test_district_comes_and_goes(cli: CommandLine, make_district: Callable[..., str]) -> None:
    name = make_district("--sandbox", "--empty")
    assert f"{name}  Ed-Fi 5.2  sandbox" in cli.run("district", "list")
    assert "already" in cli.run("district", "create", name.upper(), fails=True)
    assert "--yes" in cli.run("district", "drop", name, fails=True)
    assert name in cli.run("district", "list")
    cli.run("district", "drop", name.upper(), "--yes")
    assert name not in cli.run("district", "list")
    assert "no district" in cli.run("district", "drop", name, "--yes", fails=True)


def test_a_district_says_what_its_data_is_for(cli: CommandLine, make_district: Callable[..., str]) -> None:
    name = make_district("--empty")
    assert "no " not in [line[:3] for line in cli.run("district", "purposes", name).splitlines()]
    told = cli.run(
        "district", "purposes", name, "--drop", "approved-research", "--drop", "programme_evaluation"
    )
    assert [line.split()[1] for line in told.splitlines() if line.startswith("no ")] == [
        "programme_evaluation",
        "approved_research",
    ]
    assert "Not stored of SurveyResponse: " in told
    assert "no   approved_research" in cli.run(
        "district", "purposes", name, "--allow", "programme_evaluation"
    )
    assert "closed" in cli.run("district", "purposes", name, "--allow", "marketing", fails=True)
    assert "do without security" in cli.run("district", "purposes", name, "--drop", "security", fails=True)


@pytest.mark.parametrize("name", ["-x", "a b", "a_b", "x" * 41, "ä", "a;drop", ""])
def test_name_that_cannot_be_used_is_refused(name: str, cli: CommandLine) -> None:
    told = cli.result("district", "create", "--", name)
    assert told.returncode == 1
    assert "use letters, digits and hyphens" in told.stderr


def test_unknown_standard_is_misuse(cli: CommandLine) -> None:
    assert cli.result("district", "create", "x", "--standard", "4.0").returncode == 2


def test_client_is_made_rotated_and_revoked(cli: CommandLine, make_district: Callable[..., str]) -> None:
    of = ("--district", make_district("--empty"))
    made = cli.json(
        *("client", "create", *of, "--claim-set", "SIS Vendor", "--name", "Our SIS", "--json"),
        *("--namespace", "uri://ed-fi.org", "--namespace", "uri://sis.example"),
        *("--education-organization", 4100, "--education-organization", 4101, "--profile", "Names"),
    )
    assert set(made) == {"key", "secret"}
    assert len(made["key"]) >= 20
    assert len(made["secret"]) >= 40
    (listed,) = cli.json("client", "list", *of, "--json")
    assert listed["namespace_prefixes"] == ["uri://ed-fi.org", "uri://sis.example"]
    assert listed["education_organization_ids"] == [4100, 4101]
    assert listed["profiles"] == ["Names"]
    assert listed["revoked_at"] is None
    renewed = cli.json("client", "rotate", *of, made["key"], "--json")
    assert renewed["key"] == made["key"]
    assert renewed["secret"] != made["secret"]
    assert cli.json("client", "revoke", *of, made["key"], "--json") == {"key": made["key"], "revoked": True}
    assert "revoked" in cli.run("client", "list", *of)
    assert made["secret"] not in cli.run("client", "list", *of)
    assert "revoked" in cli.run("client", "rotate", *of, made["key"], fails=True)
    assert "no client" in cli.run("client", "revoke", *of, "nobody", fails=True)


def test_unknown_claim_set_is_pointed_out(cli: CommandLine, make_district: Callable[..., str]) -> None:
    made = cli.result("client", "create", "--district", make_district("--empty"), "--claim-set", "SYS Vendor")
    assert made.returncode == 0
    assert "no claim set 'SYS Vendor'" in made.stderr
    assert "SISVendor" in made.stderr


def test_unknown_district_is_named_with_those_there_are(
    cli: CommandLine, make_district: Callable[..., str]
) -> None:
    name = make_district("--empty")
    told = cli.run("client", "list", "--district", "nowhere", fails=True)
    assert "'nowhere'" in told
    assert name in told


def test_setting_that_cannot_be_used_is_explained(tmp_path: Path) -> None:
    file = tmp_path / "a-file"
    file.touch()
    assert "not a folder" in CommandLine(file).run("district", "list", fails=True)


def test_fault_of_ours_is_told_without_its_words() -> None:
    with pytest.raises(KeyError) as caught:
        {}["Ines Ferreira"]
    told = explain_fault(caught.value)
    assert "Ines" not in told
    assert "KeyError at test_district.test_fault_of_ours" in told


def test_full_disk_is_told_with_what_to_do() -> None:
    assert "Free some space" in explain_fault(OSError(28, "No space left on device", "/srv/homeroom"))
