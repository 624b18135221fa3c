"""ETags: the record's version, then a short hash of the reader's view; writes compare the version alone."""

from __future__ import annotations

from hashlib import blake2b


def view_tag(hidden: frozenset[str]) -> str:
    """What stands after the version in the tag of a reader with these members hidden."""
    return blake2b(",".join(sorted(hidden)).encode(), digest_size=3).hexdigest() if hidden else "0"


def render_etag(version: int, hidden: frozenset[str] = frozenset()) -> str:
    """The unquoted tag of a record as a reader with these members hidden sees it."""
    return f"{version}-{view_tag(hidden)}"


def matches_version(header: str, version: int) -> bool:
    """Whether an If-Match header names the version: quoted or not, a list, or `*`."""
    return any(tag == "*" or tag.partition("-")[0] == str(version) for tag in _tags(header))


def matches_etag(header: str, etag: str) -> bool:
    """Whether an If-None-Match header names exactly this tag, or `*`."""
    return any(tag in ("*", etag) for tag in _tags(header))


def _tags(header: str) -> list[str]:
    return [t.strip().removeprefix("W/").strip('"') for t in header.split(",")]
