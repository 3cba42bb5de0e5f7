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

MAX_BYTES = 256 * 1024
MAX_DEPTH = 20


class UnreadableMvsFile(Exception):
    """The file can't be read as an MVS; the message names the line and the cure."""


def load_mvs_file(path: Path | str) -> dict[str, Any]:
    data = load_mvs_text(_text(Path(path)))
    if not isinstance(data, dict):
        raise UnreadableMvsFile(
            f"{str(path)!r} holds no MVS. It begins with 'fragua: 1'; see docs/mvs.md."
        )
    return data


def load_mvs_text(text: str) -> object:
    """JSON is YAML too, so one reader does for both."""
    try:
        return yaml.load(text, Loader=_PlainLoader)  # noqa: S506 (a SafeLoader that knows less)
    except yaml.YAMLError as error:
        raise UnreadableMvsFile(_explained(error)) from None
    except (ValueError, RecursionError):
        raise UnreadableMvsFile(
            "A number is too long or the nesting too deep. Simplify it."
        ) from None


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UnreadableMvsFile(f"{str(path)!r} can't be opened: {error.strerror}.") from None
    if len(data) > MAX_BYTES:
        raise UnreadableMvsFile(
            f"{str(path)!r} is larger than 256 KiB. Describe less: fewer demo rows."
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableMvsFile(f"{str(path)!r} is not UTF-8 text. Save it as UTF-8.") from None


def _explained(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    where = f"Line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    return f"{where}{problem}. Texts with a comma, a colon or a # go in quotes."


class _PlainLoader(yaml.SafeLoader):
    """SafeLoader without aliases, tags, repeated keys and guessed dates; `true` and `false` are the only booleans."""

    depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise yaml.composer.ComposerError(
                None, None, "anchors and aliases (& and *) are not read", event.start_mark
            )
        if getattr(event, "tag", None):
            raise yaml.composer.ComposerError(None, None, "tags (!) are not read", event.start_mark)
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise yaml.composer.ComposerError(None, None, "nested too deeply", event.start_mark)
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.value in seen:
                problem = f"the key {str(key.value)[:60]!r} is there twice or is no word"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
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
