"""A conversation from the person's side: begun, spoken to, edited by hand, taken back, tried again, ended.

In: ids of the caller's own tenant, words. Out: `Discovery`, `Turn`. Callers: the HTTP door, imports. The surprise: the
offline guide answers within the request; a model answers in the background, and whoever reads first settles its turn.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final
from uuid import UUID

from chalicelib.discovery import answering, beginning, guide
from chalicelib.discovery.answering import Background
from chalicelib.discovery.asking import read_ask
from chalicelib.discovery.diff import diff
from chalicelib.discovery.guide_texts import SAID
from chalicelib.discovery.ports import DiscoveryStore
from chalicelib.discovery.records import (
    TITLE_CHARACTERS_MAX,
    Beginning,
    Begun,
    Data,
    Discovery,
    Kind,
    Outcome,
    Step,
    Turn,
)
from chalicelib.discovery.shelf import Shelf
from chalicelib.errors import BudgetReached, Conflict
from chalicelib.mvs.reading import read_mvs
from chalicelib.mvs.spec import Locale

OFFLINE: Final = "offline"
LOOKED_BACK: Final = (10, 50, 200)
"""Turns among which a change to take back is looked for, first among few."""


def begin(
    tenant_id: UUID,
    asked: Beginning,
    *,
    locale: Locale,
    by: str,
    shelf: Shelf,
    discoveries: DiscoveryStore,
    background: Background,
) -> Discovery:
    """Raises `NotFound` for an unknown blueprint or industry, `BudgetReached`."""
    first = _first_outcome(asked, locale, shelf)
    title = _title(asked.brief, locale)
    discovery = discoveries.create(
        tenant_id,
        Begun(
            title=title,
            locale=locale,
            engine=asked.engine,
            by=by,
            first=None if first is None else _message(_said_first(asked), first, by),
        ),
    )
    if asked.engine == OFFLINE or not asked.brief:
        return discovery
    try:
        answering.ask(
            discovery,
            asked.brief,
            by=by,
            shelf=shelf,
            discoveries=discoveries,
            background=background,
        )
    except BudgetReached:
        discoveries.abandon(tenant_id, discovery.id, by=by)
        raise
    return discovery


def _message(said: str, outcome: Outcome, by: str) -> Step:
    return Step(kind="message", said=said, outcome=outcome, by=by)


def _said_first(asked: Beginning) -> str:
    """A model answers the brief in a turn of its own."""
    return asked.brief if asked.engine == OFFLINE else ""


def _first_outcome(asked: Beginning, locale: Locale, shelf: Shelf) -> Outcome | None:
    """What is said before anybody has to think; None when a model begins by answering the brief."""
    said, industry = _said_first(asked), asked.industry
    heard = guide.Heard(said=said, mvs=None, ask=read_ask(None), locale=locale, industry=industry)
    overlay = shelf.overlay(industry) if industry else None
    if asked.blueprint:
        blueprint = shelf.blueprint(asked.blueprint)
        begun = beginning.from_blueprint(blueprint, overlay, locale, said=asked.brief)
        return guide.opened(begun, heard)
    kept = {"industry": industry} if industry else {}
    if said:
        outcome = guide.answer(heard, shelf)
        return replace(outcome, settings={**kept, **outcome.settings})
    if asked.brief:
        return None
    return replace(beginning.opening(locale, shelf), settings=kept)


def _title(brief: str, locale: Locale) -> str:
    words = " ".join(brief.split())
    if not words:
        return SAID[locale]["title"]
    return words if len(words) <= TITLE_CHARACTERS_MAX else words[: TITLE_CHARACTERS_MAX - 1] + "…"


def say(
    tenant_id: UUID,
    discovery_id: UUID,
    said: str,
    *,
    by: str,
    shelf: Callable[[], Shelf],
    discoveries: DiscoveryStore,
    background: Background,
) -> Turn:
    """Raises `Conflict` while another turn is being answered, `BudgetReached`."""
    discovery = read(tenant_id, discovery_id, discoveries=discoveries, background=background)
    if discovery.engine != OFFLINE:
        return answering.ask(
            discovery,
            said,
            by=by,
            shelf=shelf(),
            discoveries=discoveries,
            background=background,
        )
    heard = guide.Heard(
        said=said,
        mvs=discovery.mvs,
        ask=read_ask(_last_ask(discovery, discoveries)),
        locale=discovery.locale,
        industry=discovery.industry,
    )
    step = _message(said, guide.answer(heard, shelf()), by)
    return discoveries.add(tenant_id, discovery_id, step, version=discovery.mvs_version)


def _last_ask(discovery: Discovery, discoveries: DiscoveryStore) -> Data | None:
    """An edit or a file in between asks nothing and does not make forget what was asked."""
    for turn in reversed(discoveries.latest(discovery.tenant_id, discovery.id)):
        if turn.ask is not None:
            return turn.ask
    return None


def retry(
    tenant_id: UUID,
    discovery_id: UUID,
    number: int,
    *,
    shelf: Callable[[], Shelf],
    discoveries: DiscoveryStore,
    background: Background,
) -> Turn:
    """Raises `Conflict` unless it is the last turn and it failed."""
    discovery = read(tenant_id, discovery_id, discoveries=discoveries, background=background)
    return answering.ask_again(
        discovery, number, shelf=shelf(), discoveries=discoveries, background=background
    )


def read(
    tenant_id: UUID, discovery_id: UUID, *, discoveries: DiscoveryStore, background: Background
) -> Discovery:
    """As it stands by now: a turn that was answered meanwhile is part of it."""
    discovery = discoveries.read(tenant_id, discovery_id)
    last = discoveries.latest(tenant_id, discovery_id, limit=1)
    if not last or last[0].status != "running":
        return discovery
    answering.settled(discovery, last[0], discoveries=discoveries, background=background)
    return discoveries.read(tenant_id, discovery_id)


def change(
    tenant_id: UUID,
    discovery_id: UUID,
    *,
    kind: Kind,
    said: str,
    by: str,
    make: Callable[[Discovery], Outcome],
    discoveries: DiscoveryStore,
    background: Background,
    version: int | None = None,
) -> Turn:
    """A step that is no message: `make` is given the discovery as it stands. Without a `version`, that one counts."""
    discovery = read(tenant_id, discovery_id, discoveries=discoveries, background=background)
    step = Step(kind=kind, said=said, outcome=make(discovery), by=by)
    seen = discovery.mvs_version if version is None else version
    return discoveries.add(tenant_id, discovery_id, step, version=seen)


def edited(mvs: object, *, language: str) -> Callable[[Discovery], Outcome]:
    """For `change`: the whole MVS, as somebody edited it. Raises `InvalidMvs` at once."""
    after = read_mvs(mvs, language=language).model_dump(mode="json", exclude_defaults=True)

    def make(discovery: Discovery) -> Outcome:
        found = diff(discovery.mvs, after, discovery.locale)
        words = SAID[discovery.locale]["edited"]
        settings = {"title": after["name"]}
        return Outcome(reply=words, mvs=after, diff=tuple(found), settings=settings)

    return make


def undo(
    tenant_id: UUID,
    discovery_id: UUID,
    *,
    by: str,
    discoveries: DiscoveryStore,
    background: Background,
) -> Turn:
    """Takes the last change back that was not taken back yet. Raises `Conflict` when there is none."""

    def make(discovery: Discovery) -> Outcome:
        before = _taken_back(tenant_id, discovery_id, discoveries)
        return Outcome(
            reply=SAID[discovery.locale]["undone"],
            mvs=before,
            diff=tuple(diff(discovery.mvs, before, discovery.locale)),
        )

    return change(
        tenant_id,
        discovery_id,
        kind="undo",
        said="",
        by=by,
        make=make,
        discoveries=discoveries,
        background=background,
    )


def _taken_back(tenant_id: UUID, discovery_id: UUID, discoveries: DiscoveryStore) -> Data:
    """What was before the last change that was not taken back yet. Looks no further than it must: each turn holds an MVS."""
    for looked_back in LOOKED_BACK:
        turns = discoveries.latest(tenant_id, discovery_id, limit=looked_back)
        if before := _before_last_change(turns):
            return before
        if len(turns) < looked_back:
            break
    raise Conflict("There is no change to take back.")


def _before_last_change(turns: tuple[Turn, ...]) -> Data | None:
    taken_back = 0
    for turn in reversed(turns):
        if turn.mvs_before is None:
            continue
        if turn.kind == "undo":
            taken_back += 1
        elif taken_back:
            taken_back -= 1
        else:
            return turn.mvs_before
    return None
