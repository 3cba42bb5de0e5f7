"""What a kind of letter is: what it must know, what it is called, where its link leads, how long its token lives.

In: nothing. Out: `Kind`, `Token`. Callers: `letters.py`, `letters_of_billing.py`, which list them. The surprise: none of it
is a letter's text; that is templates/<language>/<kind>.jinja.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

Locale = Literal["es", "en"]
Purpose = Literal["sign_up", "password_reset", "invitation"]


@dataclass(frozen=True, kw_only=True)
class Token:
    purpose: Purpose
    lives: timedelta
    command: str
    """What the command line does with it."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    needs: frozenset[str]
    """`email` where it goes to an address, `user_id` where it goes to a person we know."""
    may_know: frozenset[str] = frozenset()
    page: str
    """Where its link leads, after the public URL."""
    token: Token | None = None
    """What its link carries; made when the letter leaves."""
    subjects: Mapping[Locale, str]
    """With the facts of the template in braces."""
