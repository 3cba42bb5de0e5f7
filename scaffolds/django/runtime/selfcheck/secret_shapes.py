"""Shapes of secrets that must never be written into source.

In: text. Out: (line, what it looks like). Callers: `rules.py`, and the same file inside every app (`selfcheck/`; a
test compares the two). The surprise: standard library only, because the candidate has nothing else.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator

SHAPES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("a private key", re.compile(r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----")),
    ("an AWS access key", re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b")),
    ("a Stripe key", re.compile(r"\b[rs]k_(?:live|test)_[0-9A-Za-z]{16,}")),
    ("a webhook secret", re.compile(r"\bwhsec_[0-9A-Za-z]{16,}")),
    ("a model provider's key", re.compile(r"\bsk-(?:ant-|proj-)?[0-9A-Za-z_-]{20,}")),
    (
        "a GitHub token",
        re.compile(r"\b(?:gh[opsur]_[0-9A-Za-z]{30,}|github_pat_[0-9A-Za-z_]{30,})"),
    ),
    ("a Slack token", re.compile(r"\bxox[abprs]-[0-9A-Za-z-]{10,}")),
    ("a Google key", re.compile(r"\bAIza[0-9A-Za-z_-]{35}\b")),
    (
        "a signed token",
        re.compile(r"\beyJ[0-9A-Za-z_-]{10,}\.eyJ[0-9A-Za-z_-]{10,}\.[0-9A-Za-z_-]{10,}"),
    ),
    (
        "a password in a URL",
        re.compile(r"\b[a-z][a-z0-9+]{2,20}://[^\s/:@'\"]{1,60}:[^\s/@'\"{}<>]{3,}@"),
    ),
)
_ASSIGNED = re.compile(
    r"(?i)\b[a-z0-9_.]*(?:password|passwd|secret|token|api_?key|credential)[a-z0-9_]*"
    r"['\"]?\s*[:=]\s*['\"](?P<value>[^'\"\s]{12,200})['\"]"
)
MIN_BITS_PER_CHARACTER = 3.2


def secrets_in(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.splitlines(), start=1):
        for name, shape in SHAPES:
            if shape.search(line):
                yield number, name
                break
        else:
            match = _ASSIGNED.search(line)
            if match and _looks_random(match["value"]):
                yield number, "a secret given to a name"


def _looks_random(value: str) -> bool:
    """Words are told from keys by their letters: keys mix digits and letters and repeat little."""
    mixed = any(c.isdigit() for c in value) and any(c.isalpha() for c in value)
    counts = Counter(value).values()
    bits = -sum(n / len(value) * math.log2(n / len(value)) for n in counts)
    return mixed and bits >= MIN_BITS_PER_CHARACTER
