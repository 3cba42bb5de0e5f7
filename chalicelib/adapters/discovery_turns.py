"""The turns of a conversation, in PostgreSQL: what was said, answered and changed, and what it cost.

In: an open session that holds the discovery's row. Out: `Turn`. Callers: `discovery_store.py`, the import store. The
surprise: a running turn holds money back from the month until it is settled, however long nobody looks; so the sum of a
month is never too low.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from psycopg.types.json import Jsonb

from chalicelib.adapters.database import Session
from chalicelib.adapters.plan_rows import locked_on_plan
from chalicelib.adapters.usage_store import add_rows, month_committed
from chalicelib.agents.booking import NO_PROMPT, UNSEEN, UsageRow, turn_rows
from chalicelib.agents.ports import Call, Usage
from chalicelib.discovery.records import Failure, Outcome, Step, Turn
from chalicelib.errors import BudgetReached, Conflict, NotFound

USEFUL_MICRODOLLARS: Final = 100_000
"""With less left, not even one call's worst case would fit."""
ATTEMPTS_MAX: Final = 9

READ: Final = """
select discovery_id, number, kind, status, attempt, said, reply, ask, changes, diff, mvs_before, failure_error,
    failure_reason, reserved_microdollars, created_by, created_at, begun_at, ended_at
from platform.discovery_turns
where tenant_id = %(tenant_id)s and discovery_id = %(discovery_id)s and number = %(number)s
"""
FOLLOWING: Final = """
select discovery_id, number, kind, status, attempt, said, reply, ask, changes, diff, null::jsonb as mvs_before, failure_error,
    failure_reason, reserved_microdollars, created_by, created_at, begun_at, ended_at
from platform.discovery_turns
where tenant_id = %(tenant_id)s and discovery_id = %(discovery_id)s and number > %(after)s
order by number limit %(limit)s
"""
"""Without the MVS before each: a hundred of them would be more than the API's Lambda can hold, and nobody lists turns for it."""
LATEST: Final = """
select discovery_id, number, kind, status, attempt, said, reply, ask, changes, diff, mvs_before, failure_error,
    failure_reason, reserved_microdollars, created_by, created_at, begun_at, ended_at
from platform.discovery_turns
where tenant_id = %(tenant_id)s and discovery_id = %(discovery_id)s
order by number desc limit %(limit)s
"""
ADD: Final = """
insert into platform.discovery_turns (
    tenant_id, discovery_id, number, kind, status, said, reply, ask, changes, diff, mvs_before, reserved_microdollars,
    created_by, ended_at
)
select
    %(tenant_id)s, %(discovery_id)s, 1 + coalesce(max(number), 0), %(kind)s, %(status)s, %(said)s, %(reply)s, %(ask)s,
    %(changes)s, %(diff)s, %(mvs_before)s, %(reserved)s, %(by)s,
    case when %(status)s = 'done' then now() end
from platform.discovery_turns where tenant_id = %(tenant_id)s and discovery_id = %(discovery_id)s
returning discovery_id, number, kind, status, attempt, said, reply, ask, changes, diff, mvs_before, failure_error,
    failure_reason, reserved_microdollars, created_by, created_at, begun_at, ended_at
"""
AGAIN: Final = """
update platform.discovery_turns
set status = 'running', attempt = attempt + 1, begun_at = now(), ended_at = null, failure_error = null,
    failure_reason = null, reserved_microdollars = %(reserved)s
where tenant_id = %(tenant_id)s and discovery_id = %(discovery_id)s and number = %(number)s
"""
FINISH: Final = """
update platform.discovery_turns
set status = 'done', reply = %(reply)s, ask = %(ask)s, changes = %(changes)s, diff = %(diff)s,
    mvs_before = %(mvs_before)s, reserved_microdollars = 0, ended_at = now()
where tenant_id = %(tenant_id)s and discovery_id = %(discovery_id)s and number = %(number)s
"""
FAIL: Final = """
update platform.discovery_turns
set status = 'failed', failure_error = %(error)s, failure_reason = %(reason)s, reserved_microdollars = 0,
    ended_at = now()
where tenant_id = %(tenant_id)s and discovery_id = %(discovery_id)s and number = %(number)s
"""


def read(session: Session, discovery_id: UUID, number: int) -> Turn:
    found = session.one(Turn, READ, discovery_id=discovery_id, number=number)
    if found is None:
        raise NotFound(f"There is no turn {number} in discovery {discovery_id}.")
    return found


def following(session: Session, discovery_id: UUID, after: int, limit: int) -> tuple[Turn, ...]:
    return tuple(session.all(Turn, FOLLOWING, discovery_id=discovery_id, after=after, limit=limit))


