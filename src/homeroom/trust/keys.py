"""Keys: a sealed root file opens the district's key, which seals records and keys their hashes.

The hierarchy is root file, district, record; per-child keys take the record's place later without a new column.
"""

from __future__ import annotations

import hmac
import os
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from homeroom.base.errors import HomeroomError

_NONCE_BYTES: Final = 12
_FORMAT: Final = b"\x01"


class KeyFaultError(HomeroomError):
    """A key file is missing or does not fit, or sealed bytes were changed."""

    code = "trust.key"


def read_root_key(home: Path) -> bytes:
    """The root key of this installation, 32 bytes; made on first use, readable by its owner alone."""
    path = home / "root.key"
    try:
        key = path.read_bytes()
    except FileNotFoundError:
        key = os.urandom(32)
        home.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(key)
    if len(key) != 32:
        raise KeyFaultError(f"{path} does not hold a key of 32 bytes; restore it from your backup.")
    return key


def wrap_key(root: bytes, key: bytes, *, name: str) -> bytes:
    """The key sealed under the root, bound to its name."""
    nonce = os.urandom(_NONCE_BYTES)
    return _FORMAT + nonce + AESGCM(root).encrypt(nonce, key, name.encode())


def unwrap_key(root: bytes, wrapped: bytes, *, name: str) -> bytes:
    """The key that `wrap_key` sealed. Raises KeyFaultError when the root key is another one."""
    try:
        return AESGCM(root).decrypt(wrapped[1 : 1 + _NONCE_BYTES], wrapped[1 + _NONCE_BYTES :], name.encode())
    except InvalidTag as error:
        raise KeyFaultError(f"The key {name} cannot be opened with this installation's root.key.") from error


@dataclass(frozen=True)
class DistrictKeys:
    """What is derived from a district's key: one key for each use."""

    sealing: bytes = field(repr=False)
    hashing: bytes = field(repr=False)

    @cached_property
    def _cipher(self) -> AESGCM:
        return AESGCM(self.sealing)

    # Taking the key in is a third of the work of a short hash: done once, then copied.
    @cached_property
    def _content_hasher(self) -> blake2b:
        return blake2b(digest_size=16, key=self.hashing)

    @cached_property
    def _index_hasher(self) -> blake2b:
        return blake2b(digest_size=8, key=self.hashing)

    def seal(self, plain: bytes, *, place: bytes) -> bytes:
        """The bytes sealed for one place (resource and record); nobody can move them to another."""
        nonce = os.urandom(_NONCE_BYTES)
        return _FORMAT + nonce + self._cipher.encrypt(nonce, plain, place)

    def unseal(self, sealed: bytes, *, place: bytes) -> bytes:
        """What `seal` was given. Raises KeyFaultError when the bytes or their place were changed."""
        try:
            return self._cipher.decrypt(sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :], place)
        except InvalidTag as error:
            raise KeyFaultError(
                "A sealed value does not open: it was changed or belongs elsewhere."
            ) from error

    def content_hash(self, content: bytes) -> bytes:
        """16 bytes that tell whether a document is the same, and tell nothing without the key."""
        hasher = self._content_hasher.copy()
        hasher.update(content)
        return hasher.digest()

    def blind_index(self, text: str) -> int:
        """A signed 64-bit number for equality look-ups of a sealed value."""
        hasher = self._index_hasher.copy()
        hasher.update(text.encode())
        return int.from_bytes(hasher.digest(), "big", signed=True)


def public_hash(content: bytes) -> bytes:
    """16 bytes that tell whether a public document (an organisation, a descriptor) is the same."""
    return blake2b(content, digest_size=16).digest()


def derive_keys(district_key: bytes) -> DistrictKeys:
    """Keys for each use of a district's key."""
    return DistrictKeys(_derive(district_key, b"sealing"), _derive(district_key, b"hashing"))


def _derive(key: bytes, use: bytes) -> bytes:
    return hmac.digest(key, b"homeroom:" + use, "sha256")
