"""Businesses of any size, with rules in plain words that the brains can write.

In: how many entities, a language. Out: an MVS as data. Callers: recordings, bench, the end-to-end runs.
The surprise: every entity refers to one of the first two, so modules build on each other and still can be written at once.
"""

from __future__ import annotations

WORDS = {
    "es": {
        "name": "Taller {n}", "summary": "Un taller que apunta sus trabajos.", "problem": "Se apuntan en papel.",
        "role": "Encargado", "label": "Ficha {n}", "plural": "Fichas {n}", "title": "Nombre", "code": "Código",
        "day": "Día", "amount": "Importe", "state": "Estado", "open": "Abierta", "done": "Hecha",
        "zero": "El código de una ficha {n} no empieza por cero.",
        "two": "En un día caben como mucho dos fichas {n}.",
        "positive": "El importe no es negativo.",
        "advice": "Conviene llamar antes a quien espera.",
    },
    "en": {
        "name": "Workshop {n}", "summary": "A workshop that notes its jobs.", "problem": "They are noted on paper.",
        "role": "Manager", "label": "Sheet {n}", "plural": "Sheets {n}", "title": "Name", "code": "Code",
        "day": "Day", "amount": "Amount", "state": "State", "open": "Open", "done": "Done",
        "zero": "The code of a sheet {n} does not begin with a zero.",
        "two": "A day has room for two sheets {n} at most.",
        "positive": "The amount is not negative.",
        "advice": "Better call whoever waits beforehand.",
    },
}  # fmt: skip


def business(entities=5, language="en", written=None):
    """`written`: how many of them have a rule for a model to write; all of them when not said."""
    words = WORDS[language]
    written = entities if written is None else written
    return {
        "fragua": 1,
        "name": words["name"].format(n=entities),
        "locales": [language],
        "industry": "workshop",
        "summary": words["summary"],
        "problem": words["problem"],
        "roles": [{"key": "manager", "label": words["role"]}],
        "entities": [_entity(n, words, n <= written) for n in range(1, entities + 1)],
    }


def _entity(number, words, has_rule):
    def said(name):
        return words[name].format(n=number)

    fields = [
        {"key": "title", "label": said("title"), "type": "text", "required": True},
        {"key": "code", "label": said("code"), "type": "text"},
        {"key": "day", "label": said("day"), "type": "date"},
        {"key": "amount", "label": said("amount"), "type": "money"},
        {"key": "state", "label": said("state"), "type": "choice", "options": [
            {"key": "open", "label": said("open")}, {"key": "done", "label": said("done")}]},
    ]  # fmt: skip
    if number > 2:
        fields.append(
            {"key": "parent", "label": words["label"].format(n=1 + number % 2), "type": "reference", "to": f"sheet{1 + number % 2}"}
        )  # fmt: skip
    rules = [{"type": "range", "field": "amount", "min": 0, "text": said("positive")}]
    if has_rule:
        rules.append({"type": "in_words", "text": said("two" if number % 2 == 0 else "zero")})
    if number == 1:
        rules.append({"type": "in_words", "text": said("advice")})
    return {
        "key": f"sheet{number}",
        "label": said("label"),
        "plural": said("plural"),
        "title": "title",
        "fields": fields,
        "permissions": {"manager": ["view", "create", "edit"]},
        "rules": rules,
    }
