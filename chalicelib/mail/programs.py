"""What people call the program behind a User-Agent header: "Firefox on Linux".

In: the header. Out: a few words, or the header itself where we don't know better. Callers: `rendering`.
The surprise: the order of the lists is the meaning. Nearly every browser claims to be some of the others as well.
"""

from __future__ import annotations

from typing import Final

PROGRAMS: Final = (
    ("fragua", "fragua"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
    ("python", "Python"),
)
SYSTEMS: Final = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
)


def program(user_agent: str) -> str:
    name = next((name for mark, name in PROGRAMS if mark in user_agent), user_agent)
    system = next((name for mark, name in SYSTEMS if mark in user_agent), "")
    return f"{name} · {system}" if system and name != user_agent else name
