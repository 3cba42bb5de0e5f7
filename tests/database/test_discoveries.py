"""Conversations as the store keeps them: one step after the other, nobody else's, and never more money than there is."""

from __future__ import annotations

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any
from uuid import UUID, uuid4

import pytest
from botocore.exceptions import EndpointConnectionError

from chalicelib.adapters.database import Database
from chalicelib.adapters.discovery_store import PostgresDiscoveries
from chalicelib.adapters.discovery_turns import ATTEMPTS_MAX
from chalicelib.adapters.turn_board import LambdaInterviewers
from chalicelib.discovery import answering
from chalicelib.discovery.answered import read_answered
from chalicelib.discovery.answering import Background
from chalicelib.discovery.records import Begun, Discovery, Failure, Outcome, Step, Turn
from chalicelib.discovery.shelf import Shelf
from chalicelib.errors import BudgetReached, Conflict, NotFound
from chalicelib.settings import read_settings
from tests.database.world import Platform
from tests.door import SETTINGS
from tests.fakes_discovery import Documents

BY = "user:test"
MONTH = 10_000_000
FIRST, SECOND = {"fragua": 1, "name": "Uno"}, {"fragua": 1, "name": "Dos"}
USAGE = {"input_tokens": 1, "output_tokens": 2, "cache_read_tokens": 3, "cache_write_tokens": 4}


@pytest.fixture
def discoveries(database: Database) -> PostgresDiscoveries:
    return PostgresDiscoveries(database)


@pytest.fixture
def tenant_id(organization: Callable[..., UUID]) -> UUID:
    return organization()


def step(mvs: dict[str, Any] | None = None, said: str = "sí", **outcome: Any) -> Step:
    made = Outcome(reply="Hecho.", mvs=mvs, **outcome)
    return Step(kind="message", said=said, outcome=made, by=BY)


def begun(
    discoveries: PostgresDiscoveries, tenant_id: UUID, first: Step | None = None
) -> Discovery:
    wanted = Begun(title="Una", locale="es", engine="claude", by=BY, first=first)
    return discoveries.create(tenant_id, wanted)


def running(discoveries: PostgresDiscoveries, discovery: Discovery, reserve: int = 500_000) -> Turn:
    return discoveries.begin(
        discovery.tenant_id,
        discovery.id,
        said="hola",
        by=BY,
        reserve_microdollars=reserve,
        month_microdollars_max=MONTH,
    )


def call(purpose: str = "turn#1#1#0", cost: int = 7) -> dict[str, Any]:
    return {"purpose": purpose, "role": "discovery", "model": "m", "prompt_sha256": "0" * 64, "usage": USAGE, "cost_microdollars": cost, "ms": 5, "stop_reason": "end_turn", "called_at": "2026-11-30T09:30:00+00:00"}  # fmt: skip


def rows(platform: Platform, query: str) -> list[tuple[Any, ...]]:
    with platform.admin() as connection:
        return connection.execute(query.encode()).fetchall()


def spent(platform: Platform) -> list[tuple[Any, ...]]:
    return rows(
        platform,
        "select source, cost_microdollars, stop_reason from platform.usage_metrics order by id",
    )


def test_a_conversation_is_read_as_it_was_begun(
    discoveries: PostgresDiscoveries, tenant_id: UUID
) -> None:
    asks = {"about": "name", "options": [], "takes": "all", "skipped": []}
    first = step(FIRST, ask=asks, settings={"title": "Otra", "blueprint_key": "bookings"})
    made = begun(discoveries, tenant_id, first)
    assert (made.mvs, made.mvs_version, made.title) == (FIRST, 1, "Otra")
    assert discoveries.read(tenant_id, made.id) == made
    (turn,) = discoveries.turns(tenant_id, made.id)
    assert (turn.number, turn.status, turn.ask, turn.mvs_before) == (1, "done", asks, None)


def test_steps_follow_each_other_and_remember_what_was_before(
    discoveries: PostgresDiscoveries, tenant_id: UUID
) -> None:
    made = begun(discoveries, tenant_id, step(FIRST))
    changed = discoveries.add(tenant_id, made.id, step(SECOND, diff=({"path": "name"},)), version=1)
    assert (changed.number, changed.mvs_before, changed.diff) == (2, FIRST, [{"path": "name"}])
    same = discoveries.add(tenant_id, made.id, step(SECOND), version=2)
    assert same.mvs_before is None
    assert discoveries.read(tenant_id, made.id).mvs_version == 2
    assert [turn.number for turn in discoveries.turns(tenant_id, made.id, after=1)] == [2, 3]
    assert [turn.number for turn in discoveries.latest(tenant_id, made.id, limit=2)] == [2, 3]


