"""Suggestions for columns given as they are, and the specs that come of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars

from homeroom.ingest.mapping.compile import compile_spec
from homeroom.ingest.mapping.mapping import Mapping as CompiledSpec
from homeroom.ingest.mapping.read import parse_spec
from homeroom.ingest.mapping.spec import Spec
from homeroom.ingest.specs.shelf import sample_parameters
from homeroom.ingest.suggest.ground import Ground
from homeroom.ingest.suggest.profile import profile_columns
from homeroom.ingest.suggest.suggestion import Said, Suggestion, suggest
from homeroom.standard.read import load_model

Cells = Mapping[str, Sequence[str | None]]


def suggestion(cells: Cells, ground: Ground, said: Said | None = None) -> Suggestion | None:
    """What is proposed for a file of these columns."""
    frame = polars.DataFrame(cells, schema=dict.fromkeys(cells, polars.String))
    profiles = profile_columns(frame, list(cells))
    return suggest(profiles, name="sample", ground=ground, said=said or Said())


def compiled(found: Suggestion) -> CompiledSpec:
    """The proposed spec, which must be one."""
    spec = parse_spec(found.draft.text, name="sample.yaml", read_beside=lambda name: name)
    assert isinstance(spec, Spec), spec
    mapping = compile_spec(spec, load_model("5.2"), parameters=sample_parameters(spec))
    assert isinstance(mapping, CompiledSpec), mapping
    return mapping
