"""What a brain reads in a request: the blocks of data by their names, files by their paths, ids of requirements.

In: `Asked`. Out: plain data. Callers: `brains.py`. The surprise: a brain sees what a model sees and nothing else; what a
prompt does not say, no brain here knows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

BLOCK = re.compile(r'<data-(\w+) name="([a-z0-9_-]+)">\n(.*?)\n</data-\1>', re.DOTALL)
FILE = re.compile(
    r'`([^`\n]+)` as it is now:\n\n<data-(\w+) name="file">\n(.*?)\n</data-\2>', re.DOTALL
)
RULE = re.compile(
    r'- (R\d+), `(\w+)`, `(test_\w+)`:\n+<data-(\w+) name="rule">\n(.*?)\n</data-\4>', re.DOTALL
)
ID = re.compile(r"\bR[1-9][0-9]{0,4}\b")


@dataclass(frozen=True)
class CodedRule:
    requirement: str
    class_name: str
    test: str
    sentence: str

    @property
    def function(self):
        return self.test.removeprefix("test_")


def blocks(text, name):
    """The texts of every block of that name."""
    return [found[3] for found in BLOCK.finditer(text) if found[2] == name]


def files(text):
    """The last version of each file that is shown."""
    return {found[1]: found[3] for found in FILE.finditer(text)}


def coded_rules(text):
    return [CodedRule(f[1], f[2], f[3], f[5]) for f in RULE.finditer(text)]


def ids(text):
    return list(dict.fromkeys(ID.findall(text)))


def module(text):
    found = re.search(r"Write the module `(\w+)`", text)
    return found[1] if found else ""
