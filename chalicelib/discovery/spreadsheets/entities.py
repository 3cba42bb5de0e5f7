"""Tables → entities with fields, before anything refers to anything.

In: tables and the file's habits. Out: `Draft` entities whose columns are typed. Callers: `reading`. The surprise: a field is
called required or unique only where the data shows it and a name supports it: a rule taken from a coincidence would keep
people from their work later.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from chalicelib.discovery.spreadsheets import hints
from chalicelib.discovery.spreadsheets.cells import Cell, Note
from chalicelib.discovery.spreadsheets.column_types import typed
from chalicelib.discovery.spreadsheets.habits import Habits
from chalicelib.discovery.spreadsheets.headers import folded, words
from chalicelib.discovery.spreadsheets.naming import free, plural_name, singular
from chalicelib.discovery.spreadsheets.plain_texts import text_of
from chalicelib.discovery.spreadsheets.tables import Table
from chalicelib.discovery.spreadsheets.typed import Misread, Typed
from chalicelib.mvs.field_faults import NOT_REQUIRED, UNIQUE
from chalicelib.mvs.references import NOT_A_TITLE
from chalicelib.mvs.spec import MAX_FIELDS

ROWS_TO_TELL = 3
TITLES = words(
    "nombre name titulo title apellidos descripcion description asunto subject concepto producto product"
)


@dataclass
class Draft:
    """A field in the making."""

    key: str
    label: str
    cells: Sequence[Cell]
    typed: Typed
    required: bool = False
    unique: bool = False
    to: str | None = None

    @cached_property
    def folds(self) -> list[str]:
        """Its values for comparing; empty where there is none."""
        return [folded(text_of(cell) or "") for cell in self.cells]

    def spec(self) -> dict[str, Any]:
        made: dict[str, Any] = {"key": self.key, "label": self.label, "type": self.typed.type}
        made |= {name: True for name in ("required", "unique") if getattr(self, name)}
        if self.typed.type == "choice":
            made["options"] = [{"key": k, "label": v} for k, v in self.typed.options.items()]
        if self.to:
            made["to"] = self.to
        return made


@dataclass
class DraftEntity:
    key: str
    label: str
    plural: str
    table: Table
    fields: list[Draft]
    title: str = ""
    notes: list[Note] = field(default_factory=list)

    @property
    def row_names(self) -> list[str]:
        return [f"r{number}" for number in self.table.row_numbers]

    def spec(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "label": self.label,
            "plural": self.plural,
            "title": self.title,
            "fields": [each.spec() for each in self.fields],
        }


def drafted(tables: Sequence[Table], habits: Habits, filename: str) -> list[DraftEntity]:
    made: list[DraftEntity] = []
    for table in tables:
        plural = plural_name(table.name, filename, habits.language)
        label = singular(plural, habits.language)
        key = free("entity", label, [one.key for one in made])
        made.append(DraftEntity(key, label, plural, table, _fields(table, habits)))
    return made


def _fields(table: Table, habits: Habits) -> list[Draft]:
    made: list[Draft] = []
    for position, column in enumerate(table.columns, start=1):
        word = "Columna" if habits.language == "es" else "Column"
        found = typed(column.label, column.cells, habits)
        if column.placeholders:
            found.notes.append(Note("placeholders", {"count": column.placeholders}))
        label = column.label or f"{word} {position}"
        if found.percent and "%" not in label:
            label = f"{label[:76]} (%)"
        key = free("field", label, _names(made))
        draft = Draft(key, label, column.cells, found)
        _judge(draft)
        made.append(draft)
    return made


def _names(made: Sequence[Draft]) -> list[str]:
    """With what a reference would occupy besides, should one of these become one."""
    return [
        name for each in made for name in (each.key, f"{each.key}_id", each.key.removesuffix("_id"))
    ]


def _judge(draft: Draft) -> None:
    values = draft.typed.values
    filled = [str(value) for value in values if value not in (None, "")]
    if len(values) < ROWS_TO_TELL:
        return
    draft.required = len(filled) == len(values) and draft.typed.type not in NOT_REQUIRED
    if draft.typed.type in UNIQUE - {"date", "datetime", "phone"} and is_key_name(draft.label):
        _judge_key(draft, filled)


def is_key_name(label: str) -> bool:
    return hints.is_identifier(label)


def _judge_key(draft: Draft, filled: Sequence[str]) -> None:
    """Unique when every value is; nearly unique is told as what it probably is: a slip."""
    counted = Counter(filled)
    repeated = len(filled) - len(counted)
    if not repeated:
        draft.unique = bool(filled)
    elif repeated <= max(1, len(filled) // 20):
        seen: set[str] = set()
        for index, value in enumerate(draft.typed.values):
            if value is not None and str(value) in seen:
                draft.typed.faults.append(Misread(index, "repeated_key"))
            seen.add(str(value))


def entitle(entity: DraftEntity, language: str) -> None:
    """The field that names a row: one called a name, else the first line of text, else anything that can."""
    fit = [each for each in entity.fields if each.typed.type not in NOT_A_TITLE and not each.to]
    named = [each for each in fit if hints.says(each.label, TITLES) and each.typed.type == "text"]
    texts = [each for each in fit if each.typed.type == "text"]
    found = next(iter([*named, *texts, *fit]), None)
    entity.title = found.key if found else _number_of(entity, language)


def _number_of(entity: DraftEntity, language: str) -> str:
    """Nothing in the table can name a row, so rows are numbered."""
    label = "Número de fila" if language == "es" else "Row number"
    key = free("field", label, _names(entity.fields))
    numbers = Typed("integer", list(range(1, len(entity.table.row_numbers) + 1)))
    del entity.fields[MAX_FIELDS - 1 :]
    entity.fields.insert(0, Draft(key, label, [None] * len(numbers.values), numbers, True, True))
    entity.notes.append(Note("numbered", {"label": label}))
    return key
