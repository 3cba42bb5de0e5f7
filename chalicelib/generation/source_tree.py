"""A source tree in memory: path → text, with nothing that could leave its folder.

In: paths and texts from templates, engines or zips. Out: `SourceTree`, and the same bytes for the same files.
Callers: scaffold, trace, the tasks that assemble and review. The surprise: a zip is somebody else's input, so reading one
is bounded before anything is unpacked.
"""

from __future__ import annotations

import hashlib
import io
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from chalicelib.errors import ForbiddenPath

FILES_MAX = 5_000
FILE_BYTES_MAX = 2 * 1024 * 1024
TREE_BYTES_MAX = 20 * 1024 * 1024
PATH_LENGTH_MAX = 200
EPOCH = (1980, 1, 1, 0, 0, 0)

UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    UnicodeDecodeError,
    NotImplementedError,
    RuntimeError,
)

SEGMENT = re.compile(r"[A-Za-z0-9_.-]+")


@dataclass(frozen=True)
class Difference:
    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]


class SourceTree(Mapping[str, str]):
    """An immutable mapping of safe relative paths to text, in sorted order."""

    def __init__(self, files: Mapping[str, str] | None = None) -> None:
        """Raises `ForbiddenPath` (the model's turn) for an unsafe path or a tree beyond the limits."""
        self._files = {_safe(path): text for path, text in sorted((files or {}).items())}
        _refuse_colliding(self._files)
        _refuse_large({path: len(text.encode()) for path, text in self._files.items()})

    def __getitem__(self, path: str) -> str:
        return self._files[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)

    def __repr__(self) -> str:
        return f"SourceTree({len(self)} files, {self.sha256[:12]})"

    def merge(self, other: Mapping[str, str]) -> SourceTree:
        """Both trees; where both have a path, `other` wins."""
        return SourceTree({**self._files, **other})

    def under(self, folder: str) -> SourceTree:
        """The files inside `folder`, with their whole paths."""
        return SourceTree(
            {path: text for path, text in self.items() if path.startswith(f"{folder}/")}
        )

    def diff(self, older: Mapping[str, str]) -> Difference:
        """What changed since `older`."""
        return Difference(
            added=tuple(path for path in self if path not in older),
            changed=tuple(path for path in self if path in older and self[path] != older[path]),
            removed=tuple(sorted(path for path in older if path not in self)),
        )

    @property
    def sha256(self) -> str:
        """Of the paths and texts, independent of how they are packed."""
        digest = hashlib.sha256()
        for path, text in self.items():
            content = text.encode()
            digest.update(f"{path}\0{len(content)}\0".encode())
            digest.update(content)
        return digest.hexdigest()

    def to_zip(self) -> bytes:
        """Deterministic bytes: sorted paths, fixed times and modes."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for path, text in self.items():
                entry = zipfile.ZipInfo(path, date_time=EPOCH)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.create_system = 3
                entry.external_attr = (stat.S_IFREG | 0o644) << 16
                archive.writestr(entry, text.encode())
        return buffer.getvalue()

    @classmethod
    def from_zip(cls, content: bytes) -> SourceTree:
        """Raises `ForbiddenPath` for anything but a small zip of plain UTF-8 files with safe paths."""
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                entries = [entry for entry in archive.infolist() if not entry.is_dir()]
                _refuse_strange(entries)
                return cls({entry.filename: _text(archive, entry) for entry in entries})
        except UNREADABLE as error:
            raise ForbiddenPath(f"the archive can't be read: {error}") from error


def _safe(path: str) -> str:
    """Segments of plain ASCII, none of them hidden-parent tricks; nothing to normalise, nothing to resolve."""
    segments = path.split("/")
    if len(path) > PATH_LENGTH_MAX or any(
        not SEGMENT.fullmatch(segment) or segment.strip(".") == "" for segment in segments
    ):
        raise ForbiddenPath(f"{path[:PATH_LENGTH_MAX]!r} is not a safe relative path", path=path)
    return path


def _refuse_colliding(files: Mapping[str, str]) -> None:
    """One path can't be a file and a folder, nor two paths the same file where case does not count."""
    folded = {path.lower() for path in files}
    if len(folded) < len(files):
        raise ForbiddenPath("two paths differ only in upper and lower case")
    for path in files:
        parts = path.lower().split("/")
        for depth in range(1, len(parts)):
            if "/".join(parts[:depth]) in folded:
                raise ForbiddenPath(f"{path!r} lies below a file", path=path)


def _refuse_large(sizes: Mapping[str, int]) -> None:
    if len(sizes) > FILES_MAX:
        raise ForbiddenPath(f"{len(sizes)} files, at most {FILES_MAX} are allowed")
    if sum(sizes.values()) > TREE_BYTES_MAX:
        raise ForbiddenPath(f"the tree is larger than {TREE_BYTES_MAX} bytes")
    for path, size in sizes.items():
        if size > FILE_BYTES_MAX:
            raise ForbiddenPath(f"{path!r} is larger than {FILE_BYTES_MAX} bytes", path=path)


def _refuse_strange(entries: list[zipfile.ZipInfo]) -> None:
    """Sizes are checked on the declared ones first; `_text` then reads no more than was declared."""
    names = [entry.filename for entry in entries]
    if len(set(names)) < len(names):
        raise ForbiddenPath("the archive names a path twice")
    for entry in entries:
        mode = entry.external_attr >> 16
        if mode and not stat.S_ISREG(mode):
            raise ForbiddenPath(f"{entry.filename!r} is not a plain file", path=entry.filename)
        if entry.flag_bits & 0x1:
            raise ForbiddenPath(f"{entry.filename!r} is encrypted", path=entry.filename)
    _refuse_large({entry.filename: entry.file_size for entry in entries})


def _text(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> str:
    with archive.open(entry) as file:
        content = file.read(FILE_BYTES_MAX + 1)
    if len(content) > FILE_BYTES_MAX:
        raise ForbiddenPath(f"{entry.filename!r} is larger than {FILE_BYTES_MAX} bytes")
    return content.decode("utf-8")
