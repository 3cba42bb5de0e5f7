"""The rows of all spreadsheets of a conversation, as the first data of the app that was approved.

In: the MVS as it was approved, and the imports that were merged. Out: a document of rows beside the app's things. Callers: the
approval. The surprise: between a file and the approval people change fields, so each value is tried against what its field is
by now; rows keep what still fits.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from chalicelib.discovery.import_records import (
    Import,
    ImportStore,
    app_rows_key,
    place,
    rows_key,
)
from chalicelib.discovery.imports import ROWS_BYTES_MAX, Files
from chalicelib.discovery.spreadsheets.imported import Row
from chalicelib.discovery.spreadsheets.limits import ROWS_MAX
from chalicelib.errors import NotFound
from chalicelib.mvs.reading import read_mvs
from chalicelib.mvs.spec import Entity, FieldSpec, Mvs, Scalar
from chalicelib.mvs.values import STORED_TEXT, Misfit, value_of

TOGETHER_BYTES_MAX: Final = 12 * 1024 * 1024
"""Of the rows of all files: what a run takes over is less than `generation.first_rows` reads, ids and names included."""


@dataclass(frozen=True)
class Part:
    """What one file brought."""

    number: int
    placed: Mapping[str, Mapping[str, Any]]
    rows: Mapping[str, Sequence[Row]]


def carry(
    tenant_id: UUID,
    discovery_id: UUID,
    app_id: UUID,
    mvs: Mapping[str, Any],
    *,
    imports: ImportStore,
    files: Files,
) -> int:
    """Puts the rows where the app's first generation finds them; returns how many. Again and again if need be."""
    merged = [one for one in imports.all(tenant_id, discovery_id) if one.status == "merged"]
    if not merged:
        return 0
    parts = _parts(merged, files)
    rows = first_rows(read_mvs(dict(mvs)), parts)
    count = sum(map(len, rows.values()))
    if count:
        document = json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode()
        files.write(app_rows_key(tenant_id, app_id), document)
    return count


def _parts(merged: Sequence[Import], files: Files) -> Iterator[Part]:
    """Of files that are too much together, those that still fit."""
    room = TOGETHER_BYTES_MAX
    for number, known in enumerate(merged, start=1):
        try:
            content = files.read(rows_key(place(known)), ROWS_BYTES_MAX)
        except NotFound:
            continue
        if len(content) > room:
            continue
        room -= len(content)
        yield Part(number, (known.report or {}).get("placed", {}), json.loads(content))


def first_rows(mvs: Mvs, parts: Iterator[Part] | Sequence[Part]) -> dict[str, list[Row]]:
    """Entity key → rows, at most as many as a file may have, however many files there were."""
    entities = {entity.key: entity for entity in mvs.entities}
    found: dict[str, list[Row]] = {}
    room = ROWS_MAX
    for part in parts:
        for key, rows in part.rows.items():
            entity = entities.get(part.placed.get(key, {}).get("entity", ""))
            if entity is None:
                continue
            fields = _fields(entity, part.placed[key]["fields"])
            kept = [_row(part, row, fields) for row in rows[:room]]
            found.setdefault(entity.key, []).extend(kept)
            room -= len(kept)
    return found


def _fields(entity: Entity, placed: Mapping[str, str]) -> dict[str, FieldSpec]:
    """Key in the file → field by now; those that are gone are left out."""
    known = {field.key: field for field in entity.fields}
    return {key: known[name] for key, name in placed.items() if name in known}


def _row(part: Part, row: Row, fields: Mapping[str, FieldSpec]) -> Row:
    made: Row = {"_id": f"{part.number}.{row['_id']}", "_at": row.get("_at")}
    for key, field in fields.items():
        value = row.get(key)
        if value is not None and (fitting := _fitting(part, field, value)) is not None:
            made[field.key] = fitting
    return made


def _fitting(part: Part, field: FieldSpec, value: Scalar) -> Scalar | None:
    if field.type == "reference":
        return f"{part.number}.{value}" if isinstance(value, str) else None
    for tried in (value, str(value)) if field.type in STORED_TEXT else (value,):
        try:
            value_of(field, tried)
        except Misfit:
            continue
        return tried
    return None
