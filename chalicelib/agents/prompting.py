"""Prompts: templates filled with data, and the hash of the templates they were made from.

In: a role, a template's name, plain data. Out: `Prompted`. Callers: every role, discovery's too.
The surprise: a template can't print somebody's words by mistake. A text is refused unless it went through `as_data`, which
puts it between marks that the text itself can't close, or is a plain name, number or path.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from chalicelib.agents.ports import Role

PROMPTS: Final = Path(__file__).parent / "prompts"
SHARED: Final = "shared"
"""Templates that those of every role may include; so they are part of every role's hash."""
PLAIN: Final = re.compile(r"[A-Za-z0-9_.,/#:-]{0,200}")
"""What a template may print without marks: names of ours, paths, ids. Not a word with a space: that could be a sentence."""
UNSEEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff"
    "\ufff9-\uffff\U000e0000-\U000e0fff]"
)
"""Letters nobody sees: a person who reads a text approves of something else than what a model reads."""
INSTEAD: Final = "\N{REPLACEMENT CHARACTER}"


@dataclass(frozen=True)
class Prompted:
    text: str
    sha256: str
    """Of the role's templates and the shared ones, whatever was filled in."""


class Delimited(str):
    """Text between marks; made by `as_data` alone."""


class BarePromptText(Exception):
    """A template of ours would have printed a text outside of marks: ours to repair, never answered."""


def prompt(role: Role, name: str, **data: Any) -> Prompted:
    """`prompt("codegen", "module", …)` fills `prompts/codegen/module.md.jinja`."""
    text = _environment().get_template(f"{role}/{name}.md.jinja").render(**data)
    return Prompted(text, prompt_sha256(role))


@cache
def prompt_sha256(role: Role) -> str:
    digest = sha256()
    for path in sorted([*PROMPTS.glob(f"{role}/*.jinja"), *PROMPTS.glob(f"{SHARED}/*.jinja")]):
        source = path.read_bytes()
        digest.update(f"{path.relative_to(PROMPTS).as_posix()}\0{len(source)}\0".encode())
        digest.update(source)
    return digest.hexdigest()


def as_data(name: str, text: str) -> Delimited:
    """The closing mark is made of the text's own hash, and the text is looked through for it."""
    if not re.fullmatch(r"[a-z][a-z0-9_-]{0,60}", name):
        raise BarePromptText(f"{name[:60]!r} is no name for a block.")
    seen = UNSEEN.sub(INSTEAD, text)
    mark = sha256(seen.encode()).hexdigest()[:12]
    while mark in seen:
        mark = sha256((mark + seen).encode()).hexdigest()[:12]
    return Delimited(f'<data-{mark} name="{name}">\n{seen}\n</data-{mark}>')


def _refuse_bare(value: Any) -> Any:
    """Jinja asks this of whatever a template prints."""
    if isinstance(value, Delimited | bool | int):
        return value
    if isinstance(value, str) and PLAIN.fullmatch(value):
        return value
    raise BarePromptText("A prompt prints a text outside of marks; put it through `data`.")


@cache
def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(PROMPTS),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
        finalize=_refuse_bare,
    )
    environment.filters["data"] = lambda text, name: as_data(name, text)
    return environment
