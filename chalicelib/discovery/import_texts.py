"""What the conversation says of a spreadsheet it was given.

In: a report, the file's name, a language. Out: a few lines. Callers: `imports`. The surprise: no value of the file is quoted
here: what a person reads back in a conversation a model may read too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

TEXTS: Final = {
    "es": {
        "read": "He leído «{filename}»: {rows} filas. De ahí salen:",
        "sheet": "- {label}: {rows} filas, {columns} campos.",
        "link": "  «{label}» apunta a {to}.",
        "dirty": "{count} valores no encajaban y se han dejado fuera; el informe los enumera con su fila.",
        "clean": "Todos los valores encajan.",
        "first": "Las filas serán los primeros datos de la aplicación.",
    },
    "en": {
        "read": "I read “{filename}”: {rows} rows. From it come:",
        "sheet": "- {label}: {rows} rows, {columns} fields.",
        "link": "  “{label}” points at {to}.",
        "dirty": "{count} values did not fit and were left out; the report lists them with their rows.",
        "clean": "All values fit.",
        "first": "The rows will be the app's first data.",
    },
}


def in_words(report: Mapping[str, Any], filename: str, language: str) -> str:
    texts = TEXTS["es" if language == "es" else "en"]
    labels = {sheet["entity"]: sheet["label"] for sheet in report["sheets"]}
    lines = [texts["read"].format(filename=filename, rows=report["rows"])]
    for sheet in report["sheets"]:
        columns = sheet["columns"]
        facts = {"label": sheet["label"], "rows": sheet["rows"], "columns": len(columns)}
        lines.append(texts["sheet"].format(**facts))
        lines += [
            texts["link"].format(label=column["label"], to=labels.get(column["to"], column["to"]))
            for column in columns
            if column["to"]
        ]
    count = report["faults_count"]
    lines.append(texts["dirty"].format(count=count) if count else texts["clean"])
    lines.append(texts["first"])
    return "\n".join(lines)[:8_000]
