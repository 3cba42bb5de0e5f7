"""Which language commands speak: `--lang`, else `FRAGUA_LANG`, else the terminal's own, else English.

In: the option, the environment. Out: `en` or `es`, and sentences in it. Callers: all commands; the client, which asks the
API for the same language. The surprise: the English sentence is its own key, so code reads as what it says; a test sees
to it that each has a Spanish one. Help texts are English.
"""

from __future__ import annotations

import os
from contextvars import ContextVar
from typing import Any, Literal

from cli.texts_es import SPANISH

Language = Literal["es", "en"]

_chosen: ContextVar[Language | None] = ContextVar("chosen", default=None)
VARIABLES = ("FRAGUA_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
"""The first that is set decides, as POSIX has it for the last three."""


def speak(wanted: Language | None) -> None:
    _chosen.set(wanted)


def language() -> Language:
    return _chosen.get() or _of_the_terminal()


def told(text: str, **facts: Any) -> str:
    """The sentence in the language spoken, its gaps filled."""
    sentence = SPANISH[text] if language() == "es" else text
    return sentence.format(**facts) if facts else sentence


def _of_the_terminal() -> Language:
    said = next((os.environ[name] for name in VARIABLES if os.environ.get(name)), "")
    return "es" if said.lower().partition("_")[0].partition(".")[0] == "es" else "en"