def latest(session: Session, discovery_id: UUID, limit: int) -> tuple[Turn, ...]:
    """The oldest of them first."""
    found = session.all(Turn, LATEST, discovery_id=discovery_id, limit=limit)
    return tuple(reversed(found))


def last(session: Session, discovery_id: UUID) -> Turn | None:
    return next(iter(latest(session, discovery_id, 1)), None)


def refuse_while_running(session: Session, discovery_id: UUID) -> None:
    found = last(session, discovery_id)
    if found and found.status == "running":
        raise Conflict(
            f"Turn {found.number} is still being answered. Wait for it.", number=found.number
        )


def reserved(session: Session, wanted: int, month_max: int) -> int:
    """What a turn may cost: what is wanted, or what the month has left. Holds the organization until the transaction
    ends, so that nobody else counts on the same money. Raises `BudgetReached`."""
    locked_on_plan(session)
    committed = month_committed(session)
    left = max(month_max - committed, 0)
    if left < min(USEFUL_MICRODOLLARS, wanted):
        raise BudgetReached(
            "What models may cost in a month is used up. Go on next month, or have the limit raised.",
            budget_microdollars=month_max,
            spent_microdollars=committed,
        )
    return min(wanted, left)


def begin(session: Session, discovery_id: UUID, said: str, by: str, reserved: int) -> Turn:
    nothing = Outcome(reply="")
    step = Step(kind="message", said=said, outcome=nothing, by=by)
    return _insert(session, discovery_id, step, status="running", reserved=reserved)


def add(
    session: Session, discovery_id: UUID, step: Step, mvs_before: dict[str, Any] | None
) -> Turn:
    return _insert(session, discovery_id, step, mvs_before=mvs_before)


def _insert(
    session: Session,
    discovery_id: UUID,
    step: Step,
    *,
    mvs_before: dict[str, Any] | None = None,
    status: str = "done",
    reserved: int = 0,
) -> Turn:
    made = session.one(
        Turn,
        ADD,
        discovery_id=discovery_id,
        kind=step.kind,
        status=status,
        said=step.said,
        reserved=reserved,
        by=step.by,
        **_told(step.outcome, mvs_before),
    )
    assert made is not None  # an insert without a conflict clause returns its row or raises
    return made


def _told(outcome: Outcome, mvs_before: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "reply": outcome.reply,
        "ask": None if outcome.ask is None else Jsonb(outcome.ask),
        "changes": Jsonb(list(outcome.changes)),
        "diff": Jsonb(list(outcome.diff)),
        "mvs_before": None if mvs_before is None else Jsonb(mvs_before),
    }


def again(session: Session, discovery_id: UUID, number: int, reserved: int) -> Turn:
    turn = read(session, discovery_id, number)
    newest = last(session, discovery_id)
    if turn.status != "failed" or newest is None or newest.number != number:
        raise Conflict("Only the last turn can be tried again, and only when it failed.")
    if turn.attempt >= ATTEMPTS_MAX:
        raise Conflict(f"Turn {number} failed {turn.attempt} times. Say it in other words.")
    session.run(AGAIN, discovery_id=discovery_id, number=number, reserved=reserved)
    return read(session, discovery_id, number)


def finish(
    session: Session, turn: Turn, outcome: Outcome, mvs_before: dict[str, Any] | None
) -> Turn:
    where = {"discovery_id": turn.discovery_id, "number": turn.number}
    session.run(FINISH, **where, **_told(outcome, mvs_before))
    return read(session, turn.discovery_id, turn.number)


def fail(session: Session, turn: Turn, failure: Failure) -> Turn:
    where = {"discovery_id": turn.discovery_id, "number": turn.number}
    session.run(FAIL, **where, error=failure.error, reason=failure.reason)
    return read(session, turn.discovery_id, turn.number)


def book(session: Session, turn: Turn, calls: Iterable[Mapping[str, Any]]) -> None:
    """Each once, however often it is told."""
    made = [Call(**{**call, "usage": Usage(**call["usage"])}) for call in calls]
    add_rows(session, turn_rows(turn.discovery_id, made), discovery_id=turn.discovery_id)


def book_unseen(session: Session, turn: Turn) -> None:
    """What may have been spent by an attempt nobody heard of again."""
    unseen = UsageRow(
        source=f"discovery:{turn.discovery_id}:turn#{turn.number}#{turn.attempt}~{UNSEEN}",
        role="discovery",
        model=UNSEEN,
        prompt_sha256=NO_PROMPT,
        input_tokens=0,
        output_tokens=0,
        cache_read_tokens=0,
        cache_write_tokens=0,
        cost_microdollars=turn.reserved_microdollars,
        duration_ms=0,
        stop_reason=UNSEEN,
        called_at=datetime.now(UTC),
    )
    add_rows(session, [unseen], discovery_id=turn.discovery_id)
