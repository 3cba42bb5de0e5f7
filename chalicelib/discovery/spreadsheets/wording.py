"""What is said of a spreadsheet, in Spanish and English.

In: a table's name, a code, facts. Out: what happened, and what to do where there is something to do. Callers: `report`. The
surprise: facts come from the file, so they only ever enter a sentence shortened and on one line.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from chalicelib.discovery.spreadsheets.headers import HIDDEN
from chalicelib.discovery.spreadsheets.wording_en import FAULTS as FAULTS_EN
from chalicelib.discovery.spreadsheets.wording_en import NOTES as NOTES_EN
from chalicelib.discovery.spreadsheets.wording_en import REFUSALS as REFUSALS_EN
from chalicelib.discovery.spreadsheets.wording_es import FAULTS as FAULTS_ES
from chalicelib.discovery.spreadsheets.wording_es import NOTES as NOTES_ES
from chalicelib.discovery.spreadsheets.wording_es import REFUSALS as REFUSALS_ES
from chalicelib.mvs.texts import language_of

Kind = Literal["REFUSALS", "NOTES", "FAULTS"]
Text = str | tuple[str, str]
TEXTS: Final[Mapping[str, Mapping[Kind, Mapping[str, Text]]]] = {
    "en": {"REFUSALS": REFUSALS_EN, "NOTES": NOTES_EN, "FAULTS": FAULTS_EN},
    "es": {"REFUSALS": REFUSALS_ES, "NOTES": NOTES_ES, "FAULTS": FAULTS_ES},
}
LENGTH_MAX = 120


def said(kind: Kind, code: str, language: str, **facts: object) -> tuple[str, str]:
    text = TEXTS[language_of(language)][kind][code]
    shown = {name: _short(value) for name, value in facts.items()}
    what, cure = text if isinstance(text, tuple) else (text, "")
    return what.format_map(shown), cure.format_map(shown)


def _short(value: object) -> str:
    if isinstance(value, int):
        return f"{value:,}".replace(",", "\u202f") if value >= 10_000 else str(value)
    return " ".join(HIDDEN.sub(" ", str(value)).split())[:LENGTH_MAX]
