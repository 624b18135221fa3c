"""Headings for the standard's many resources; which goes where is data (`resource_groups.yaml`)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

import msgspec


class _Group(msgspec.Struct, frozen=True):
    name: str
    patterns: tuple[str, ...]


class _Content(msgspec.Struct, frozen=True):
    groups: tuple[_Group, ...]
    order: tuple[str, ...]


def group_of(resource: str) -> str:
    """The heading of a resource."""
    return next(name for name, pattern in _patterns() if pattern.search(resource))


def group_order() -> Sequence[str]:
    """Every heading, in the order of listing."""
    return _content().order


@cache
def _patterns() -> Sequence[tuple[str, re.Pattern[str]]]:
    return [(group.name, re.compile("|".join(group.patterns))) for group in _content().groups]


@cache
def _content() -> _Content:
    text = (files("homeroom.web.pages") / "resource_groups.yaml").read_bytes()
    return msgspec.yaml.decode(text, type=_Content)
