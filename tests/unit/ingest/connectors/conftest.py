"""The samples, where they are beside this checkout."""

from __future__ import annotations

from pathlib import Path

import pytest

_SAMPLES = Path(__file__).resolve().parents[5] / "shared" / "samples"


@pytest.fixture(scope="session")
def samples() -> Path:
    if not _SAMPLES.is_dir():
        pytest.skip(f"the shared samples are not beside this checkout ({_SAMPLES})")
    return _SAMPLES
