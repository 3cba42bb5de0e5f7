"""How an offline conversation begins: a brief, a blueprint that fits it, or a list of things.

In: the first words, the shelf. Out: `Outcome`, with an MVS once there is something to start from. Callers: `guide`,
`conversation`. The surprise: when several blueprints fit, the best one is taken at once and the others are offered;
starting wrongly and changing one's mind costs one number.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from chalicelib.catalog.records import Blueprint, Overlay
from chalicelib.discovery.applying import applied
from chalicelib.discovery.asking import Ask
from chalicelib.discovery.changes import read_changes
from chalicelib.discovery.diff import diff
from chalicelib.discovery.drafting import THINGS_MAX, first_draft
from chalicelib.discovery.guide_texts import SAID
from chalicelib.discovery.lexicon import thing_called
from chalicelib.discovery.naming import label_of
from chalicelib.discovery.phrases import items, numbers
from chalicelib.discovery.proposals import joined
from chalicelib.discovery.records import Data, Outcome
from chalicelib.discovery.shelf import Shelf, heard, industry_heard, started
from chalicelib.discovery.understanding import name_in
from chalicelib.errors import NotFound
from chalicelib.mvs.spec import Locale, Mvs

OTHERS_MAX: Final = 3
WORDS_OF_A_THING: Final = 4
LOCALES: Final[tuple[Locale, ...]] = ("es", "en")
START: Final = "start"
NAMED: Final = "named"
"""The brief said what the business is called."""


def opening(locale: Locale, shelf: Shelf) -> Outcome:
    """Nothing was said yet."""
    words = SAID[locale]
    reply = f"{words['hello']}\n\n{words['brief']}"
    if shelf.blueprints:
        reply += f"\n{words['choices']}{_names(shelf.blueprints, locale)}"
    return Outcome(reply=reply, ask=_choice(shelf.blueprints, locale).as_data())


def begun(said: str, locale: Locale, shelf: Shelf, industry: str | None = None) -> Outcome:
    """`mvs` is None when there is still nothing to start from; the reply then says what would help."""
    matched = heard(shelf, said)
    if names := _things(said):
        return _from_list(names, matched, locale)
    if matched:
        overlay = shelf.overlay(industry) if industry else industry_heard(shelf, said, matched[0])
        return from_blueprint(matched[0], overlay, locale, said=said, others=matched[1:])
    return _lost(locale, shelf)


def chosen(said: str, ask: Ask, shelf: Shelf) -> Blueprint | None:
    """By a number of the list that was shown."""
    number = next(iter(numbers(said, len(ask.options))), 0)
    key = ask.options[number - 1].get("blueprint") if number else None
    try:
        return shelf.blueprint(key) if key else None
    except NotFound:
        return None


def from_blueprint(
    blueprint: Blueprint,
    overlay: Overlay | None,
    locale: Locale,
    *,
    said: str = "",
    others: Sequence[Blueprint] = (),
    before: Data | None = None,
) -> Outcome:
    words = SAID[locale]
    name = name_in(said)
    mvs, laid = started(blueprint, overlay, locale, name or None)
    things = joined([entity["plural"].lower() for entity in mvs["entities"]], locale)
    industry = words["industry"].format(industry=laid.name(locale).lower()) if laid else ""
    reply = words["start"].format(
        blueprint=blueprint.name(locale), industry=industry, things=things
    )
    if others := others[:OTHERS_MAX]:
        reply += f"\n{words['others']}{_names(others, locale)}"
    settings = {"title": mvs["name"], "blueprint_key": blueprint.key}
    settings |= {"industry": laid.key} if laid else {}
    return Outcome(
        reply=reply,
        ask=Ask(NAMED if name else START, _choices(others, locale)).as_data(),
        mvs=mvs,
        diff=tuple(diff(before, mvs, locale)),
        settings=settings,
    )


def name_question(mvs: Mvs, ask: Ask, locale: Locale) -> tuple[str, Ask]:
    """A yes keeps the name there is; a number takes another blueprint after all."""
    words = SAID[locale]
    keep = words["proposal"].format(words=words["keep_name"].format(name=mvs.name))
    return f"{words['name']}\n{keep}", Ask("name", ask.options)


def _things(said: str) -> list[str]:
    """A list of names, not a sentence: three of them, or two that are things we know."""
    names = items(said)
    if not all(len(name.split()) <= WORDS_OF_A_THING for name in names):
        return []
    known = [name for name in names if any(thing_called(name, to).words for to in LOCALES)]
    is_list = len(names) > 2 or (len(known) == len(names) > 1)
    return names[:THINGS_MAX] if is_list else []


def _from_list(names: list[str], others: Sequence[Blueprint], locale: Locale) -> Outcome:
    words, others = SAID[locale], others[:OTHERS_MAX]
    changes = first_draft(names, name="", locale=locale)
    mvs = applied(None, read_changes(changes), locale=locale, language=locale)
    things = joined([entity["plural"].lower() for entity in mvs["entities"]], locale)
    reply = words["drafted"].format(things=things)
    if others:
        reply += f"\n{words['or_blueprint']}{_names(others, locale)}"
    return Outcome(
        reply=reply,
        ask=Ask(START, _choices(others, locale)).as_data(),
        changes=tuple(changes),
        mvs=mvs,
        diff=tuple(diff(None, mvs, locale)),
        settings={"title": label_of(", ".join(names))},
    )


def _lost(locale: Locale, shelf: Shelf) -> Outcome:
    words = SAID[locale]
    if not shelf.blueprints:
        return Outcome(reply=words["no_blueprints"], ask=Ask("brief").as_data())
    reply = words["unknown_business"] + _names(shelf.blueprints, locale)
    return Outcome(reply=reply, ask=_choice(shelf.blueprints, locale).as_data())


def _choice(blueprints: Sequence[Blueprint], locale: Locale) -> Ask:
    return Ask("brief", _choices(blueprints, locale), "one")


def _choices(blueprints: Sequence[Blueprint], locale: Locale) -> tuple[Data, ...]:
    return tuple({"words": one.name(locale), "blueprint": one.key} for one in blueprints)


def _names(blueprints: Sequence[Blueprint], locale: Locale) -> str:
    return "".join(f"\n  {n}. {one.name(locale)}" for n, one in enumerate(blueprints, 1))
