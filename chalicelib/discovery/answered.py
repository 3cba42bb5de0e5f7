"""What whoever answers a turn leaves behind, read as a stranger's.

In: the bytes of `answered.json`. Out: `Answered`. Callers: `answering`, `agents/interviewer.py` (which writes it). The
surprise: a document that can't be read is a failed turn, not an error: the person tries again.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from chalicelib.discovery.records import REPLY_CHARACTERS_MAX, TITLE_CHARACTERS_MAX
from chalicelib.mvs.plain import plain
from chalicelib.mvs.spec import Key

CALLS_MAX = 40
COUNT_MAX = 2**53
Title = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=TITLE_CHARACTERS_MAX),
]


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class UsageTold(_Closed):
    input_tokens: int = Field(ge=0, le=COUNT_MAX)
    output_tokens: int = Field(ge=0, le=COUNT_MAX)
    cache_read_tokens: int = Field(ge=0, le=COUNT_MAX)
    cache_write_tokens: int = Field(ge=0, le=COUNT_MAX)


class CallTold(_Closed):
    """An `agents.ports.Call`."""

    purpose: str = Field(min_length=1, max_length=200)
    role: str = Field(min_length=1, max_length=40)
    model: str = Field(min_length=1, max_length=120)
    prompt_sha256: str = Field(pattern="^[0-9a-f]{64}$")
    usage: UsageTold
    cost_microdollars: int = Field(ge=0, le=COUNT_MAX)
    ms: int = Field(ge=0, le=COUNT_MAX)
    stop_reason: str = Field(max_length=60)
    called_at: AwareDatetime
    is_own_key: bool = False
    """An attempt that began before this was told was paid by the platform."""


class FailureTold(_Closed):
    error: str = Field(min_length=1, max_length=80)
    reason: str = Field(max_length=1000)


UNREAD: Final = FailureTold(
    error="UnreadableReply", reason="The answer could not be read. Try again."
)


class SettingsTold(_Closed):
    title: Title | None = None
    blueprint_key: Key | None = None


class AnsweredDocument(_Closed):
    @model_validator(mode="before")
    @classmethod
    def _without_controls(cls, told: Any) -> Any:
        return plain(told)

    reply: str = Field("", max_length=REPLY_CHARACTERS_MAX)
    changes: list[dict[str, Any]] = Field(default_factory=list, max_length=200)
    mvs: dict[str, Any] | None = None
    """After the changes; None leaves it as it is."""
    set: SettingsTold = SettingsTold()
    calls_made: list[CallTold] = Field(default_factory=list, max_length=CALLS_MAX)
    failure: FailureTold | None = None


class Answered(AnsweredDocument):
    @property
    def settings(self) -> dict[str, str]:
        return self.set.model_dump(exclude_none=True)

    @property
    def is_read(self) -> bool:
        """One that could not be read says nothing of what it cost."""
        return bool(self.calls_made) or self.failure != UNREAD

    @property
    def calls(self) -> list[dict[str, Any]]:
        return [call.model_dump(mode="json") for call in self.calls_made]


def read_answered(document: bytes) -> Answered:
    try:
        return Answered.model_validate_json(document)
    except ValidationError:
        return Answered(failure=UNREAD)
