"""The shelf of mapping specs: those that are shipped, and a district's own in versions, which come before them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import msgspec

from homeroom.base.findings import Finding, Place
from homeroom.ingest.mapping.bars import NO_BARS, Bars
from homeroom.records.district import District
from homeroom.standard.model import Model
from homeroom.standard.read import VERSIONS, load_model
from homeroom.store.queries import query
from homeroom.trust.actors import Actor
from homeroom.trust.acts import record_act

if TYPE_CHECKING:
    from homeroom.ingest.mapping.mapping import Mapping as CompiledSpec
    from homeroom.ingest.mapping.spec import Spec

_PARTS: Final = "homeroom.ingest.specs"
_SHIPPED: Final = "homeroom.ingest.specs"
_SUFFIX: Final = ".yaml"
_MOST_KEPT: Final = 128
_TITLE: Final = re.compile(r"^title:(?P<title>.+)$", re.MULTILINE)
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class SpecText:
    """A mapping spec as text. version: of the district's own; None for a shipped one. beside: the files it names."""

    name: str
    definition: str
    version: int | None = None
    beside: Mapping[str, str] = field(default_factory=lambda: _NOTHING, hash=False)

    @property
    def title(self) -> str:
        """What it reads, in words; empty where it does not say. Nothing else of it is read for that."""
        found = _TITLE.search(self.definition)
        return found["title"].strip("\"' ") if found else ""

    def parse(self) -> ParsedSpec | tuple[Finding, ...]:
        """The spec, or every fault in it; the same text again costs nothing."""
        return _parsed(self)

    def texts_beside(self) -> Mapping[str, str]:
        """The files beside it that it names, so that a district's own version of it has them too."""
        if self.version is not None:
            return self.beside
        shipped = (f for f in files(_SHIPPED).iterdir() if f.name.endswith(".csv"))
        return {f.name: f.read_text("utf-8") for f in shipped if f.name in self.definition}

    def read_beside(self, name: str) -> str:
        """The text of a file beside it. Raises FileNotFoundError."""
        try:
            return self.beside[name]
        except KeyError as error:
            raise FileNotFoundError(name) from error


@dataclass(frozen=True, slots=True, eq=False)
class ParsedSpec:
    """A spec that can be used, and which version it is."""

    spec: Spec
    version: int | None

    def compile(
        self, model: Model, *, parameters: Mapping[str, str], bars: Bars | None = None
    ) -> CompiledSpec | tuple[Finding, ...]:
        """The spec as columnar work, or every fault in it; the same again costs nothing.

        bars: what is not made, as the district does not store it; None for a spec that is only checked.
        """
        return _compiled(self, model, tuple(sorted(parameters.items())), bars)


@lru_cache(maxsize=_MOST_KEPT)
def _parsed(text: SpecText) -> ParsedSpec | tuple[Finding, ...]:
    from homeroom.ingest.mapping.read import parse_spec  # noqa: PLC0415 - needs polars, which is slow to import

    read_beside = _read_shipped if text.version is None and not text.beside else text.read_beside
    parsed = parse_spec(text.definition, name=text.name + _SUFFIX, read_beside=read_beside)
    return parsed if isinstance(parsed, tuple) else ParsedSpec(parsed, text.version)


@lru_cache(maxsize=_MOST_KEPT)
def _compiled(
    spec: ParsedSpec, model: Model, parameters: tuple[tuple[str, str], ...], bars: Bars | None
) -> CompiledSpec | tuple[Finding, ...]:
    from homeroom.ingest.mapping.compile import compile_spec  # noqa: PLC0415 - needs polars, which is slow to import

    return compile_spec(spec.spec, model, parameters=dict(parameters), bars=bars or NO_BARS)


def shipped_names() -> Sequence[str]:
    """Names of the specs that come with Homeroom."""
    return sorted(f.name.removesuffix(_SUFFIX) for f in files(_SHIPPED).iterdir() if f.name.endswith(_SUFFIX))


def shipped_text(name: str) -> SpecText | None:
    """A spec that comes with Homeroom; None when there is none of that name."""
    if name not in shipped_names():
        return None
    return SpecText(name, _read_shipped(name + _SUFFIX))


async def own_specs(district: District, *, name: str | None = None) -> list[SpecText]:
    """The newest version of each spec that the district saved, or of one."""
    async with district.database.connection() as connection:
        rows = await connection.fetch(query(_PARTS, "read_specs"), name)
    return [SpecText(r[0], r[2], r[1], msgspec.json.decode(r[3], type=dict[str, str])) for r in rows]


async def find_spec(district: District, name: str) -> SpecText | None:
    """The district's own spec of that name, else the shipped one; None when there is neither."""
    own = await own_specs(district, name=name)
    return own[0] if own else shipped_text(name)


async def save_spec(
    district: District, name: str, *, definition: str, beside: Mapping[str, str], actor: Actor
) -> int | tuple[Finding, ...]:
    """Keeps a spec under a name, as a new version when it says something new; the version, or its faults."""
    checked = check_spec(SpecText(name, definition, 0, beside), district.catalog.model)
    if isinstance(checked, tuple):
        return checked
    async with district.database.administering() as connection:
        text = msgspec.json.encode(dict(sorted(beside.items()))).decode()
        version: int = await connection.fetchval(
            query(_PARTS, "save_spec"), name, definition, text, actor.label
        )
        await record_act(connection, actor, act="save", resource="MappingSpec")
    return version


def check_spec(text: SpecText, model: Model | None = None) -> ParsedSpec | tuple[Finding, ...]:
    """A spec that can be kept and used, or every fault in it.

    model: of the district it is for; the spec's own standard without extensions when there is none.
    """
    parsed = text.parse()
    if isinstance(parsed, tuple):
        return parsed
    if parsed.spec.name != text.name:
        words = f"The spec calls itself {parsed.spec.name}."
        return (Finding("load.spec_name", words, Place(text.name + _SUFFIX, 1), f"Write spec: {text.name}."),)
    parameters = sample_parameters(parsed.spec)
    if model is None:
        model = load_model(parsed.spec.standard if parsed.spec.standard in VERSIONS else VERSIONS[0])
    compiled = parsed.compile(model, parameters=parameters)
    return compiled if isinstance(compiled, tuple) else parsed


def sample_parameters(spec: Spec) -> dict[str, str]:
    """A value for each parameter that has no default, so that a spec can be checked before anybody gave one."""
    samples = {"text": "sample", "integer": "2000", "date": "2000-01-01", "column": "sample"}
    return {p.name: samples[p.kind] for p in spec.parameters if p.default is None}


@cache
def parsed_shipped() -> tuple[ParsedSpec, ...]:
    """Every shipped spec that can be read; parsed once in a process."""
    texts = (shipped_text(name) for name in shipped_names())
    return parsed_specs([text for text in texts if text is not None])


def parsed_specs(texts: Sequence[SpecText]) -> tuple[ParsedSpec, ...]:
    """Those of the specs that can be read."""
    return tuple(parsed for parsed in (text.parse() for text in texts) if isinstance(parsed, ParsedSpec))


def _read_shipped(name: str) -> str:
    return (files(_SHIPPED) / name).read_text(encoding="utf-8")
