"""A letter as people read it: subject, text and HTML from one template, so that the two can't say different things.

In: kind, language, facts, link, token. Out: `Rendered`. Callers: `sending`. The surprise: templates/<language>/<kind>.jinja
is rendered twice, over templates/text/ and over templates/html/, which say what a paragraph, a button or a list of facts
looks like there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined

from chalicelib.mail.letters import KINDS, TIMES, Locale, Token
from chalicelib.mail.programs import program
from chalicelib.mail.wording import address, day, flowed, lasting, moment, shown
from chalicelib.mail.wording_of_money import money

TEMPLATES: Final = Path(__file__).parent / "templates"
EMPTY_LINES: Final = re.compile(r"\n\s*\n+")

Form = Literal["html", "text"]


@dataclass(frozen=True, kw_only=True)
class Rendered:
    subject: str
    text: str
    html: str


def render(
    kind: str, locale: Locale, facts: Mapping[str, str], *, link: str, token: str
) -> Rendered:
    known = readable(facts, locale)
    subject = KINDS[kind].subjects[locale].format_map(known)
    values = {**known, "subject": subject, "locale": locale, "link": link}
    values |= about_token(KINDS[kind].token, token, locale)
    template = f"{locale}/{kind}.jinja"
    text = environment("text").get_template(template).render(values)
    html = environment("html").get_template(template).render(values)
    return Rendered(subject=subject, text=EMPTY_LINES.sub("\n\n", text).strip() + "\n", html=html)


@cache
def environment(form: Form) -> Environment:
    """Templates are ours, facts are not: nothing undefined, nothing unescaped."""
    made = Environment(
        loader=ChoiceLoader([FileSystemLoader(TEMPLATES / form), FileSystemLoader(TEMPLATES)]),
        autoescape=form == "html",  # noqa: S701 - plain text has nothing to escape
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters["flowed"] = flowed
    return made


def readable(facts: Mapping[str, str], locale: Locale) -> dict[str, Any]:
    """What templates may say: times in words, programs by name, people's own words made harmless."""
    known = {name: shown(value) for name, value in facts.items()}
    for name in facts.keys() & TIMES:
        known[name] = moment(facts[name], locale)
        known[f"{name.removesuffix('at')}day"] = day(facts[name], locale)
    known["amount"] = money(facts["amount"], locale) if "amount" in facts else ""
    known["ip"] = address(facts.get("ip", ""))
    known["user_agent"] = shown(program(facts.get("user_agent", "")))
    return known


def about_token(token: Token | None, text: str, locale: Locale) -> dict[str, str]:
    if token is None:
        return {}
    as_argument = f"-- {text}" if text.startswith("-") else text
    return {"command": f"{token.command} {as_argument}", "lives": lasting(token.lives, locale)}
