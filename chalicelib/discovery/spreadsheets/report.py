"""What people are told of their file: sheet by sheet, column by column, and each value that was left out.

In: what was read. Out: plain data, in the language asked for. Callers: `reading`. The surprise: at most 200 values are listed,
but all are counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from chalicelib.discovery.spreadsheets.cells import Note, RawFile, RawSheet
from chalicelib.discovery.spreadsheets.entities import DraftEntity
from chalicelib.discovery.spreadsheets.limits import FAULTS_LISTED
from chalicelib.discovery.spreadsheets.plain_texts import shown
from chalicelib.discovery.spreadsheets.wording import said

VERSION = 1


def refused(code: str, language: str, **facts: object) -> dict[str, Any]:
    reason, cure = said("REFUSALS", code, language, **facts)
    return {**_empty(), "refused": {"code": code, "reason": reason, "cure": cure}}


def _empty() -> dict[str, Any]:
    return {
        "version": VERSION, "format": "", "encoding": "", "separator": "", "sheets": [], "rows": 0,
        "faults": [], "faults_count": 0, "notes": [], "refused": None,
    }  # fmt: skip


def report_of(file: RawFile, entities: Sequence[DraftEntity], language: str) -> dict[str, Any]:
    faults = [fault for entity in entities for fault in _faults(entity, language)]
    by_name = {id(entity.table): entity for entity in entities}
    return {
        **_empty(),
        "format": file.format,
        "encoding": file.encoding,
        "separator": {"\t": "tab"}.get(file.separator, file.separator),
        "sheets": [_sheet(entity, language) for entity in by_name.values()],
        "rows": sum(len(entity.table.row_numbers) for entity in entities),
        "faults": faults[:FAULTS_LISTED],
        "faults_count": len(faults),
        "notes": [_words(note, language) for note in _file_notes(file, entities)],
    }


def _sheet(entity: DraftEntity, language: str) -> dict[str, Any]:
    table = entity.table
    return {
        "name": table.name,
        "entity": entity.key,
        "label": entity.plural,
        "header_row": table.header_row,
        "rows": len(table.row_numbers),
        "columns": [
            {
                "label": field.label,
                "key": field.key,
                "type": field.typed.type,
                "to": field.to,
                "required": field.required,
                "unique": field.unique,
                "filled": sum(value is not None for value in field.typed.values),
                "notes": [_words(note, language) for note in field.typed.notes],
            }
            for field in entity.fields
        ],
        "notes": [_words(note, language) for note in (*table.notes, *entity.notes)],
    }


def _faults(entity: DraftEntity, language: str) -> Iterator[dict[str, Any]]:
    for number, text in entity.table.strays:
        yield _fault(entity, (number, "", text[:80]), "stray", language)
    for field in entity.fields:
        for fault in field.typed.faults:
            number = entity.table.row_numbers[fault.index]
            value = shown(field.cells[fault.index])
            yield _fault(entity, (number, field.label, value), fault.code, language)


def _fault(
    entity: DraftEntity, place: tuple[int, str, str], code: str, language: str
) -> dict[str, Any]:
    row, column, value = place
    message, _ = said("FAULTS", code, language, value=value, column=column)
    sheet = entity.table.name or entity.plural
    return {"sheet": sheet, "row": row, "column": column, "value": value, "code": code, "message": message}  # fmt: skip


def _file_notes(file: RawFile, entities: Sequence[DraftEntity]) -> Iterator[Note]:
    read = {id(entity.table): entity.table.name for entity in entities}.values()
    formulas = sum(sheet.formulas for sheet in file.sheets)
    uncalculated = sum(sheet.uncalculated for sheet in file.sheets)
    if formulas > uncalculated:
        yield Note("formulas", {"count": formulas - uncalculated})
    if uncalculated:
        yield Note("uncalculated", {"count": uncalculated})
    if file.has_macros:
        yield Note("macros")
    yield from (Note("hidden_sheet", {"name": s.name[:80]}) for s in file.sheets if s.is_hidden)
    yield from (
        Note("empty_sheet", {"name": s.name[:80]}) for s in file.sheets if _is_empty(s, read)
    )
    yield from (Note("no_cells", {"name": name[:80]}) for name in file.others)


def _is_empty(sheet: RawSheet, read: Any) -> bool:
    return not sheet.is_hidden and sheet.name not in read


def _words(note: Note, language: str) -> dict[str, str]:
    message, _ = said("NOTES", note.code, language, **note.facts)
    return {"code": note.code, "message": message}