def test_of_many_who_saw_the_same_mvs_one_changes_it(
    discoveries: PostgresDiscoveries, tenant_id: UUID
) -> None:
    made, together, how = begun(discoveries, tenant_id, step(FIRST)), Barrier(6), []

    def change(number: int) -> None:
        together.wait()
        try:
            mvs = {"fragua": 1, "name": f"Number {number}"}
            discoveries.add(tenant_id, made.id, step(mvs), version=1)
            how.append("changed")
        except Conflict:
            how.append("refused")

    threads = [Thread(target=change, args=[number]) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(how) == ["changed"] + ["refused"] * 5
    assert discoveries.read(tenant_id, made.id).mvs_version == 2


def test_nothing_of_another_tenant_is_found(
    discoveries: PostgresDiscoveries, tenant_id: UUID, organization: Callable[..., UUID]
) -> None:
    made, other = begun(discoveries, tenant_id, step(FIRST)), organization()
    for look in (
        lambda: discoveries.read(other, made.id),
        lambda: discoveries.turns(other, made.id),
        lambda: discoveries.turn(other, made.id, 1),
        lambda: discoveries.add(other, made.id, step(SECOND), version=1),
        lambda: discoveries.approve(other, made.id, version=1, by=BY),
        lambda: discoveries.abandon(other, made.id, by=BY),
    ):
        with pytest.raises(NotFound):
            look()
    assert discoveries.page(other).items == ()


def test_a_running_turn_holds_everything_else_back(
    discoveries: PostgresDiscoveries, tenant_id: UUID
) -> None:
    made = begun(discoveries, tenant_id)
    running(discoveries, made)
    for attempt in (
        lambda: running(discoveries, made),
        lambda: discoveries.add(tenant_id, made.id, step(FIRST), version=0),
        lambda: discoveries.approve(tenant_id, made.id, version=0, by=BY),
        lambda: discoveries.abandon(tenant_id, made.id, by=BY),
        lambda: discoveries.again(tenant_id, made.id, 1, reserve_microdollars=1, month_microdollars_max=MONTH),
    ):  # fmt: skip
        with pytest.raises(Conflict):
            attempt()


def test_a_turn_is_finished_once_and_its_calls_are_booked_once(
    discoveries: PostgresDiscoveries, tenant_id: UUID, platform: Platform
) -> None:
    made = begun(discoveries, tenant_id)
    turn = running(discoveries, made)
    done = discoveries.finish(tenant_id, turn, Outcome(reply="A", mvs=FIRST), [call()])
    again = discoveries.finish(tenant_id, turn, Outcome(reply="B", mvs=SECOND), [call()])
    assert (done.status, done.reply, done.reserved_microdollars) == ("done", "A", 0)
    assert again == done
    assert discoveries.read(tenant_id, made.id).mvs == FIRST
    assert spent(platform) == [(f"discovery:{made.id}:turn#1#1#0", 7, "end_turn")]


def test_a_failed_turn_is_tried_again_and_what_it_cost_stays_booked(
    discoveries: PostgresDiscoveries, tenant_id: UUID, platform: Platform
) -> None:
    made = begun(discoveries, tenant_id)
    turn = running(discoveries, made)
    failed = discoveries.finish(tenant_id, turn, Failure("ModelBusy", "Busy."), [call()])
    assert (failed.status, failed.failure) == ("failed", Failure("ModelBusy", "Busy."))
    limits = {"reserve_microdollars": 500_000, "month_microdollars_max": MONTH}
    second = discoveries.again(tenant_id, made.id, 1, **limits)
    assert (second.status, second.attempt, second.said) == ("running", 2, "hola")
    late = discoveries.finish(tenant_id, turn, Outcome(reply="of the first"), [call("late", 1)])
    assert late.status == "running"
    discoveries.finish(tenant_id, second, Outcome(reply="B"), [call("turn#1#2#0")])
    assert [cost for _, cost, _ in spent(platform)] == [7, 1, 7]


def test_a_turn_is_not_tried_for_ever(discoveries: PostgresDiscoveries, tenant_id: UUID) -> None:
    made = begun(discoveries, tenant_id)
    turn = running(discoveries, made)
    limits = {"reserve_microdollars": 1, "month_microdollars_max": MONTH}
    for _ in range(ATTEMPTS_MAX - 1):
        discoveries.finish(tenant_id, turn, Failure("ModelBusy", "Busy."), [])
        turn = discoveries.again(tenant_id, made.id, 1, **limits)
    discoveries.finish(tenant_id, turn, Failure("ModelBusy", "Busy."), [])
    with pytest.raises(Conflict):
        discoveries.again(tenant_id, made.id, 1, **limits)


def test_an_attempt_nobody_heard_of_is_booked_at_what_it_might_have_cost(
    discoveries: PostgresDiscoveries, tenant_id: UUID, platform: Platform
) -> None:
    made = begun(discoveries, tenant_id)
    turn = running(discoveries, made)
    discoveries.finish(tenant_id, turn, Failure("Interrupted", "Lost."), [], was_seen=False)
    assert spent(platform) == [(f"discovery:{made.id}:turn#1#1~unseen", 500_000, "unseen")]


def test_turns_that_begin_together_never_hold_back_more_than_the_month_has(
    discoveries: PostgresDiscoveries, tenant_id: UUID, platform: Platform
) -> None:
    talks, together, how = [begun(discoveries, tenant_id) for _ in range(6)], Barrier(6), []

    def begin(discovery: Discovery) -> None:
        together.wait()
        try:
            limits = {"reserve_microdollars": 500_000, "month_microdollars_max": 1_200_000}
            turn = discoveries.begin(tenant_id, discovery.id, said="x", by=BY, **limits)
            how.append(turn.reserved_microdollars)
        except BudgetReached:
            how.append(0)

    threads = [Thread(target=begin, args=[discovery]) for discovery in talks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(how) == [0, 0, 0, 200_000, 500_000, 500_000]


def test_approval_makes_one_app_however_often_it_is_said(
    discoveries: PostgresDiscoveries, tenant_id: UUID, platform: Platform
) -> None:
    made = begun(discoveries, tenant_id, step(FIRST))
    with pytest.raises(Conflict):
        discoveries.approve(tenant_id, made.id, version=0, by=BY)
    first = discoveries.approve(tenant_id, made.id, version=1, by=BY)
    assert discoveries.approve(tenant_id, made.id, version=1, by=BY) == first
    assert (first.status, first.app_id is None) == ("approved", False)
    assert rows(platform, "select mvs from platform.apps") == [(FIRST,)]
    with pytest.raises(Conflict):
        discoveries.add(tenant_id, made.id, step(SECOND), version=1)
    with pytest.raises(Conflict):
        discoveries.abandon(tenant_id, made.id, by=BY)


def test_without_an_mvs_there_is_nothing_to_approve(
    discoveries: PostgresDiscoveries, tenant_id: UUID
) -> None:
    made = begun(discoveries, tenant_id)
    with pytest.raises(Conflict):
        discoveries.approve(tenant_id, made.id, version=0, by=BY)


def test_an_abandoned_conversation_is_closed_but_not_gone(
    discoveries: PostgresDiscoveries, tenant_id: UUID
) -> None:
    made = begun(discoveries, tenant_id, step(FIRST))
    ended = discoveries.abandon(tenant_id, made.id, by=BY)
    assert discoveries.abandon(tenant_id, made.id, by=BY) == ended
    assert (ended.status, ended.mvs) == ("abandoned", FIRST)
    with pytest.raises(Conflict):
        discoveries.add(tenant_id, made.id, step(SECOND), version=1)


def test_the_newest_conversation_comes_first_and_pages_follow(
    discoveries: PostgresDiscoveries, tenant_id: UUID
) -> None:
    made = [begun(discoveries, tenant_id).id for _ in range(3)]
    page = discoveries.page(tenant_id, limit=2)
    rest = discoveries.page(tenant_id, limit=2, cursor=page.next_cursor)
    assert [one.id for one in (*page.items, *rest.items)] == made[::-1]


def test_the_log_tells_of_a_conversation_without_what_was_said_in_it(
    discoveries: PostgresDiscoveries, tenant_id: UUID, platform: Platform
) -> None:
    made = begun(discoveries, tenant_id, step(FIRST, said="a private matter"))
    discoveries.approve(tenant_id, made.id, version=1, by=BY)
    told = rows(platform, "select action, facts::text from platform.audit_log order by id")
    actions = ["discovery.created", "discovery.changed", "app.created", "discovery.approved"]
    assert [action for action, _ in told] == actions
    assert "private" not in str(told)


def test_an_unknown_turn_is_not_found(discoveries: PostgresDiscoveries, tenant_id: UUID) -> None:
    made = begun(discoveries, tenant_id)
    with pytest.raises(NotFound):
        discoveries.turn(tenant_id, made.id, 1)
    with pytest.raises(NotFound):
        discoveries.read(tenant_id, uuid4())


def test_lists_leave_out_what_is_large_and_what_they_do_not_show(
    discoveries: PostgresDiscoveries, tenant_id: UUID
) -> None:
    discovery = begun(discoveries, tenant_id, first=step(FIRST))
    discoveries.add(tenant_id, discovery.id, step(SECOND), version=1)
    assert [one.mvs for one in discoveries.page(tenant_id).items] == [None]
    assert [one.mvs_before for one in discoveries.turns(tenant_id, discovery.id)] == [None, None]
    assert discoveries.latest(tenant_id, discovery.id)[-1].mvs_before == FIRST


def test_a_turn_can_be_written_down_whatever_a_model_said(
    discoveries: PostgresDiscoveries, tenant_id: UUID
) -> None:
    turn = running(discoveries, begun(discoveries, tenant_id))
    said = read_answered(b'{"reply": "a\\u0000b", "changes": [{"op": "x\\u0000"}]}')
    outcome = Outcome(reply=said.reply, changes=tuple(said.changes))
    done = discoveries.finish(tenant_id, turn, outcome, [])
    assert (done.status, done.reply, done.changes) == ("done", "ab", [{"op": "x"}])


class Lambda:
    def __init__(self, is_broken: bool = False) -> None:
        self.asked: list[bytes] = []
        self.is_broken = is_broken

    def invoke(self, **members: Any) -> None:
        if self.is_broken:
            raise EndpointConnectionError(endpoint_url="lambda")
        self.asked.append(members["Payload"])


@pytest.fixture
def lambda_(monkeypatch: pytest.MonkeyPatch) -> Lambda:
    made = Lambda()
    monkeypatch.setattr(LambdaInterviewers, "_lambda", made)
    return made


def spoken_to(discoveries: PostgresDiscoveries, discovery: Discovery) -> Turn:
    interviewers = LambdaInterviewers(read_settings(SETTINGS))
    return answering.ask(
        discovery,
        "hola",
        by=BY,
        shelf=Shelf([], []),
        discoveries=discoveries,
        background=Background(documents=Documents(), interviewers=interviewers, turn_microdollars_max=500_000, month_microdollars_max=MONTH),
    )  # fmt: skip


def test_nobody_is_called_for_a_turn_before_it_is_kept(
    discoveries: PostgresDiscoveries, database: Database, tenant_id: UUID, lambda_: Lambda
) -> None:
    discovery = begun(discoveries, tenant_id)
    with database.unit(tenant_id):
        spoken_to(discoveries, discovery)
        assert lambda_.asked == []
    assert len(lambda_.asked) == 1


def test_nobody_is_called_for_a_turn_that_was_not_kept(
    discoveries: PostgresDiscoveries, database: Database, tenant_id: UUID, lambda_: Lambda
) -> None:
    discovery = begun(discoveries, tenant_id)

    def spoken_to_and_broken_off() -> None:
        with database.unit(tenant_id):
            spoken_to(discoveries, discovery)
            raise KeyError

    with pytest.raises(KeyError):
        spoken_to_and_broken_off()
    assert lambda_.asked == []


def test_when_nobody_can_be_called_a_turn_that_was_kept_has_failed(
    discoveries: PostgresDiscoveries, database: Database, tenant_id: UUID, lambda_: Lambda
) -> None:
    lambda_.is_broken = True
    discovery = begun(discoveries, tenant_id)
    with database.unit(tenant_id):
        turn = spoken_to(discoveries, discovery)
    standing = discoveries.turn(tenant_id, discovery.id, turn.number)
    assert (standing.status, standing.failure_error) == ("failed", "CloudBusy")
    assert standing.reserved_microdollars == 0
