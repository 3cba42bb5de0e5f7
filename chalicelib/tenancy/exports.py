"""A copy of everything an organization has here: a zip of JSON lines per table, specs and documents.

In: an export that was asked for, where the rows and files are. Out: one file. Callers: the job `export`, doors. The
surprise: nothing is ever whole in memory: rows come a few hundred at a time, files in pieces, and what is written leaves
in parts. Rows of one table are of one moment, those of two tables need not be.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any, Final, Literal, Protocol, cast
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile

Status = Literal["pending", "ready", "failed", "expired"]

LEFT_OUT: Final = {
    "idempotent_answers": "Sealed copies of answers given in the last day; what they tell of is in the other files.",
}
"""Tables of an organization that are not in its export, and why."""
SECRET_COLUMNS: Final = {
    "api_keys": frozenset({"secret_sha256"}),
    "invitations": frozenset({"token_sha256"}),
}
INTERMEDIATE: Final = ("modules/", "bundles/")
"""Of a generation's documents; `source.zip` has what became of them."""
READ_ME: Final = """\
tables/*.jsonl      one JSON object per line: the rows of one table, without hashes of secrets
people.jsonl        names and addresses of the members
apps/<slug>/        each app: mvs.json, what was asked for; documents/, of the newest generation
left_out.json       which tables are not here, and why
"""


@dataclass(frozen=True, kw_only=True)
class Export:
    id: UUID
    created_at: datetime
    ready_at: datetime | None
    failed_at: datetime | None
    object_key: str | None
    size_bytes: int | None
    is_late: bool
    """Asked for so long ago that nobody expects it any more."""
    is_gone: bool
    """Written so long ago that the file was deleted."""

    @property
    def status(self) -> Status:
        if self.ready_at:
            return "expired" if self.is_gone else "ready"
        return "failed" if self.failed_at or self.is_late else "pending"


@dataclass(frozen=True, kw_only=True)
class ExportedApp:
    slug: str
    mvs: dict[str, Any]
    generation_id: UUID | None
    """The newest."""


class Sink(Protocol):
    def write(self, data: bytes, /) -> int: ...

    def flush(self) -> None: ...

    @property
    def size_bytes(self) -> int: ...


class ExportStore(Protocol):
    def request(self, tenant_id: UUID, *, by: str) -> Export:
        """Raises `Conflict` while another one is pending."""

    def read(self, tenant_id: UUID, export_id: UUID) -> Export:
        """Raises `NotFound`."""

    def downloaded(self, tenant_id: UUID, export_id: UUID, *, by: str) -> None:
        """A line in the audit log: somebody was given the link."""

    def tables(self) -> Iterable[str]: ...

    def lines(self, tenant_id: UUID, table: str) -> Iterator[str]:
        """Each row as JSON."""

    def apps(self, tenant_id: UUID) -> Iterator[ExportedApp]: ...

    def finish(self, tenant_id: UUID, export_id: UUID, *, key: str, size_bytes: int) -> None: ...

    def give_up(self, tenant_id: UUID, export_id: UUID) -> None: ...


class TenantFiles(Protocol):
    def keys(self, prefix: str) -> Iterator[str]: ...

    def pieces(self, key: str) -> Iterator[bytes]: ...

    def writer(self, key: str) -> AbstractContextManager[Sink]:
        """The file is there once the block ends well, and not at all when it does not."""

    def remove(self, prefix: str) -> int: ...


def shown(
    export: Export, tenant_id: UUID, *, by: str, exports: ExportStore, link: Any
) -> dict[str, Any]:
    """For who asks; `link(key, filename)` makes the address."""
    url = None
    if export.status == "ready":
        exports.downloaded(tenant_id, export.id, by=by)
        url = link(export.object_key, f"export-{export.id}.zip")
    return {
        "id": export.id,
        "status": export.status,
        "created_at": export.created_at,
        "ready_at": export.ready_at,
        "size_bytes": export.size_bytes,
        "url": url,
    }


def write(tenant_id: UUID, export_id: UUID, *, exports: ExportStore, files: TenantFiles) -> Status:
    """Writing one that was written or given up does nothing."""
    export = exports.read(tenant_id, export_id)
    if export.is_late and not export.ready_at:
        exports.give_up(tenant_id, export_id)
        return "failed"
    if export.status != "pending":
        return export.status
    key = f"exports/{tenant_id}/{export_id}.zip"
    with files.writer(key) as sink:
        with ZipFile(cast("IO[bytes]", sink), "w", ZIP_DEFLATED) as archive:
            _write_all(archive, tenant_id, exports, files)
        size_bytes = sink.size_bytes
    exports.finish(tenant_id, export_id, key=key, size_bytes=size_bytes)
    return "ready"


def _write_all(archive: ZipFile, tenant_id: UUID, exports: ExportStore, files: TenantFiles) -> None:
    _add(archive, "README.txt", [READ_ME.encode()])
    _add(archive, "left_out.json", [_json(LEFT_OUT)])
    for table in exports.tables():
        name = "people.jsonl" if table == "people" else f"tables/{table}.jsonl"
        rows = (f"{line}\n".encode() for line in exports.lines(tenant_id, table))
        _add(archive, name, rows)
    for app in exports.apps(tenant_id):
        _add(archive, f"apps/{app.slug}/mvs.json", [_json(app.mvs)])
        _add_documents(archive, f"apps/{app.slug}/documents", tenant_id, app, files)


def _add_documents(
    archive: ZipFile, folder: str, tenant_id: UUID, app: ExportedApp, files: TenantFiles
) -> None:
    if app.generation_id is None:
        return
    prefix = f"generations/{tenant_id}/{app.generation_id}/"
    for key in files.keys(prefix):
        name = key.removeprefix(prefix)
        if not name.startswith(INTERMEDIATE):
            _add(archive, f"{folder}/{name}", files.pieces(key))


def _add(archive: ZipFile, name: str, pieces: Iterable[bytes]) -> None:
    with archive.open(name, "w", force_zip64=True) as file:
        for piece in pieces:
            file.write(piece)


def _json(data: Any) -> bytes:
    return json.dumps(data, ensure_ascii=False, indent=2).encode()
