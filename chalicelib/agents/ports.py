"""What the agents room needs from outside: somebody who answers, a purse that pays, a shelf that keeps what was said.

In: plain data. Out: plain data. Callers: the roles of this room; `adapters/` implement, so does `replay`.
The surprise: an answer that can't be used is still an answer here, because it was paid for; what to do about it is
decided in `asking.py`. Only the world's faults are raised.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Literal, Protocol, TypeVar

from pydantic import BaseModel

Role = Literal["orchestrator", "prd", "design", "codegen", "reviewer", "discovery", "helper"]
StopReason = Literal[
    "end_turn", "stop_sequence", "tool_use", "max_tokens", "pause_turn", "refusal", "model_context_window_exceeded",
    "unknown", "none",
]  # fmt: skip
"""`none`: the stream ended before the model had stopped."""
Reply = TypeVar("Reply", bound=BaseModel)


@dataclass(frozen=True)
class Block:
    text: str
    is_cached: bool = False
    """Everything up to here is a prefix worth keeping: at most four of these in a question."""


@dataclass(frozen=True)
class Message:
    speaker: Literal["user", "assistant"]
    blocks: tuple[Block, ...]


@dataclass(frozen=True, kw_only=True)
class Question(Generic[Reply]):
    purpose: str
    """Unique and stable in its run: `GenerateModule#1#patient#0`. Names the reservation, the usage row, the recording."""
    role: Role
    model: str
    effort: str
    system: tuple[Block, ...]
    messages: tuple[Message, ...]
    reply: type[Reply]
    """The closed shape of the answer."""
    output_tokens_max: int
    timeout_s: int
    prompt_sha256: str
    """Of the templates it was made from, without the data."""
    text_so_far: str = ""
    """What was written when an answer was cut. The answer is the rest then, asked for without a shape: a rest has none."""


@dataclass(frozen=True)
class Usage:
    input_tokens: int = 0
    """At the full price: neither read from the cache nor put into it."""
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0


@dataclass(frozen=True, kw_only=True)
class Answer(Generic[Reply]):
    text: str
    reply: Reply | None
    """None when it can't be read as what was asked for; `fault` says why."""
    fault: str = ""
    stop_reason: StopReason
    usage: Usage
    model: str
    ms: int
    is_own_key: bool = False
    """Whether the organization's own key was used: then it paid the provider itself."""


class Chat(Protocol):
    """Somebody who answers.

    Raises `ModelBusy` (the same again later; its fact `was_sent` says that it may have been paid for),
    `ModelAccountRefused` (an operator's turn) or `QuestionTooLong`, none of which cost anything.
    """

    def ask(
        self, question: Question[Reply], on_text: Callable[[str], None] | None = None
    ) -> Answer[Reply]:
        """`on_text` is given the raw text so far, growing, while it is written."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call as it is booked."""

    purpose: str
    role: Role
    model: str
    prompt_sha256: str
    usage: Usage
    cost_microdollars: int
    ms: int
    stop_reason: str
    """`error` when there was no answer."""
    called_at: str
    """ISO 8601, UTC."""
    is_own_key: bool = False


class Purse(Protocol):
    """What a run or a conversation may still spend. Exact, however many spend from it at once."""

    def reserve(self, purpose: str, microdollars: int) -> None:
        """Before a call, its worst case. Raises `BudgetReached`, or `Cancelled` when somebody stopped it."""

    def settle(self, call: Call, reserved_microdollars: int) -> None:
        """After it, what it really was. A call that is never settled stays reserved: it may have been paid for."""


class Recorder(Protocol):
    """Keeps each question's digest with its answer, so that a run can be replayed without anybody to ask."""

    def keep(self, question: Question[Reply], answer: Answer[Reply]) -> None: ...

    def recall(self, question: Question[Reply]) -> Answer[Reply] | None:
        """What was kept for this very question, so that a stage that is tried again pays for nothing twice."""
