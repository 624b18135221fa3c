"""`homeroom district extend`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.cli.conftest import CommandLine

SAMPLE = Path(__file__).parents[1] / "unit" / "standard" / "sample_extension.yaml"


def test_district_is_extended(cli: CommandLine, make_district: Callable[..., str], tmp_path: Path) -> None:
    name = make_district()
    assert "has the extension" in cli.run("district", "extend", name, SAMPLE)
    assert "[extension.name_taken]" in cli.run("district", "extend", name, SAMPLE, fails=True)
    broken = tmp_path / "broken.yaml"
    broken.write_text("project: [\n")
    assert f"{broken}: 2: The file is neither" in cli.run("district", "extend", name, broken, fails=True)
    assert "cannot be read" in cli.run("district", "extend", name, tmp_path / "none.yaml", fails=True)
