"""A spreadsheet on its way into a conversation: announced, uploaded, read, merged.

In: ids, a file's name; later a key that S3 tells of. Out: `Import`. Callers: the HTTP door; the Lambda `read_spreadsheet`
calls `accept` alone. The surprise: whoever reads the file has no database, so what it found is merged by the next reader of
the conversation's imports, against the MVS as it is by then.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol
from uuid import UUID

from chalicelib.discovery.diff import diff
from chalicelib.discovery.import_records import (
    Import,
    ImportStore,
    Upload,
    asked_key,
    found_key,
    place,
    rows_key,
    upload,
    upload_key,
)
from chalicelib.discovery.import_texts import in_words
from chalicelib.discovery.ports import DiscoveryStore
from chalicelib.discovery.records import Discovery, Outcome, Step
from chalicelib.discovery.spreadsheets.merging import merged
from chalicelib.discovery.spreadsheets.report import refused
from chalicelib.errors import Conflict, InvalidMvs, NotFound, TooLarge

FOUND_BYTES_MAX: Final = 4 * 1024 * 1024
ROWS_BYTES_MAX: Final = 10 * 1024 * 1024
ANSWER_WITHIN: Final = timedelta(minutes=20)
"""Longer than the address of an upload is good for and the file is read in."""
TRIES: Final = 3


class Files(Protocol):
    """Where files and what is found in them lie."""

    def write(self, key: str, content: bytes, content_type: str = "application/json") -> None: ...

    def read(self, key: str, bytes_max: int) -> bytes:
        """Raises `NotFound`, or `TooLarge`."""

    def exists(self, key: str) -> bool: ...

    def link_to_write(self, key: str) -> str: ...


def announce(
    tenant_id: UUID,
    discovery_id: UUID,
    filename: str,
    *,
    by: str,
    discoveries: DiscoveryStore,
    imports: ImportStore,
    files: Files,
) -> tuple[Import, str]:
    """The import and the address to put the file to. Raises `Conflict`."""
    discovery = discoveries.read(tenant_id, discovery_id)
    known = imports.create(tenant_id, discovery_id, filename=filename, by=by)
    asked = {"filename": filename, "language": discovery.locale}
    files.write(asked_key(place(known)), json.dumps(asked).encode())
    return known, files.link_to_write(upload_key(known))


def accept(key: str, *, bytes_max: int, files: Files) -> str:
    """Reads an uploaded file; returns what became of it, for the log. Of several uploads to one address the first counts."""
    from chalicelib.discovery.spreadsheets.reading import read_spreadsheet

    arrived = upload(key)
    if arrived is None:
        return "unknown_key"
    try:
        asked = json.loads(files.read(asked_key(arrived), FOUND_BYTES_MAX))
    except NotFound:
        return "nobody_asked"
    if files.exists(found_key(arrived)):
        return "duplicate"
    language = asked["language"]
    try:
        content = files.read(key, bytes_max)
    except TooLarge:
        limit = bytes_max // 1024 // 1024
        return _keep(arrived, refused("too_large", language, limit=limit), {}, files)
    found = read_spreadsheet(content, asked["filename"], language=language)
    rows = json.dumps(found.rows, ensure_ascii=False, separators=(",", ":")).encode()
    if len(rows) > ROWS_BYTES_MAX:
        limit = ROWS_BYTES_MAX // 1024 // 1024
        return _keep(arrived, refused("too_much_text", language, limit=limit), {}, files)
    files.write(rows_key(arrived), rows)
    return _keep(arrived, found.report, found.fragment, files)


def _keep(arrived: Upload, report: Any, fragment: Any, files: Files) -> str:
    """Last, because it is what says that the file was read."""
    document = {"report": report, "fragment": fragment}
    files.write(found_key(arrived), json.dumps(document, ensure_ascii=False).encode())
    return "refused" if report["refused"] else "read"


def settled(
    known: Import, *, discoveries: DiscoveryStore, imports: ImportStore, files: Files
) -> Import:
    """As it stands now. What was found meanwhile becomes a turn; while another turn runs, it goes on waiting."""
    if known.status != "waiting":
        return known
    discovery = discoveries.read(known.tenant_id, known.discovery_id)
    try:
        document = json.loads(files.read(found_key(place(known)), FOUND_BYTES_MAX))
    except NotFound:
        if datetime.now(UTC) - known.created_at > ANSWER_WITHIN:
            return imports.refuse(known, refused("never_came", discovery.locale))
        return known
    if document["report"]["refused"]:
        return imports.refuse(known, document["report"])
    if not discovery.is_open:
        return imports.refuse(known, refused("closed", discovery.locale))
    return _merged(known, discovery, document, discoveries=discoveries, imports=imports)


def _merged(
    known: Import,
    discovery: Discovery,
    document: Any,
    *,
    discoveries: DiscoveryStore,
    imports: ImportStore,
) -> Import:
    """Against the MVS as it is; when that moved, against the next one."""
    for _ in range(TRIES):
        report, step = _step(known, discovery, document)
        if step is None:
            return imports.refuse(known, report)
        try:
            return imports.merge(known, report, step, version=discovery.mvs_version)
        except Conflict:
            discovery = discoveries.read(known.tenant_id, known.discovery_id)
    return known


def _step(known: Import, discovery: Discovery, document: Any) -> tuple[dict[str, Any], Step | None]:
    language = discovery.locale
    report, fragment = document["report"], document["fragment"]
    try:
        made = merged(discovery.mvs, fragment, language=language)
    except InvalidMvs as error:
        return refused("too_much_together", language, why=error.detail), None
    outcome = Outcome(
        reply=in_words(report, known.filename, language),
        changes=({"op": "import", "import_id": str(known.id)},),
        mvs=made.mvs,
        diff=tuple(diff(discovery.mvs, made.mvs, language)),
        settings={} if discovery.mvs else {"title": made.mvs["name"]},
    )
    step = Step(kind="import", said=known.filename, outcome=outcome, by=known.created_by)
    return {**report, "placed": made.placed}, step
