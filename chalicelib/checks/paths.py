"""Which files a business layer may consist of, and how large they may be.

In: path → text. Out: findings. Callers: `rules.py`. The surprise: the list is closed; a file that the runtime would
never look for is refused too, because a reader of the app could not tell why it is there.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from chalicelib.checks.findings import Finding, at

MAX_FILES = 4000
MAX_TREE_BYTES = 20 * 1024 * 1024
MAX_FILE_BYTES = 256 * 1024
MAX_DATA_BYTES = 2 * 1024 * 1024
"""Demo data may be larger than code."""

_NAME = r"[a-z][a-z0-9_]{0,62}"
_APP_LEVEL = re.compile(
    rf"business/(?:{_NAME}\.py|__init__\.py|demo\.json"
    rf"|templates/business/{_NAME}\.html|templatetags/(?:__init__|{_NAME})\.py"
    rf"|tests/(?:__init__|test_{_NAME})\.py|README\.md)"
)
_IN_MODULE = re.compile(
    rf"business/(?P<module>{_NAME})/(?:(?:__init__|{_NAME})\.py"
    rf"|migrations/(?:__init__|[0-9]{{4}}_{_NAME})\.py"
    rf"|templates/(?P<folder>{_NAME})/{_NAME}\.html"
    rf"|tests/(?:__init__|test_{_NAME})\.py)"
)


def path_findings(tree: Mapping[str, str], modules: Collection[str]) -> Iterator[Finding]:
    if len(tree) > MAX_FILES:
        yield Finding(None, None, None, "too-many-files", f"{len(tree)} files, {MAX_FILES} at most")
    if sum(len(text) for text in tree.values()) > MAX_TREE_BYTES:
        yield Finding(None, None, None, "too-large", f"more than {MAX_TREE_BYTES} bytes in all")
    for path, text in tree.items():
        if not allowed(path, modules):
            yield Finding(None, path[:200], None, "forbidden-path", _cure(path))
        elif len(text.encode("utf-8", "surrogatepass")) > _limit(path):
            yield at(path, None, "too-large", f"the file is larger than {_limit(path)} bytes")


def allowed(path: str, modules: Collection[str]) -> bool:
    """Whether a business layer with these modules may hold this file."""
    if _APP_LEVEL.fullmatch(path):
        return True
    match = _IN_MODULE.fullmatch(path)
    if match is None or match["module"] not in modules:
        return False
    return match["folder"] in (None, match["module"])


def _cure(path: str) -> str:
    return f"{path[:120]!r} is not a file of the business layer; leave it out"


def _limit(path: str) -> int:
    return MAX_DATA_BYTES if path.endswith(".json") else MAX_FILE_BYTES
