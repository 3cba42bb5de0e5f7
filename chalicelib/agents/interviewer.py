"""Answers a turn of a conversation with a model: its words at once, its changes only if the MVS holds with them.

In: which turn; its `asked.json`. Out: `answered.json`, whatever happened. Callers: the task `answer_turn`. The surprise: it
has no database: it reads, shows and leaves documents, and somebody else makes them part of the conversation. A turn that
fails says so in words a person can act on, with what it cost.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from chalicelib.agents.asking import Asker, PriceList
from chalicelib.agents.booking import NO_PROMPT, UNSEEN
from chalicelib.agents.interviewing import (
    START_FROM,
    InterviewReply,
    first_question,
    mend,
    wanted_changes,
    words_so_far,
)
from chalicelib.agents.language import is_in
from chalicelib.agents.mending import MENDS_MAX
from chalicelib.agents.ports import Call, Chat, Usage
from chalicelib.agents.purses import Allowance
from chalicelib.agents.recordings import FolderRecorder
from chalicelib.discovery.answering import folder
from chalicelib.discovery.applying import applied
from chalicelib.discovery.changes import as_data, read_changes
from chalicelib.discovery.ports import TurnBoard
from chalicelib.discovery.records import Data
from chalicelib.errors import InvalidMvs, NotFound, PlatformError, UnreadableReply
from chalicelib.generation.ports import ArtifactStore
from chalicelib.settings import Settings

SHOWN_EVERY_S: Final = 0.25
ASKED_BYTES_MAX: Final = 4 * 1024 * 1024
DROPPED: Final = {
    "es": "(No he podido llevar ese cambio a la descripción; no se ha cambiado nada. Dígalo de otro modo.)",
    "en": "(I could not bring that change into the description; nothing was changed. Say it in other words.)",
}
FAILED: Final = {
    "ModelBusy": ("El modelo está ocupado. Vuelva a intentarlo en un momento.", "The model is busy. Try again in a moment."),
    "ModelAccountRefused": ("El proveedor del modelo no acepta nuestra cuenta. Avise a quien administra la plataforma.", "The model provider refuses our account. Tell whoever runs the platform."),
    "ModelRefused": ("El modelo no ha querido responder a esto. Dígalo de otro modo.", "The model declined to answer this. Say it in other words."),
    "BudgetReached": ("Responder podría costar más de lo que queda. Escriba algo más breve, o amplíe el presupuesto.", "Answering could cost more than is left. Write something shorter, or raise the budget."),
    "QuestionTooLong": ("La conversación ya no cabe en el modelo. Empiece otra a partir de esta descripción.", "The conversation no longer fits into the model. Begin another from this description."),
    "ReplyTooLong": ("La respuesta no ha cabido. Pida menos cambios a la vez.", "The answer did not fit. Ask for fewer changes at once."),
    "UnreadableReply": ("La respuesta no se ha podido leer. Vuelva a intentarlo.", "The answer could not be read. Try again."),
    "": ("Algo ha salido mal al responder. No se ha perdido nada: vuelva a intentarlo.", "Something went wrong while answering. Nothing is lost: try again."),
}  # fmt: skip


@dataclass(frozen=True)
class Turn:
    tenant_id: UUID
    discovery_id: UUID
    number: int
    attempt: int

    @property
    def purpose(self) -> str:
        return f"turn#{self.number}#{self.attempt}"

    @property
    def folder(self) -> str:
        return folder(self.tenant_id, self.discovery_id, self.number, self.attempt)


def answer(
    turn: Turn,
    *,
    chat: Callable[[], Chat],
    prices: PriceList,
    board: TurnBoard,
    artifacts: ArtifactStore,
    settings: Settings,
) -> str:
    """How it ended, for the log. Called twice, or at the same time, one answers; one that died is given up at its deadline."""
    if artifacts.exists(f"{turn.folder}/answered.json"):
        return "duplicate"
    try:
        asked = json.loads(artifacts.read(f"{turn.folder}/asked.json", ASKED_BYTES_MAX))
    except NotFound:
        return "nobody_asked"
    if datetime.now(UTC) > datetime.fromisoformat(asked["answer_until"]):
        return "too_late"
    if not board.claim(str(turn.discovery_id), turn.number, turn.attempt):
        return "duplicate"
    purse = Allowance(asked["budget_microdollars"])
    answered = failure(Exception(), asked["locale"])
    try:
        recorder = FolderRecorder(f"{turn.folder}/calls", artifacts)
        asker = Asker(chat(), purse, recorder, prices)
        answered = interview(asked, turn.purpose, asker, settings, _shower(turn, board))
    except PlatformError as error:
        answered = failure(error, asked["locale"])
    finally:
        # What nobody foresaw too: the person is told at once instead of after the deadline, and what was paid for is booked.
        answered["calls_made"] = calls_of(purse, turn)
        _leave(turn, answered, artifacts)
    return "failed" if "failure" in answered else "answered"


def interview(
    asked: Mapping[str, Any],
    purpose: str,
    asker: Asker,
    settings: Settings,
    show: Callable[[str], None],
) -> dict[str, Any]:
    """Asked again with the faults at most twice; then the words stay and the changes are dropped."""
    first = first_question(asked, purpose, settings)
    question, said = first, ""
    for number in range(MENDS_MAX + 1):
        reply: InterviewReply | None = None
        try:
            reply = asker.ask(question, lambda text: show(words_so_far(text)))
            said = reply.words
            return {"reply": said, **outcome(asked, reply)}
        except InvalidMvs as error:
            faults = [
                f"{one['path']}: {one['message']} {one['cure']}" for one in error.facts["errors"]
            ]
        except (UnreadableReply, ValueError) as error:
            faults = [str(error)]
        question = mend(first, reply, faults, number + 1)
    if not said:
        raise UnreadableReply("The reply could not be used, mended twice.")
    return {"reply": f"{said}\n\n{DROPPED[asked['locale']]}"}


def outcome(asked: Mapping[str, Any], reply: InterviewReply) -> dict[str, Any]:
    """Raises `InvalidMvs` or `ValueError`: the model's turn."""
    locale: str = asked["locale"]
    if not is_in([reply.words], locale):
        raise ValueError(f"Write `words` in the language {locale!r}.")
    wanted = wanted_changes(reply)
    if not wanted:
        return {}
    mvs, key = _starting_point(asked, wanted)
    changes = read_changes(wanted[1:] if key else wanted, language="en")
    after = applied(mvs, changes, locale=locale, language="en")
    told = [*wanted[:1], *map(as_data, changes)] if key else [as_data(one) for one in changes]
    settings = {"title": after["name"]} if after["name"] != asked["title"] else {}
    return {
        "changes": told,
        "mvs": after,
        "set": settings | ({"blueprint_key": key} if key else {}),
    }


