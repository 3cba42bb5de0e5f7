"""A file's bytes → everything that is to be known of it.

In: bytes, the name people gave the file, the language they write. Out: `Imported`, always: a file that can't be read is
a refusal in its report. Callers: the Lambda `read_spreadsheet`, tests. The surprise: the name is only ever a name; what
a file is shows in its first bytes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from chalicelib.discovery.spreadsheets.cells import RawFile
from chalicelib.discovery.spreadsheets.entities import DraftEntity, drafted, entitle
from chalicelib.discovery.spreadsheets.habits import habits_of
from chalicelib.discovery.spreadsheets.imported import Imported, Row
from chalicelib.discovery.spreadsheets.kinds import open_file
from chalicelib.discovery.spreadsheets.links import link
from chalicelib.discovery.spreadsheets.naming import plural_name
from chalicelib.discovery.spreadsheets.report import refused, report_of
from chalicelib.discovery.spreadsheets.samples import sample_rows
from chalicelib.discovery.spreadsheets.tables import Table, table_of
from chalicelib.discovery.spreadsheets.unreadable import Unreadable


def read_spreadsheet(content: bytes, filename: str, *, language: str = "es") -> Imported:
    """Never raises for what is in a file."""
    try:
        file = open_file(content)
        tables = _tables(file)
    except Unreadable as why:
        return Imported(refused(why.code, language, **why.facts), {}, {})
    habits = habits_of(tables, language)
    entities = drafted(tables, habits, filename)
    link(entities)
    for entity in entities:
        entitle(entity, habits.language)
    fragment = {
        "name": plural_name("", filename, habits.language),
        "locale": habits.language,
        "currency": _currency(entities),
        "entities": [entity.spec() for entity in entities],
        "demo": sample_rows(entities, habits.language),
    }
    rows = {entity.key: _rows(entity) for entity in entities}
    return Imported(report_of(file, entities, language), fragment, rows)


def _tables(file: RawFile) -> list[Table]:
    """Hidden sheets are left alone: nobody would miss what they never saw, and lists behind menus are kept there."""
    found = [table for sheet in file.sheets if not sheet.is_hidden and (table := table_of(sheet))]
    if not found:
        raise Unreadable("no_table")
    return found


def _currency(entities: Sequence[DraftEntity]) -> str:
    counted = Counter(
        field.typed.currency
        for entity in entities
        for field in entity.fields
        if field.typed.currency
    )
    return counted.most_common(1)[0][0] if counted else ""


def _rows(entity: DraftEntity) -> list[Row]:
    made: list[Row] = []
    for index, (name, number) in enumerate(
        zip(entity.row_names, entity.table.row_numbers, strict=True)
    ):
        row: Row = {"_id": name, "_at": _place(entity, number)}
        for field in entity.fields:
            value = field.typed.values[index]
            if value is not None:
                row[field.key] = value
        made.append(row)
    return made


def _place(entity: DraftEntity, number: int) -> str:
    return f"{entity.table.name or entity.plural}!{number}"
