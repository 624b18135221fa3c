"""The vendors' sample files through their shipped specs: read as a load reads them, mapped, in order."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import polars as pl
from tests.unit.ingest.connectors.reading import on_disk, source

from homeroom.base.findings import Finding
from homeroom.ingest.connectors.dialect import Dialect, FixedField
from homeroom.ingest.connectors.opening import open_tables
from homeroom.ingest.connectors.tables import LINE, Table
from homeroom.ingest.mapping.compile import compile_spec
from homeroom.ingest.mapping.mapping import Mapped as MappedFrame
from homeroom.ingest.mapping.mapping import Mapping as CompiledSpec
from homeroom.ingest.mapping.read import parse_spec
from homeroom.ingest.mapping.spec import FileSpec
from homeroom.ingest.reading.plan import SourceFile
from homeroom.standard.model import Model

SPECS: Final = Path(__file__).resolve().parents[4] / "src/homeroom/ingest/specs"
SAMPLES: Final = Path(__file__).resolve().parents[5] / "shared" / "samples"

Document = dict[str, object]


@dataclass
class Mapped:
    """What a spec made of files: documents by resource, and what it could not take, by code.

    removed: what the source calls the rows whose records are to go.
    """

    documents: dict[str, list[Document]] = field(default_factory=dict)
    rejects: Counter[str] = field(default_factory=Counter)
    warnings: Counter[str] = field(default_factory=Counter)
    refused: list[Finding] = field(default_factory=list)
    unused: dict[str, tuple[str, ...]] = field(default_factory=dict)
    removed: list[str] = field(default_factory=list)


def compiled(name: str, model: Model, parameters: Mapping[str, str]) -> CompiledSpec:
    """A shipped spec for a Model; an AssertionError with its findings when it has any."""
    text = (SPECS / f"{name}.yaml").read_text()
    spec = parse_spec(text, name=f"{name}.yaml", read_beside=lambda file: (SPECS / file).read_text())
    assert not isinstance(spec, tuple), [f"{f.place.line}: {f.words}" for f in spec]
    mapping = compile_spec(spec, model, parameters=dict(parameters))
    assert not isinstance(mapping, tuple), [f"{f.place.line}: {f.words}" for f in mapping]
    return mapping


def map_files(mapping: CompiledSpec, files: Mapping[str, Path | str], *, model: Model) -> Mapped:
    """The documents of a delivery. files: the spec's names of its files, and where they lie or their text."""
    sources = {name: _source(name, file) for name, file in files.items()}
    frames = {name: frame_of(source, mapping.spec.files[name]) for name, source in sources.items()}
    tables = mapping.prepare(frames)
    found = Mapped()
    _take(found, mapping.apply_once(), model)
    for name, frame in frames.items():
        _take(found, mapping.apply(name, frame, name=sources[name].name, tables=tables), model)
        found.unused[name] = mapping.unused(name, [c for c in frame.columns if c != LINE])
    found.documents = {resource: _distinct(made) for resource, made in found.documents.items()}
    return found


def frame_of(file: SourceFile, spec: FileSpec) -> pl.DataFrame:
    """A file as the connectors read it, whole."""
    layout = tuple(FixedField(f.name, f.start - 1, f.start - 1 + f.width) for f in spec.layout)
    tables = open_tables(file, Dialect(layout=layout) if layout else None)
    assert not isinstance(tables, Finding), tables
    with tables:
        table = next(iter(tables))
        assert isinstance(table, Table), table
        return pl.concat(table.frames)


def _source(name: str, file: Path | str) -> SourceFile:
    return source(file.encode(), f"{name}.csv") if isinstance(file, str) else on_disk(file)


def _take(found: Mapped, mapped: MappedFrame, model: Model) -> None:
    for records in mapped.records:
        texts = [json.loads(text) for text in records.texts]
        found.documents.setdefault(model.resources[records.resource].endpoint, []).extend(texts)
    for reject in mapped.rejects:
        found.rejects.update(f.code for f in reject.findings)
        found.refused.extend(reject.findings)
    found.warnings.update(w.code for w in mapped.warnings)
    for named in mapped.named:
        rows = zip(named.lines, named.ids, strict=True)
        found.removed += [row_id for line, row_id in rows if line in named.removed]


def _distinct(documents: Sequence[Document]) -> list[Document]:
    return list({json.dumps(d, sort_keys=True): d for d in documents}.values())
