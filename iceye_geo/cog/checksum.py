"""Checksums of files as STAC writes them (``file:checksum``, a multihash), and how a file is held against one."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from iceye_geo.errors import InvalidInputError

# Multihash: code of the function, length of the digest in bytes, both as varints in hexadecimal.
_MULTIHASH = {
    "1114": "sha1",
    "1220": "sha256",
    "1340": "sha512",
    "2030": "sha384",
    "1440": "sha3_512",
    "1530": "sha3_384",
    "1620": "sha3_256",
    "d50110": "md5",
    "c0e40240": "blake2b",
    "e0e40220": "blake2s",
}
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Checksum:
    """What the bytes of a file must hash to.

    Attributes:
        algorithm: name of the function in ``hashlib``.
        digest: hexadecimal, lower case.
    """

    algorithm: str
    digest: str

    @classmethod
    def parse(cls, text: str, *, field: str = "checksum") -> Checksum:
        """Read a multihash, or an algorithm and a digest with a colon between.

        Args:
            text: such as ``1220…`` or ``sha256:…``.
            field: what the error calls it.

        Raises:
            InvalidInputError: it is neither, or of a kind not known here.

        Example:
            >>> Checksum.parse("md5:900150983cd24fb0d6963f7d28e17f72").algorithm
            'md5'
        """
        algorithm, _, digest = text.strip().lower().rpartition(":")
        if not algorithm:
            head = next((code for code in _MULTIHASH if digest.startswith(code)), "")
            algorithm, digest = _MULTIHASH.get(head, ""), digest[len(head) :]
        algorithm = {"sha-1": "sha1", "sha-256": "sha256", "sha-512": "sha512"}.get(algorithm, algorithm)
        if algorithm not in _MULTIHASH.values() or not _fits(algorithm, digest):
            raise InvalidInputError(
                field,
                f"{text[:24]!r} is no checksum known here",
                hint='Give a multihash in hexadecimal, or "sha256:…".',
            )
        return cls(algorithm, digest)

    def matches(self, path: Path) -> bool:
        """Whether a file has these bytes; reads all of it."""
        found = hashlib.new(self.algorithm, usedforsecurity=False)
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                found.update(block)
        return found.hexdigest() == self.digest


def _fits(algorithm: str, digest: str) -> bool:
    length = 2 * hashlib.new(algorithm, usedforsecurity=False).digest_size
    return re.fullmatch(rf"[0-9a-f]{{{length}}}", digest) is not None
