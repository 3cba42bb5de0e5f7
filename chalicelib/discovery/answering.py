"""A turn that a model answers: asked in the background, settled by whoever looks next.

In: a message, or a turn that runs. Out: `Turn`. Callers: `conversation`. The surprise: whoever answers has no database.
It reads `asked.json`, writes `answered.json`, and shows its words meanwhile; only here does an answer become part of
the conversation, and the MVS it carries is read again as if a stranger had sent it.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from chalicelib.discovery.answered import Answered, read_answered
from chalicelib.discovery.diff import diff
from chalicelib.discovery.ports import DiscoveryStore, Documents, Interviewers
from chalicelib.discovery.records import Data, Discovery, Failure, Outcome, Turn
from chalicelib.discovery.shelf import Shelf, offers
from chalicelib.errors import InvalidMvs, NotFound, PlatformError, TooLarge, Unavailable
from chalicelib.mvs.reading import read_mvs

ANSWER_WITHIN: Final = timedelta(seconds=330)
"""Longer than the Lambda may work."""
HISTORY_TURNS: Final = 12
ANSWER_BYTES_MAX: Final = 4 * 1024 * 1024
LOST: Final = {
    "en": "No answer came in time. Nothing of what you wrote is lost: try again.",
    "es": "No llegó respuesta a tiempo. No se ha perdido nada de lo que escribió: vuelva a intentarlo.",
}
NOT_CALLED: Final = {
    "en": "Nobody could be reached to answer. Nothing is lost: try again.",
    "es": "No se pudo avisar a nadie para responder. No se ha perdido nada: vuelva a intentarlo.",
}


@dataclass(frozen=True, kw_only=True)
class Background:
    """Who answers, where what is said lies, and what a turn may cost."""

    documents: Documents
    interviewers: Interviewers
    turn_microdollars_max: int
    month_microdollars_max: int


def folder(tenant_id: UUID, discovery_id: UUID, number: int, attempt: int) -> str:
    return f"discoveries/{tenant_id}/{discovery_id}/turns/{number}-{attempt}"


def ask(
    discovery: Discovery,
    said: str,
    *,
    by: str,
    shelf: Shelf,
    discoveries: DiscoveryStore,
    background: Background,
) -> Turn:
    """Raises `Conflict` while another turn runs, `BudgetReached`."""
    turn = discoveries.begin(
        discovery.tenant_id,
        discovery.id,
        said=said,
        by=by,
        reserve_microdollars=background.turn_microdollars_max,
        month_microdollars_max=background.month_microdollars_max,
    )
    return _send(discovery, turn, shelf=shelf, discoveries=discoveries, background=background)


def ask_again(
    discovery: Discovery,
    number: int,
    *,
    shelf: Shelf,
    discoveries: DiscoveryStore,
    background: Background,
) -> Turn:
    """Raises `Conflict` unless it is the last turn and it failed."""
    turn = discoveries.again(
        discovery.tenant_id,
        discovery.id,
        number,
        reserve_microdollars=background.turn_microdollars_max,
        month_microdollars_max=background.month_microdollars_max,
    )
    return _send(discovery, turn, shelf=shelf, discoveries=discoveries, background=background)


def _send(
    discovery: Discovery,
    turn: Turn,
    *,
    shelf: Shelf,
    discoveries: DiscoveryStore,
    background: Background,
) -> Turn:
    """A turn that nobody could be called for has failed at once: better than waiting for its deadline."""
    history = discoveries.latest(discovery.tenant_id, discovery.id, limit=HISTORY_TURNS + 1)
    where = folder(discovery.tenant_id, discovery.id, turn.number, turn.attempt)
    asked = _asked(discovery, turn, history, shelf)
    ended: list[Turn] = []

    def lost(error: PlatformError) -> None:
        failure = Failure(type(error).__name__, NOT_CALLED[discovery.locale])
        _call_off(where, failure, background.documents)
        ended.append(discoveries.finish(discovery.tenant_id, turn, failure, []))

    try:
        background.documents.write(f"{where}/asked.json", _bytes(asked))
    except Unavailable as error:
        lost(error)
    else:
        background.interviewers.call(_named(discovery, turn), lost)
    return ended[0] if ended else turn


def _named(discovery: Discovery, turn: Turn) -> dict[str, str | int]:
    return {
        "tenant_id": str(discovery.tenant_id),
        "discovery_id": str(discovery.id),
        "number": turn.number,
        "attempt": turn.attempt,
    }


def _call_off(where: str, failure: Failure, documents: Documents) -> None:
    """A call whose answer was lost may have arrived: whoever comes after all finds that it is over, and spends nothing."""
    told = {"failure": {"error": failure.error, "reason": failure.reason}}
    with suppress(Unavailable):
        documents.write(f"{where}/answered.json", _bytes(told))


def _asked(
    discovery: Discovery, turn: Turn, history: tuple[Turn, ...], shelf: Shelf
) -> dict[str, Any]:
    """All that whoever answers will know. Of failed turns nothing is told: they are this one, or were given up."""
    told = [one for one in history if one.status == "done" and one.number < turn.number]
    return {
        "locale": discovery.locale,
        "title": discovery.title,
        "said": turn.said,
        "mvs": discovery.mvs,
        "history": [{"said": one.said, "reply": one.reply} for one in told[-HISTORY_TURNS:]],
        "offers": offers(shelf, turn.said, discovery.locale) if discovery.mvs is None else [],
        "budget_microdollars": turn.reserved_microdollars,
        "answer_until": (turn.begun_at + ANSWER_WITHIN).isoformat(),
    }


def settled(
    discovery: Discovery, turn: Turn, *, discoveries: DiscoveryStore, background: Background
) -> Turn:
    """The turn as it stands by now; one that still runs comes back as it is."""
    if turn.status != "running":
        return turn
    answered = _answered(discovery, turn, background.documents)
    if answered is not None:
        outcome = _outcome(discovery, answered)
        return discoveries.finish(
            discovery.tenant_id, turn, outcome, answered.calls, was_seen=answered.is_read
        )
    if datetime.now(UTC) < turn.begun_at + ANSWER_WITHIN:
        return turn
    lost = Failure("Interrupted", LOST[discovery.locale])
    return discoveries.finish(discovery.tenant_id, turn, lost, [], was_seen=False)


def _answered(discovery: Discovery, turn: Turn, documents: Documents) -> Answered | None:
    where = folder(discovery.tenant_id, discovery.id, turn.number, turn.attempt)
    try:
        return read_answered(documents.read(f"{where}/answered.json", ANSWER_BYTES_MAX))
    except TooLarge:
        return read_answered(b"")
    except NotFound:
        return None


def _outcome(discovery: Discovery, answered: Answered) -> Outcome | Failure:
    if answered.failure is not None:
        return Failure(answered.failure.error, answered.failure.reason)
    mvs = _trusted(answered.mvs, discovery.locale)
    return Outcome(
        reply=answered.reply,
        changes=tuple(answered.changes) if mvs is not None else (),
        mvs=mvs,
        diff=() if mvs is None else tuple(diff(discovery.mvs, mvs, discovery.locale)),
        settings=answered.settings,
    )


def _trusted(mvs: Data | None, language: str) -> Data | None:
    """Whoever answered has checked it; that is no reason to believe it."""
    if mvs is None:
        return None
    try:
        return read_mvs(mvs, language=language).model_dump(mode="json", exclude_defaults=True)
    except InvalidMvs:
        return None


def _bytes(data: Data) -> bytes:
    return json.dumps(data, ensure_ascii=False).encode()
