"""`homeroom spec`: mapping specs, those that are shipped and a district's own."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Final

from homeroom.base.errors import SettingsError
from homeroom.base.findings import Finding
from homeroom.base.settings import Settings
from homeroom.cli.acts import Acts, run_act
from homeroom.cli.installation import OPERATOR, open_district
from homeroom.ingest.specs.shelf import SpecText, check_spec, find_spec, own_specs, save_spec, shipped_names

EXAMPLES = """examples:
  homeroom spec list --district willow-creek
  homeroom spec show --district willow-creek i_ready_diagnostic
  homeroom spec check our_marks.yaml
  homeroom spec save --district willow-creek our_marks.yaml
"""

SPEC_SUFFIXES: Final = (".yaml", ".yml")
_BESIDE: Final = "*.csv"


def add_arguments(parser: ArgumentParser) -> None:
    """The options of each."""
    acts = Acts(parser)
    acts.add_in_district("list", _list, "show every spec")
    show = acts.add_in_district("show", _show, "print a spec")
    show.add_argument("name", metavar="SPEC")
    check = acts.add("check", _check, "find what is wrong with a spec's file")
    check.add_argument("file", metavar="FILE", type=Path)
    check.add_argument("--district", metavar="NAME", help="whose standard and extensions count")
    save = acts.add_in_district("save", _save, "keep a file as a spec of a district")
    save.add_argument(
        "file", metavar="FILE", type=Path, help="with the CSV files that lie beside it and that it names"
    )


run = run_act


def read_spec_file(path: Path) -> SpecText:
    """A spec from a file, with the CSV files beside it that it names. Raises SettingsError when it cannot be read."""
    try:
        definition = path.read_text(encoding="utf-8")
        beside = {
            f.name: f.read_text(encoding="utf-8") for f in path.parent.glob(_BESIDE) if f.name in definition
        }
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The file {path} cannot be read as UTF-8 text.") from error
    return SpecText(path.stem, definition, 0, beside)


async def _list(options: Namespace, settings: Settings) -> int:
    async with open_district(settings, options.district) as district:
        own = await own_specs(district)
    for text in own:
        print(f"{text.name}  version {text.version}, the district's own")
    names = {text.name for text in own}
    for name in shipped_names():
        print(f"{name}  shipped" + (", replaced by the district's own" if name in names else ""))
    return 0


async def _show(options: Namespace, settings: Settings) -> int:
    async with open_district(settings, options.district) as district:
        found = await find_spec(district, options.name)
    if found is None:
        raise SettingsError(f"There is no mapping spec {options.name!r}; `homeroom spec list` shows them.")
    print(found.definition, end="")
    return 0


async def _check(options: Namespace, settings: Settings) -> int:
    text = read_spec_file(options.file)
    if options.district is None:
        checked = check_spec(text)
    else:
        async with open_district(settings, options.district) as district:
            checked = check_spec(text, district.catalog.model)
    findings = checked if isinstance(checked, tuple) else checked.spec.warnings
    print_findings(findings, file=str(options.file))
    if isinstance(checked, tuple):
        return 1
    print(f"{options.file} can be used.")
    return 0


async def _save(options: Namespace, settings: Settings) -> int:
    text = read_spec_file(options.file)
    async with open_district(settings, options.district) as district:
        saved = await save_spec(
            district, text.name, definition=text.definition, beside=text.beside, actor=OPERATOR
        )
    if isinstance(saved, tuple):
        print_findings(saved, file=str(options.file))
        return 1
    print(f"Kept {text.name} as version {saved}.")
    return 0


def print_findings(findings: tuple[Finding, ...], *, file: str) -> None:
    """Findings about a file, one a line, on standard error."""
    for finding in findings:
        at = ":".join(str(p) for p in (finding.place.line, finding.place.column) if p)
        print(f"{file}:{at} {finding.words} {finding.remedy} [{finding.code}]", file=sys.stderr)
