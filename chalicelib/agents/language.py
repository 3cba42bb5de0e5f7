"""Whether a text is in the language it should be in: by the small words that every sentence has.

In: prose, `es` or `en`. Out: yes or no. Callers: the roles that write for people, to send a reply back.
The surprise: it says no only when it is sure; a few words, or a text full of names, pass.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

SPANISH: Final = """
el la los las un una de del al que y en con por para se su sus no más cuando está como lo o si ya cada sin entre desde hasta
también ser es son puede hay
"""
ENGLISH: Final = """
the a an of to and in with by for is are was be it its that this when on as or if not more each without between from until
also can there has have they
"""
WORDS: Final = {"es": frozenset(SPANISH.split()), "en": frozenset(ENGLISH.split())}
SURE: Final = 8
"""Small words of the other language before anything is said."""


def is_in(texts: Iterable[str], language: str) -> bool:
    found = {name: 0 for name in WORDS}
    for word in re.findall(r"[^\W\d_]+", " ".join(texts).lower()):
        for name, small in WORDS.items():
            found[name] += word in small
    others = max(count for name, count in found.items() if name != language)
    return others < SURE or others <= 2 * found[language]
