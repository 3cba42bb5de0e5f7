"""Two rows of each entity, made up.

In: drafted entities. Out: demo rows of an MVS. Callers: `reading`. The surprise: nothing of the file's own rows is in them; the
MVS is read by models and ends up in source code, and people's data belongs into neither.
"""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.discovery.spreadsheets.entities import Draft, DraftEntity
from chalicelib.mvs.spec import Scalar

COUNT = 2


def sample_rows(
    entities: Sequence[DraftEntity], language: str
) -> dict[str, list[dict[str, Scalar | None]]]:
    return {
        entity.key: [_row(entity, number, language) for number in range(1, COUNT + 1)]
        for entity in entities
    }


def _row(entity: DraftEntity, number: int, language: str) -> dict[str, Scalar | None]:
    row: dict[str, Scalar | None] = {"_id": f"{entity.key}-{number}"}
    for field in entity.fields:
        if field.to:
            if field.required:
                row[field.key] = f"{field.to}-{number}"
        elif (value := _value(field, number, language)) is not None:
            row[field.key] = value
    return row


def _value(field: Draft, number: int, language: str) -> Scalar | None:
    word = "Ejemplo" if language == "es" else "Example"
    options = list(field.typed.options)
    made: dict[str, Scalar | None] = {
        "text": f"{word} {number}",
        "long_text": f"{word} {number}.",
        "integer": number,
        "decimal": f"{number}.5",
        "money": f"{number}0.00",
        "boolean": number == 1,
        "date": f"2026-01-1{number}",
        "datetime": f"2026-01-1{number}T09:00:00",
        "email": f"{word.lower()}{number}@example.com",
        "phone": f"+34 600 000 00{number}",
        "url": f"https://example.com/{number}",
        "choice": options[(number - 1) % len(options)] if options else None,
    }
    return made.get(field.typed.type)
