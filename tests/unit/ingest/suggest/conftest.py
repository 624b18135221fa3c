"""What suggestions stand on where there is no district."""

from __future__ import annotations

import pytest

from homeroom.ingest.suggest.ground import Ground
from homeroom.ingest.suggest.propose import examples_with
from homeroom.standard.read import load_seed_descriptors


@pytest.fixture(scope="module")
def ground() -> Ground:
    """Names and codes, and nothing that a district holds."""
    descriptors: dict[str, list[str]] = {}
    for value in load_seed_descriptors("5.2"):
        descriptors.setdefault(str(value["kind"]), []).append(str(value["code_value"]))
    return Ground("5.2", descriptors, examples_with())
