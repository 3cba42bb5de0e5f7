"""The small clinic that attackers write to, and where their words go in its MVS.

In: words and a place. Out: an MVS as data. Callers: the tests beside it. The surprise: both modules have a rule that a model
has to write, so the engine always asks for `visit`, whatever the attacker says.
"""

from __future__ import annotations

from typing import Any

ZERO = "The code of a {} does not begin with a zero."


def clinic(said: str = "", where: str = "") -> dict[str, Any]:
    def words(place: str, usual: str) -> str:
        return f"{usual} {said}".strip()[:4000] if place == where else usual

    def short(place: str, usual: str) -> str:
        return words(place, usual)[:80]

    patient = entity(
        "patient", "Patient", rules=[{"type": "in_words", "text": ZERO.format("patient")}]
    )
    visit = entity(
        "visit",
        short("label", "Visit"),
        {"key": "patient", "label": "Patient", "type": "reference", "to": "patient"},
        {"key": "begins", "label": "Begins", "type": "date", "help": words("help", "")[:200]},
        {"key": "ends", "label": "Ends", "type": "date"},
        {"key": "kind", "label": "Kind", "type": "choice", "options": [
            {"key": "first", "label": short("option", "First")}, {"key": "next", "label": "Next"}]},
        description=words("description", "Somebody comes."),
        rules=[
            {"type": "in_order", "first": "begins", "then": "ends", "text": "A visit ends after it begins."},
            {"type": "in_words", "text": words("rule", ZERO.format("visit"))},
        ],
    )  # fmt: skip
    return {
        "fragua": 1,
        "name": short("name", "Clinic"),
        "locales": ["en"],
        "industry": "clinic",
        "summary": words("summary", "A small clinic."),
        "problem": words("problem", "Paper gets lost."),
        "roles": [
            {"key": "clerk", "label": "Clerk", "description": words("role", "At the front desk.")}
        ],
        "entities": [patient, visit],
        "success": [words("success", "No visit is forgotten.")],
        "out_of_scope": [words("out_of_scope", "Invoices.")],
        "demo": {"patient": [{"title": short("demo", "Ana"), "code": "1"}]},
    }


def entity(key: str, label: str, *fields: dict[str, Any], **more: Any) -> dict[str, Any]:
    title = {"key": "title", "label": "Title", "type": "text", "required": True}
    code = {"key": "code", "label": "Code", "type": "text"}
    return {
        "key": key,
        "label": label,
        "plural": f"{key.capitalize()}s",
        "title": "title",
        "fields": [title, code, *fields],
        "permissions": {"clerk": ["view", "create"]},
        **more,
    }
