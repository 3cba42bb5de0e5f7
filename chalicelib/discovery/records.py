"""What is kept of a conversation: the discovery with its MVS, its turns, and one step as it is written down.

In: rows of `platform.discoveries` and `platform.discovery_turns`. Out: frozen records. Callers: doors, the use cases of
this room, whoever merges something into an MVS (spreadsheets). The surprise: `mvs` is plain data that `read_mvs` has
accepted, or None at the very beginning; nothing half-finished is ever kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from chalicelib.mvs.spec import Locale

Data = dict[str, Any]
Status = Literal["open", "approved", "abandoned"]
Kind = Literal["message", "edit", "import", "undo"]
TurnStatus = Literal["running", "done", "failed"]

TITLE_CHARACTERS_MAX = 120
SAID_CHARACTERS_MAX = 8_000
"""A message. What a file or a brief says may be longer; the table takes 20,000."""
REPLY_CHARACTERS_MAX = 20_000


@dataclass(frozen=True, kw_only=True)
class Discovery:
    id: UUID
    tenant_id: UUID
    title: str
    locale: Locale
    engine: str
    status: Status
    blueprint_key: str | None
    industry: str | None
    mvs: Data | None
    mvs_version: int
    """Counts the changes of the MVS; whoever changes it says which one they saw."""
    app_id: UUID | None
    created_by: str
    created_at: datetime
    updated_at: datetime
    ended_at: datetime | None

    @property
    def is_open(self) -> bool:
        return self.status == "open"


@dataclass(frozen=True)
class Failure:
    error: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Turn:
    discovery_id: UUID
    number: int
    kind: Kind
    status: TurnStatus
    attempt: int
    said: str
    reply: str
    ask: Data | None
    """What the reply asks: see `asking.Ask`; None when it asks nothing."""
    changes: list[Data]
    diff: list[Data]
    mvs_before: Data | None
    """The MVS before it, when it changed; None else, and for the change that began it."""
    failure_error: str | None
    failure_reason: str | None
    reserved_microdollars: int
    created_by: str
    created_at: datetime
    begun_at: datetime
    """When its last attempt began."""
    ended_at: datetime | None

    @property
    def failure(self) -> Failure | None:
        if self.failure_error is None:
            return None
        return Failure(self.failure_error, self.failure_reason or "")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a step ended: what is answered, and what becomes of the MVS."""

    reply: str
    ask: Data | None = None
    changes: tuple[Data, ...] = ()
    """As they were applied, for people who look; `mvs` is what counts."""
    mvs: Data | None = None
    """The MVS after it, valid; None leaves it as it is."""
    diff: tuple[Data, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    """`title`, `locale`, `blueprint_key`, `industry`, where the step sets them."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """A turn that is done the moment it is written down."""

    kind: Kind
    said: str = ""
    outcome: Outcome
    by: str


@dataclass(frozen=True, kw_only=True)
class Begun:
    """A discovery as it begins, with its first turn (None when a model will answer)."""

    title: str
    locale: Locale
    engine: str
    by: str
    first: Step | None


@dataclass(frozen=True, kw_only=True)
class Beginning:
    """What somebody begins with; all of it may be missing."""

    brief: str = ""
    blueprint: str | None = None
    industry: str | None = None
    locale: Locale | None = None
    """None: the language of the brief."""
    engine: str
