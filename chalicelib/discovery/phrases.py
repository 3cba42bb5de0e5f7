"""Short answers, read without a model: yes, no, numbers of a list, lists of names, which things are mentioned.

In: what a person wrote, in English or Spanish. Out: booleans, numbers, texts, keys. Callers: the guide. The surprise: it
understands little and on purpose: what is not surely understood is not understood, and the guide says so.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Final

YES: Final = frozenset({
    "si", "s", "vale", "ok", "okay", "okey", "claro", "perfecto", "adelante", "correcto", "acepto", "bien", "dale", "de acuerdo",
    "por supuesto", "me parece bien", "esta bien", "eso es", "exacto", "genial", "venga", "asi esta bien", "todo", "todas", "todos",
    "yes", "y", "yep", "yeah", "sure", "fine", "go", "go ahead", "sounds good", "looks good", "correct", "great", "perfect", "all",
    "all of them", "please do", "do it", "agreed",
})  # fmt: skip
NO: Final = frozenset({
    "no", "n", "nada", "ninguno", "ninguna", "paso", "saltar", "salta", "siguiente", "omitir", "luego", "despues", "mas tarde", "no se",
    "no lo se", "no gracias", "ahora no", "mejor no", "otra cosa", "nope", "skip", "next", "later", "none", "nothing", "pass",
    "not now", "i dont know", "dont know", "no thanks", "no idea", "rather not",
})  # fmt: skip
MORE: Final = frozenset({
    "mas", "sigue", "seguir", "sigamos", "otra", "otra pregunta", "continua", "continuar", "preguntame mas", "go on", "more", "continue",
    "another", "keep going", "ask more", "ask me more",
})  # fmt: skip
OPENERS: Final = ("si", "vale", "claro", "perfecto", "ok", "yes", "sure", "okay")
POLITE: Final = frozenset({"por", "favor", "please", "gracias", "thanks", "me", "parece", "bien", "esta", "it", "is", "good", "that", "esa", "eso", "todo", "todas", "todos", "all", "asi", "adelante"})  # fmt: skip
ARTICLE: Final = re.compile(
    r"^(?:los|las|el|la|un|una|unos|unas|mis|nuestros|nuestras|the|an|a|our|my|y|e|and)\s+", re.I
)
ORDINALS: Final = frozenset("0123456789,;.y&+e- \t")
NUMBER: Final = re.compile(r"\d{1,4}")
NUMBERS_CHARACTERS_MAX: Final = 60
ITEMS_MAX: Final = 100
"""More is no list that a person types."""
SEPARATORS: Final = re.compile(r"[,;\n·•→>]|\s(?:y|e|and|&)\s|(?<=\w)\s*-\s+|->")
SPANISH: Final = frozenset({
    "el", "la", "los", "las", "un", "una", "de", "del", "que", "y", "en", "con", "para", "por", "se", "su", "sus", "mi",
    "mis", "nos", "lo", "es", "son", "tengo", "tenemos", "llevo", "llevar", "quiero", "clientes", "negocio", "empresa",
    "cada", "hay",
})  # fmt: skip
ENGLISH: Final = frozenset({
    "the", "an", "of", "and", "in", "with", "for", "to", "is", "are", "my", "our", "we", "i", "it", "its", "have",
    "has", "run", "want", "need", "customers", "business", "company", "every", "there", "that", "who",
})  # fmt: skip
ACCENTED: Final = re.compile(r"[áéíóúñ¿¡]", re.I)


def plain(text: str) -> str:
    """Lower case, without accents and punctuation."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(one for one in folded if not unicodedata.combining(one))
    return " ".join(re.findall(r"[\w]+", letters.replace("'", "").replace("’", "")))


def is_yes(text: str) -> bool:
    words = plain(text).split()
    if " ".join(words) in YES:
        return True
    return bool(words) and words[0] in OPENERS and all(word in POLITE | YES for word in words[1:])


def is_no(text: str) -> bool:
    return plain(text) in NO


def wants_more(text: str) -> bool:
    return plain(text) in MORE


def numbers(text: str, highest: int) -> list[int]:
    """'1 y 3' → [1, 3]; empty when it says anything else, or a number that is not on the list."""
    if not is_numbers(text):
        return []
    found = [int(one) for one in NUMBER.findall(text)]
    return list(dict.fromkeys(found)) if all(1 <= one <= highest for one in found) else []


def is_numbers(text: str) -> bool:
    said = text.strip().lower().replace(" and ", " ")
    return (
        len(said) <= NUMBERS_CHARACTERS_MAX and bool(NUMBER.search(said)) and set(said) <= ORDINALS
    )


def items(text: str) -> list[str]:
    """'clientes, pedidos (abierto, cerrado) y facturas' → three; what is in brackets stays together."""
    kept: list[str] = []

    def hide(found: re.Match[str]) -> str:
        kept.append(found.group(0))
        return f"\x00{len(kept) - 1}\x00"

    hidden = re.sub(r"\([^()]*\)", hide, text.replace("\x00", ""))
    parts = [part for part in SEPARATORS.split(hidden, maxsplit=ITEMS_MAX) if part][:ITEMS_MAX]
    shown = [re.sub(r"\x00(\d+)\x00", lambda m: kept[int(m.group(1))], part) for part in parts]
    return [one for one in map(_item, shown) if one]


def _item(text: str) -> str:
    bare = re.sub(r"^[\s\-*\d.)]+(?=\D)", "", text.strip()).strip(" .:¿?¡!\"«»“”'")
    previous = ""
    while bare != previous:
        previous, bare = bare, ARTICLE.sub("", bare)
    return bare.strip()


def lines_by_name(text: str) -> list[tuple[str, str]]:
    """'Recepción: da citas. Dentista: atiende' → pairs; empty when nothing is named."""
    found = re.findall(
        r"(?:^|[\n;.])\s*([^:\n;.]{1,80}):\s*([^\n;]+?)(?=[\n;]|\.\s+[^:\n;.]{1,80}:|$)", text
    )
    return [(name.strip(), said.strip()) for name, said in found]


def mentioned(text: str, names: Mapping[str, Iterable[str]]) -> list[str]:
    """Keys whose label is in the text, in the singular or the plural, in the order they are said."""
    said = f" {' '.join(map(stem, plain(text).split()))} "
    found: dict[str, int] = {}
    for key, labels in names.items():
        for label in labels:
            at = said.find(f" {' '.join(map(stem, plain(label).split()))} ")
            if at >= 0 and plain(label):
                found[key] = min(at, found.get(key, at))
    return sorted(found, key=found.__getitem__)


def stem(word: str) -> str:
    """Enough to find 'cita' in 'citas': 'camiones' → 'camion', 'companies' → 'compani'."""
    if len(word) > 4 and word.endswith("es"):
        return word[:-2]
    if len(word) > 3 and word.endswith(("s", "e", "y")):
        return word[:-1] + ("i" if word.endswith("y") else "")
    return word


def everybody(text: str) -> bool:
    said = f" {plain(text)} "
    words = (
        "todos",
        "todas",
        "todo el mundo",
        "cualquiera",
        "everybody",
        "everyone",
        "anyone",
        "all",
    )
    return any(f" {word} " in said for word in words)


def language_said(text: str) -> str | None:
    """`es` or `en`; None when too little was said to tell."""
    words = plain(text).split()
    es = sum(word in SPANISH for word in words) + 2 * bool(ACCENTED.search(text))
    en = sum(word in ENGLISH for word in words)
    if es == en:
        return None
    return "es" if es > en else "en"
