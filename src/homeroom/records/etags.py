"""ETags: the record's version, then a short hash of the reader's view; writes compare the version alone."""

from __future__ import annotations

from hashlib import blake2b


def render_etag(version: int, hidden: frozenset[str] = frozenset()) -> str:
    """The unquoted tag of a record as a reader with these members hidden sees it."""
    if not hidden:
        return f"{version}-0"
    return f"{version}-{blake2b(','.join(sorted(hidden)).encode(), digest_size=3).hexdigest()}"


def matches_version(header: str, version: int) -> bool:
    """Whether an If-Match header names the version: quoted or not, a list, or `*`."""
    return any(tag == "*" or tag.partition("-")[0] == str(version) for tag in _tags(header))


def matches_etag(header: str, etag: str) -> bool:
    """Whether an If-None-Match header names exactly this tag, or `*`."""
    return any(tag in ("*", etag) for tag in _tags(header))


def _tags(header: str) -> list[str]:
    return [t.strip().removeprefix("W/").strip('"') for t in header.split(",")]
