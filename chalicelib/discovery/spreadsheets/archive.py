"""A zip opened with distrust: bounded in parts and bytes, and only what is asked for is unpacked.

In: bytes. Out: parts as chunks. Callers: `xlsx`, `kinds`. The surprise: sizes an archive declares are not looked at; what
comes out is counted, over all parts together, and reading a part twice counts twice.
"""

from __future__ import annotations

import io
import time
import zipfile
import zlib
from collections.abc import Iterator

from chalicelib.discovery.spreadsheets.limits import (
    ENTRIES_MAX,
    SECONDS_MAX,
    UNZIPPED_BYTES_MAX,
)
from chalicelib.discovery.spreadsheets.unreadable import Unreadable

CHUNK = 64 * 1024
DIRECTORY_ENTRY = b"PK\x01\x02"
COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""All that workbooks use; others would let a file choose how much memory unpacking takes."""
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError)


class Archive:
    def __init__(self, content: bytes) -> None:
        if content.count(DIRECTORY_ENTRY) > ENTRIES_MAX:
            raise Unreadable("too_many_parts", limit=ENTRIES_MAX)
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
        except DAMAGED:
            raise Unreadable("broken") from None
        self.names = frozenset(self._zip.namelist())
        self._unpacked = 0
        self._until = time.monotonic() + SECONDS_MAX

    def chunks(self, name: str) -> Iterator[bytes]:
        """Raises `Unreadable`: damaged, encrypted, larger than is read, or slower."""
        try:
            entry = self._zip.getinfo(name)
        except KeyError:
            raise Unreadable("broken") from None
        if entry.flag_bits & 0x1:
            raise Unreadable("password")
        if entry.compress_type not in COMPRESSIONS:
            raise Unreadable("broken")
        try:
            with self._zip.open(entry) as part:
                while chunk := part.read(CHUNK):
                    self._count(len(chunk))
                    yield chunk
        except DAMAGED:
            raise Unreadable("broken") from None

    def _count(self, size: int) -> None:
        self._unpacked += size
        if self._unpacked > UNZIPPED_BYTES_MAX:
            raise Unreadable("zip_bomb", limit=UNZIPPED_BYTES_MAX // 1024 // 1024)
        if time.monotonic() > self._until:
            raise Unreadable("too_slow", limit=SECONDS_MAX)
