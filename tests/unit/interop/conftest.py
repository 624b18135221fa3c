"""What the reading tests share: the compiled standard, its reader, the samples, packages from folders."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from homeroom.interop.edfi_xml import EdfiXmlReader
from homeroom.interop.package_archive import Folder
from homeroom.standard.model import Model
from homeroom.standard.read import load_model

_SAMPLES = Path(__file__).resolve().parents[4] / "shared" / "samples"


@pytest.fixture(scope="session")
def model() -> Model:
    return load_model("5.2")


@pytest.fixture(scope="session")
def reader(model: Model) -> EdfiXmlReader:
    return EdfiXmlReader(model, version="5.2")


@pytest.fixture(scope="session")
def samples() -> Path:
    if not _SAMPLES.is_dir():
        pytest.skip(f"the shared samples are not beside this checkout ({_SAMPLES})")
    return _SAMPLES


@pytest.fixture(scope="session")
def open_folder() -> Callable[[Path], Folder]:
    def open_path(folder: Path) -> Folder:
        paths = [path for path in folder.rglob("*") if path.is_file()]
        return Folder({path.relative_to(folder).as_posix(): partial(path.open, "rb") for path in paths})

    return open_path
