"""From where a request came, for the audit log and for limits on callers nobody knows yet.

In: set once by the HTTP door. Out: read where a line is written to the audit log. The surprise: it travels beside the
calls, in a context variable, because every use case would pass it on and none would look at it.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

USER_AGENT_CHARACTERS_MAX: Final = 300


@dataclass(frozen=True, kw_only=True)
class Origin:
    ip: str | None = None
    user_agent: str | None = None
    request_id: str | None = None


NOWHERE: Final = Origin()
"""The platform's own doing: a task, the schedule."""
current_origin: Final[ContextVar[Origin]] = ContextVar("origin", default=NOWHERE)
