"""An MVS file from disk, as plain data.

In: a path to YAML or JSON. Out: a dictionary of JSON's own types, or `UnreadableMvsFile` saying what to do. Callers: the
commands. The surprise: this reads less than YAML: no anchors or aliases (a few bytes can become gigabytes), no tags, no
key twice, and what looks like a date stays the text it is.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from cli.mvs_file_texts import TEXTS

MAX_BYTES = 256 * 1024
MAX_DEPTH = 20


class UnreadableMvsFile(Exception):
    """The file can't be read as an MVS; what is told names the line and the cure, in English or Spanish."""

    def __init__(self, code: str, **facts: Any) -> None:
        self.code, self.facts = code, facts
        super().__init__(self.as_problem("en")["detail"])

    def as_problem(self, language: str) -> dict[str, str]:
        texts = TEXTS["es" if language == "es" else "en"]
        problem = self.facts.get("problem", "")
        facts = {**self.facts, "problem": texts.get(problem, problem)}
        return {"title": texts["title"], "detail": texts[self.code].format(**facts)}


def load_mvs_file(path: Path | str) -> dict[str, Any]:
    data = load_mvs_text(_text(Path(path)))
    if not isinstance(data, dict):
        raise UnreadableMvsFile("no_mvs", path=str(path))
    return data


def load_mvs_text(text: str) -> object:
    """JSON is YAML too, so one reader does for both."""
    try:
        return yaml.load(text, Loader=_PlainLoader)  # noqa: S506 (a SafeLoader that knows less)
    except yaml.YAMLError as error:
        raise _explained(error) from None
    except (ValueError, RecursionError):
        raise UnreadableMvsFile("too_complex") from None


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        kind = type(error).__name__
        problem = kind if kind in TEXTS["en"] else str(error.strerror)
        raise UnreadableMvsFile("closed", path=str(path), problem=problem) from None
    if len(data) > MAX_BYTES:
        raise UnreadableMvsFile("too_large", path=str(path), limit=MAX_BYTES // 1024)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableMvsFile("not_utf8", path=str(path)) from None


def _explained(error: yaml.YAMLError) -> UnreadableMvsFile:
    """The reader's own problems are codes of the texts; PyYAML's stay in its English."""
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    if mark is None:
        return UnreadableMvsFile("not_yaml", problem=problem)
    place = {"line": mark.line + 1, "column": mark.column + 1}
    return UnreadableMvsFile("not_yaml_here", problem=problem, **place)


class _PlainLoader(yaml.SafeLoader):
    """SafeLoader without aliases, tags, repeated keys and guessed dates; `true` and `false` are the only booleans."""

    depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise yaml.composer.ComposerError(None, None, "aliases", event.start_mark)
        if getattr(event, "tag", None):
            raise yaml.composer.ComposerError(None, None, "tags", event.start_mark)
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise yaml.composer.ComposerError(None, None, "too_deep", event.start_mark)
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(None, None, "no_word", key.start_mark)
            if key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, "twice", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


# YAML 1.1 also reads 17:30 as 1050, 012 as 10, on as true and .inf as a number; none of that here.
READ = {
    "bool": (r"^(?:true|True|false|False)$", "tTfF"),
    "int": (r"^-?(?:0|[1-9][0-9]{0,18})$", "-0123456789"),
    "float": (r"^-?[0-9]{1,15}\.[0-9]{1,15}$", "-0123456789"),
    "null": (r"^(?:~|null|Null|)$", ["~", "n", "N", ""]),
}
_PlainLoader.yaml_implicit_resolvers = {}
for kind, (pattern, first) in READ.items():
    _PlainLoader.add_implicit_resolver(
        f"tag:yaml.org,2002:{kind}", re.compile(pattern), list(first)
    )