def _starting_point(asked: Mapping[str, Any], wanted: list[Data]) -> tuple[Data | None, str]:
    if any(one["op"] == START_FROM for one in wanted[1:]):
        raise ValueError("start_from can only be the first change.")
    if wanted[0]["op"] != START_FROM:
        return asked["mvs"], ""
    key = str(wanted[0].get("blueprint"))
    offers = {one["key"]: one["mvs"] for one in asked["offers"]}
    if key not in offers:
        raise ValueError(f"{key[:60]!r} is not one of the starting points: {', '.join(offers)}.")
    return offers[key], key


def failure(error: Exception, locale: str) -> dict[str, Any]:
    name = type(error).__name__
    es, en = FAILED.get(name, FAILED[""])
    known = name if isinstance(error, PlatformError) else "Unexpected"
    return {"failure": {"error": known, "reason": es if locale == "es" else en}}


def calls_of(purse: Allowance, turn: Turn) -> list[dict[str, Any]]:
    """What ended, and in one line what was reserved and never heard of again: it may have been paid for."""
    made = [asdict(call) for call in purse.calls]
    open_ = purse.committed_microdollars - purse.spent_microdollars
    if open_ <= 0:
        return made
    unseen = Call(
        purpose=f"{turn.purpose}~{UNSEEN}",
        role="discovery",
        model=UNSEEN,
        prompt_sha256=NO_PROMPT,
        usage=Usage(),
        cost_microdollars=open_,
        ms=0,
        stop_reason=UNSEEN,
        called_at=datetime.now(UTC).isoformat(),
    )
    return [*made, asdict(unseen)]


def _shower(turn: Turn, board: TurnBoard) -> Callable[[str], None]:
    """Not more often than people read, and never a reason to fail."""
    shown_at, shown = 0.0, ""

    def show(words: str) -> None:
        nonlocal shown_at, shown
        if not words or words == shown or time.monotonic() - shown_at < SHOWN_EVERY_S:
            return
        shown_at, shown = time.monotonic(), words
        with suppress(PlatformError):
            board.show(str(turn.discovery_id), turn.number, turn.attempt, words)

    return show


def _leave(turn: Turn, answered: Mapping[str, Any], artifacts: ArtifactStore) -> None:
    document = json.dumps(answered, ensure_ascii=False).encode()
    artifacts.write(f"{turn.folder}/answered.json", document)
