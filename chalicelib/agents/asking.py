"""One question, from what it may cost to a reply that can be used: the only way anybody here talks to a model.

In: a question. Out: the reply in the shape that was asked for. Callers: the engine, the interviewer.
The surprise: a question that was answered before, word for word, is not asked again; an answer that was cut is asked for
its rest at most twice, each time as a call of its own with a budget of its own.

    answered and read          the reply
    answered, not readable     UnreadableReply          the model's turn: again with the fault as a note
    cut (max_tokens, pause)    its rest is asked for, twice; then ReplyTooLong
    refusal                    ModelRefused             nobody's turn: done without a model
    context window exceeded    QuestionTooLong          nobody's turn: done without a model
    broken off                 ModelBusy                the world's turn: the same again later
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from chalicelib.agents.ports import (
    Answer,
    Block,
    Call,
    Chat,
    Message,
    Purse,
    Question,
    Recorder,
    Reply,
    Usage,
)
from chalicelib.agents.reading import read_reply
from chalicelib.errors import (
    ModelAccountRefused,
    ModelBusy,
    ModelRefused,
    QuestionTooLong,
    ReplyTooLong,
    UnreadableReply,
)

RESTS_MAX: Final = 2
CUT: Final = ("max_tokens", "pause_turn")
COMPLETE: Final = ("end_turn", "stop_sequence", "tool_use")


GO_ON: Final = (
    "Your reply was cut. Go on right after its last character, as if you had never stopped: repeat nothing, "
    "open no fence, add no word of your own. What you write is appended to what you have written."
)


class PriceList(Protocol):
    def cost_microdollars(self, model: str, usage: Usage) -> int: ...

    def worst_case_microdollars(self, question: Question[Any]) -> int: ...


class Asker:
    def __init__(
        self,
        chat: Chat,
        purse: Purse,
        recorder: Recorder,
        prices: PriceList,
        on_call: Callable[[Call], None] | None = None,
    ) -> None:
        self._chat = chat
        self._purse = purse
        self._recorder = recorder
        self._prices = prices
        self._on_call = on_call

    def ask(self, question: Question[Reply], on_text: Callable[[str], None] | None = None) -> Reply:
        """Raises as the table above says, `BudgetReached` and `Cancelled` before anything is spent, `ModelAccountRefused`."""
        answer = self._answer(question, on_text)
        for number in range(1, RESTS_MAX + 1):
            if answer.stop_reason not in CUT or not answer.text:
                break
            rest = self._answer(
                _rest_of(question, answer.text, number), _after(answer.text, on_text)
            )
            answer = _joined(question, answer, rest)
        return _usable(answer)

    def _answer(
        self, question: Question[Reply], on_text: Callable[[str], None] | None
    ) -> Answer[Reply]:
        worst = self._prices.worst_case_microdollars(question)
        known = self._recorder.recall(question)
        if known is not None:
            # Whoever asked it may have died before it was booked; if not, this booking does nothing.
            self._purse.settle(self._booked(question, known), worst)
            return known
        self._purse.reserve(question.purpose, worst)
        answer = self._asked(question, worst, on_text)
        if answer.stop_reason == "none":
            self._settle(_failed(self._booked(question, answer)), worst)
            raise ModelBusy("The model's answer broke off. Try again later.")
        self._recorder.keep(question, answer)
        self._settle(self._booked(question, answer), worst)
        return answer

    def _asked(
        self, question: Question[Reply], worst: int, on_text: Callable[[str], None] | None
    ) -> Answer[Reply]:
        try:
            return self._chat.ask(question, on_text)
        except (ModelBusy, ModelAccountRefused, QuestionTooLong) as error:
            if not error.facts.get("was_sent"):
                free = Answer[Reply](
                    text="", reply=None, stop_reason="none", usage=Usage(), model="", ms=0
                )
                self._settle(_failed(self._booked(question, free)), worst)
            raise

    def _booked(self, question: Question[Reply], answer: Answer[Reply]) -> Call:
        return Call(
            purpose=question.purpose,
            role=question.role,
            model=question.model,
            prompt_sha256=question.prompt_sha256,
            usage=answer.usage,
            cost_microdollars=self._prices.cost_microdollars(question.model, answer.usage),
            ms=answer.ms,
            stop_reason=answer.stop_reason,
            called_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
            is_own_key=answer.is_own_key,
        )

    def _settle(self, call: Call, reserved: int) -> None:
        self._purse.settle(call, reserved)
        if self._on_call is not None:
            self._on_call(call)


def _usable(answer: Answer[Reply]) -> Reply:
    reason = answer.stop_reason
    if reason in CUT:
        raise ReplyTooLong("The reply did not fit, even when it was continued.")
    if reason == "refusal":
        raise ModelRefused("The model declined to answer.")
    if reason == "model_context_window_exceeded":
        raise QuestionTooLong("The question and its answer do not fit into the model's window.")
    if reason not in COMPLETE:
        raise UnreadableReply("The model stopped for a reason we do not know.")
    if answer.reply is None:
        raise UnreadableReply(answer.fault or "The reply could not be read.")
    return answer.reply


def _failed(call: Call) -> Call:
    """A try that gave nothing has a name of its own, so that the next one can be booked under its purpose."""
    return replace(call, purpose=f"{call.purpose}~{secrets.token_hex(4)}", stop_reason="error")


def _after(text: str, on_text: Callable[[str], None] | None) -> Callable[[str], None] | None:
    return on_text and (lambda rest: on_text(text + rest))


def _rest_of(question: Question[Reply], text: str, number: int) -> Question[Reply]:
    return replace(
        question,
        purpose=f"{question.purpose}.{number}",
        messages=(
            *question.messages,
            Message("assistant", (Block(text),)),
            Message("user", (Block(GO_ON),)),
        ),
        text_so_far=text,
    )


def _joined(question: Question[Reply], first: Answer[Reply], rest: Answer[Reply]) -> Answer[Reply]:
    text = first.text + rest.text
    reply, fault = read_reply(text, question.reply)
    return replace(rest, text=text, reply=reply, fault=fault)
