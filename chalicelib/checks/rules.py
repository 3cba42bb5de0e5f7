"""Static rules over a business layer, before anything of it is executed.

In: path → text and the names of the modules. Out: every finding, in the order of the paths. Callers: Assemble and
RunChecks. The surprise: platform code never imports what it judges; it reads text and syntax trees only.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Collection, Iterator, Mapping

from chalicelib.checks.care_rules import care_findings
from chalicelib.checks.findings import Finding, at
from chalicelib.checks.imports import import_findings
from chalicelib.checks.lists import IDIOMS
from chalicelib.checks.migration_rules import is_migration, migration_findings
from chalicelib.checks.paths import path_findings
from chalicelib.checks.python_rules import python_findings
from chalicelib.checks.screen_rules import screen_findings
from chalicelib.checks.secret_shapes import secrets_in
from chalicelib.checks.template_rules import template_findings

_CODING = re.compile(r"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)", re.MULTILINE)
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
MAX_FINDINGS = 500


def source_findings(tree: Mapping[str, str], modules: Collection[str]) -> tuple[Finding, ...]:
    """Every rule broken by this business layer; empty when it may be executed."""
    found = list(path_findings(tree, modules))
    for path in sorted(tree):
        found.extend(_file_findings(path, tree[path]))
    return tuple(found[:MAX_FINDINGS])


def _file_findings(path: str, text: str) -> Iterator[Finding]:
    for match in _INVISIBLE.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        yield at(
            path, line, "invisible", "an invisible or control character hides what the code does"
        )
        break
    for line, what in secrets_in(text):
        yield at(path, line, "secret", f"this looks like {what}; secrets come from the environment")
    if path.endswith(".py"):
        yield from _python(path, text)
    elif path.endswith(".json"):
        yield from _json(path, text)
    elif path.endswith(".html"):
        yield from template_findings(path, text)
        yield from screen_findings(path, text)


def _python(path: str, text: str) -> Iterator[Finding]:
    declared = _CODING.search("\n".join(text.splitlines()[:2]))
    if declared and declared[1].lower() not in {"utf-8", "utf8"}:
        yield at(path, 1, "encoding", "Python files are UTF-8 without another coding line")
    try:
        tree = ast.parse(_without_idioms(path, text), filename=path)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        yield at(
            path, getattr(error, "lineno", None), "syntax", f"Python can't read it: {error}"[:300]
        )
        return
    yield from import_findings(path, tree)
    yield from python_findings(path, tree)
    yield from care_findings(path, tree)
    if is_migration(path):
        yield from migration_findings(path, tree)


def _json(path: str, text: str) -> Iterator[Finding]:
    try:
        json.loads(text)
    except (ValueError, RecursionError) as error:
        yield at(path, getattr(error, "lineno", None), "json", f"not JSON: {error}"[:300])


def _without_idioms(path: str, text: str) -> str:
    for where, phrase in IDIOMS:
        if where in path:
            text = text.replace(phrase, "\n" if phrase.endswith("\n") else "None")
    return text
