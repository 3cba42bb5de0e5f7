"""From a person's words to a label, its plural, a free key, and what kind of field it likely is.

In: words. Out: labels, keys, types. Callers: the guide. The surprise: keys are made by the same functions that correct
faulty ones (`mvs/shapes.py`, `mvs/words.py`), so a key from here is never refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from chalicelib.discovery.phrases import plain
from chalicelib.discovery.records import Data
from chalicelib.mvs.shapes import suggested_key
from chalicelib.mvs.spec import FieldType
from chalicelib.mvs.words import Use, another_key, is_reserved

LABEL_CHARACTERS_MAX: Final = 80
WORDS: Final[tuple[tuple[FieldType, str], ...]] = (
    ("email", r"e ?mail|correo( electronico)?"),
    ("phone", r"telefono|tel|movil|celular|whatsapp|phone|mobile"),
    ("url", r"web|url|enlace|link|sitio|website"),
    ("datetime", r"fecha y hora|hora|horario|cita|empieza|termina|date and time|time|starts?|ends?"),
    ("date", r"fecha|dia|cumpleanos|nacimiento|vence|vencimiento|caducidad|date|day|birthday|birth|due|expires|deadline"),
    ("money", r"precio|coste|costo|importe|total|tarifa|sueldo|salario|presupuesto|cobrado|pagado por|price|cost|amount|fee|salary|budget|charged|rate"),
    ("integer", r"cantidad|stock|existencias|unidades|edad|minutos|plazas|horas|numero de [a-z]+|quantity|count|units|age|minutes|hours|seats|places|capacity|number of [a-z]+"),
    ("decimal", r"peso|metros|superficie|porcentaje|kilos|litros|weight|area|percentage|percent|kilometers?|km"),
    ("long_text", r"notas?|observaciones|descripcion|comentarios?|detalles?|notes?|description|comments?|details?"),
    ("file", r"foto|archivo|documento adjunto|adjunto|pdf|photo|picture|file|attachment|image|imagen"),
    ("boolean", r"activo|activa|pagado|pagada|confirmado|confirmada|urgente|paid|active|confirmed|urgent|done"),
)  # fmt: skip
FIELDS: Final = tuple((kind, re.compile(rf"\b(?:{words})\b")) for kind, words in WORDS)
NAMED_TYPES: Final[dict[str, FieldType]] = {
    "texto": "text", "text": "text", "texto largo": "long_text", "long text": "long_text", "numero": "decimal", "number": "decimal",
    "numero entero": "integer", "entero": "integer", "whole number": "integer", "integer": "integer", "dinero": "money", "money": "money",
    "fecha": "date", "date": "date", "fecha y hora": "datetime", "date and time": "datetime", "hora": "datetime", "correo": "email",
    "email": "email", "telefono": "phone", "phone": "phone", "enlace": "url", "link": "url", "archivo": "file", "file": "file",
    "si o no": "boolean", "si no": "boolean", "yes or no": "boolean", "yes no": "boolean",
}  # fmt: skip
IN_BRACKETS: Final = re.compile(r"^(.*?)\s*\(([^()]*)\)\s*$")


def label_of(text: str) -> str:
    """'  número de serie ' → 'Número de serie'."""
    bare = " ".join(text.split())[:LABEL_CHARACTERS_MAX].strip()
    return bare[:1].upper() + bare[1:]


def key_of(label: str, use: Use, taken: Iterable[str] = ()) -> str:
    """Free among `taken`, also from names that only look different (`a1`, `a_1`)."""
    key = suggested_key(label)
    if is_reserved(use, key):
        key = another_key(use, key)
    known = {one.replace("_", "") for one in taken}
    wanted, number = key, 2
    while wanted.replace("_", "") in known or is_reserved(use, wanted):
        wanted, number = f"{key[:36].rstrip('_')}_{number}", number + 1
    return wanted


def singular(word: str, language: str) -> str:
    """Of the first word in Spanish ('órdenes de trabajo'), of the last in English ('work orders')."""
    first, _, rest = word.partition(" ")
    if language == "es":
        return " ".join(filter(None, [_singular_es(first), rest]))
    head, _, last = word.rpartition(" ")
    return " ".join(filter(None, [head, _singular_en(last)]))


def plural(word: str, language: str) -> str:
    first, _, rest = word.partition(" ")
    if language == "es":
        return " ".join(filter(None, [_plural_es(first), rest]))
    head, _, last = word.rpartition(" ")
    return " ".join(filter(None, [head, _plural_en(last)]))


def _singular_es(word: str) -> str:
    if re.search(r"[áéíóú]\w*enes$", word):  # 'órdenes' → 'orden'
        return plain(word)[:-2]
    for ending, instead in (("ciones", "ción"), ("siones", "sión"), ("ones", "ón"), ("ces", "z")):
        if word.endswith(ending):
            return word.removesuffix(ending) + instead
    if re.search(r"[rlnd]es$", word):
        return word[:-2]
    return word[:-1] if word.endswith("s") and len(word) > 3 else word


def _plural_es(word: str) -> str:
    if word.endswith("s"):
        return word
    if word.endswith("ón"):
        return word[:-2] + "ones"
    if word.endswith("z"):
        return word[:-1] + "ces"
    return word + ("s" if word[-1:] in "aeiouáéó" else "es")


def _singular_en(word: str) -> str:
    if word.endswith("ies"):
        return word[:-3] + "y"
    if re.search(r"(ss|sh|ch|x)es$", word):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def _plural_en(word: str) -> str:
    if re.search(r"[^aeiou]y$", word):
        return word[:-1] + "ies"
    if re.search(r"(ss|sh|ch|x)$", word):
        return word + "es"
    return word if word.endswith("s") else word + "s"


def field_of(text: str, taken: Iterable[str], entities: dict[str, tuple[str, str]]) -> Data:
    """'estado (nuevo, usado)' → a choice; 'precio' → money; 'cliente' → a reference, where there are customers.

    `entities`: key → (label, plural).
    """
    said, within = _brackets(text)
    label = label_of(said)
    field: Data = {"key": key_of(said, "field", taken), "label": label, "type": "text"}
    if options := _options(within):
        return {**field, "type": "choice", "options": options}
    if within and (named := NAMED_TYPES.get(plain(within))):
        return {**field, "type": named}
    for key, names in entities.items():
        if plain(said) in map(plain, names):
            return {**field, "type": "reference", "to": key}
    return {**field, "type": type_of(said)}


def type_of(label: str) -> FieldType:
    said = plain(label)
    for kind, words in FIELDS:
        if words.search(said):
            return kind
    return "text"


def _brackets(text: str) -> tuple[str, str]:
    found = IN_BRACKETS.match(text)
    return (found.group(1), found.group(2)) if found else (text, "")


def _options(within: str) -> list[Data]:
    options: list[Data] = []
    for text in [one.strip() for one in re.split(r"[,/;|]", within) if one.strip()]:
        taken = [option["key"] for option in options]
        options.append({"key": key_of(text, "dashboard", taken), "label": label_of(text)})
    return options if len(options) > 1 else []
