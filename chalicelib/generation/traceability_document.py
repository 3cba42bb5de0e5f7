"""The traceability of an app as a document in its source: `docs/traceability.md`, in the app's first language.

In: `Traceability`. Out: Markdown. Callers: `RecordSuccess`. The surprise: texts come from the MVS, so what would be markup
there is made harmless; a table's cell is one line.
"""

from __future__ import annotations

import re
from typing import Final

from chalicelib.generation.traceability import Executed, Line, Traceability

PATH: Final = "docs/traceability.md"
WORDS: Final = {
    "en": {
        "title": "Traceability",
        "intro": "Each requirement, where it is fulfilled, and what was executed to prove it before this version was delivered.",
        "counts": "{requirements} requirements: {by_tests} proved by tests of their own, {by_checks} by checks of the whole "
        "app, {in_words} in words only, {unproved} not proved.",
        "unproved": "No passing test or check proves: {ids}.",
        "checks": "Checks",
        "requirement": "Requirement",
        "where": "Where",
        "proof": "Proof",
        "tests": "tests",
        "checks_proof": "checks",
        "in_words": "in words, for a person to see to",
        "none": "not proved",
        "passed": "passed",
        "failed": "failed",
        "not_run": "not run",
        "details": "Files and tests",
    },
    "es": {
        "title": "Trazabilidad",
        "intro": "Cada requisito, dónde se cumple y qué se ejecutó para demostrarlo antes de entregar esta versión.",
        "counts": "{requirements} requisitos: {by_tests} demostrados por sus propias pruebas, {by_checks} por comprobaciones "
        "de toda la aplicación, {in_words} solo en palabras, {unproved} sin demostrar.",
        "unproved": "Ninguna prueba ni comprobación superada demuestra: {ids}.",
        "checks": "Comprobaciones",
        "requirement": "Requisito",
        "where": "Dónde",
        "proof": "Prueba",
        "tests": "pruebas",
        "checks_proof": "comprobaciones",
        "in_words": "en palabras, para que lo vea una persona",
        "none": "sin demostrar",
        "passed": "superada",
        "failed": "fallida",
        "not_run": "no ejecutada",
        "details": "Archivos y pruebas",
    },
}
MARKUP: Final = re.compile(r"([\\`*_{}\[\]<>|#])")


def document(traced: Traceability, locale: str) -> str:
    say = WORDS.get(locale, WORDS["en"])
    counted = say["counts"].format(**traced.counts.model_dump())
    missing = say["unproved"].format(ids=", ".join(traced.unproved)) if traced.unproved else ""
    head = [f"# {say['title']}", say["intro"], counted, *([missing] if missing else [])]
    table = [
        f"| | {say['requirement']} | {say['where']} | {say['proof']} |",
        "|---|---|---|---|",
        *(_row(line, say) for line in traced.requirements),
    ]
    checks = [
        f"- {name}: {say['passed' if ok else 'failed']}" for name, ok in traced.checks.items()
    ]
    details = [_details(line, say) for line in traced.requirements if line.files or line.tests]
    parts = [*head, "\n".join(table), f"## {say['checks']}", "\n".join(checks)]
    return "\n\n".join([*parts, f"## {say['details']}", *details]) + "\n"


def _row(line: Line, say: dict[str, str]) -> str:
    where = " · ".join(filter(None, (line.entity, line.rule, line.screen)))
    return f"| {line.id} | {_plain(line.text)} | {_plain(where)} | {_proof(line, say)} |"


def _proof(line: Line, say: dict[str, str]) -> str:
    if line.proof == "tests":
        return f"{len(line.tests)} {say['tests']}"
    return say["checks_proof"] if line.proof == "checks" else say[line.proof]


def _details(line: Line, say: dict[str, str]) -> str:
    files = [f"- `{file}`" for file in line.files]
    return "\n".join([f"### {line.id}", "", *files, *(_test(test, say) for test in line.tests)])


def _test(test: Executed, say: dict[str, str]) -> str:
    return f"- `{test.name}`: {say[test.result]}"


def _plain(text: str) -> str:
    return MARKUP.sub(r"\\\1", " ".join(text.split()))
