"""Names: of a thing from its sheet, of one from many, keys that are free.

In: labels as people write them. Out: labels and keys as an MVS wants them. Callers: `entities`, `links`. The surprise: a sheet
called «Hoja1» says nothing, so the file's own name is taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from chalicelib.discovery.spreadsheets.headers import folded, tidy
from chalicelib.mvs.shapes import suggested_key
from chalicelib.mvs.words import Use, another_key, is_reserved

NAMELESS = re.compile(r"(hoja|sheet|tabelle|feuil|folha|tab|datos|data|export|libro|book)? ?[0-9]*")
NOISE = re.compile(
    r"(?i)[\s_-]*(?:\(?(?:copia|copy|final|v[0-9]+|export|listado|list|[0-9]{1,8})\)?)+$"
)
SPANISH_ENDINGS = (
    ("ciones", "ción"), ("siones", "sión"), ("ces", "z"), ("ores", "or"), ("ales", "al"), ("eles", "el"), ("iles", "il"),
    ("ades", "ad"), ("enes", "en"), ("ones", "ón"), ("eres", "er"), ("ses", "s"), ("s", ""),
)  # fmt: skip
ENGLISH_ENDINGS = (
    ("ies", "y"),
    ("sses", "ss"),
    ("xes", "x"),
    ("ches", "ch"),
    ("shes", "sh"),
    ("ss", "ss"),
    ("s", ""),
)
ENGLISH_ODD = {"people": "person", "staff": "staff member", "children": "child"}


def plural_name(sheet: str, filename: str, language: str) -> str:
    stem = PurePosixPath(filename.replace("\\", "/")).name.rpartition(".")[0] or filename
    for name in (sheet, NOISE.sub("", stem.replace("_", " ")), stem):
        text = tidy(name)
        if any(letter.isalpha() for letter in text) and not NAMELESS.fullmatch(folded(text)):
            return text[:1].upper() + text[1:80]
    return "Filas" if language == "es" else "Rows"


def singular(plural: str, language: str) -> str:
    """Of the first word in Spanish, of the last in English: «Clientes activos» is left half right rather than wrong."""
    words = plural.split(" ")
    at = 0 if language == "es" else -1
    words[at] = _one(words[at], SPANISH_ENDINGS if language == "es" else ENGLISH_ENDINGS)
    return " ".join(words)


def _one(word: str, endings: Iterable[tuple[str, str]]) -> str:
    if odd := ENGLISH_ODD.get(word.lower()):
        return odd.capitalize() if word[0].isupper() else odd
    for ending, one in endings:
        if len(word) > max(len(ending) + 1, 3) and word.lower().endswith(ending):
            return word[: -len(ending)] + one
    return word


def free(use: Use, label: str, taken: Iterable[str]) -> str:
    """A key that nobody has: in the app keys that differ in underscores only are the same."""
    key = suggested_key(label)
    if is_reserved(use, key):
        key = another_key(use, key)
    return unlike(key, taken)


def unlike(key: str, taken: Iterable[str]) -> str:
    bare = {one.replace("_", "") for one in taken}
    found, number = key, 2
    while found.replace("_", "") in bare:
        found = f"{key[:36].rstrip('_')}_{number}"
        number += 1
    return found


def stems(text: str) -> frozenset[str]:
    """The words of a name without their endings, to see whether «ID cliente» is about «Clientes»."""
    found = re.findall(r"[a-z0-9]+", folded(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)))
    return frozenset(
        re.sub(r"(es|s|o|a|e)$", "", word) if len(word) > 3 else word for word in found
    )
