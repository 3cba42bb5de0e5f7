"""Taking an app out of the world: nothing is left, wherever an earlier try broke off, and nothing under way is overtaken."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from uuid import UUID

import pytest

from chalicelib.deployment.removal import Removal
from chalicelib.errors import CloudBusy, Conflict
from chalicelib.generation.ports import Execution, Stage
from chalicelib.tenancy.deletion import Built
from tests.run_fakes import Machine, Runs

from .conftest import make_run
from .fakes import Crash, World, push_base
from .platform import Platform

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
JUST_NOW = NOW - timedelta(minutes=1)
LONG_AGO = NOW - timedelta(days=20)


class Generations:
    def __init__(self):
        self.cancelled = []

    def cancel(self, tenant_id, generation_id, *, by, has_spent):
        if generation_id in self.cancelled:
            raise Conflict("It is closed already.")
        self.cancelled.append(generation_id)
        return SimpleNamespace(id=generation_id)


def built(run, *, ended_at=LONG_AGO):
    return Built(
        generation_id=UUID(run.generation_id),
        app_id=UUID(run.app_id),
        app_number=run.app_number,
        slug=run.slug,
        version=run.version,
        locale=run.locale,
        is_open=ended_at is None,
        ended_at=ended_at,
    )


def removal(world, settings, **others):
    ports = {
        name: getattr(world, name) for name in ("containers", "routes", "databases", "secrets")
    }
    ports |= {"images": world.images, "generations": Generations(), "runs": Runs()}
    ports |= {"machine": Machine(), **others}
    return Removal(tenant_id=UUID(make_run(1).tenant_id), now=NOW, settings=settings, **ports)


@pytest.fixture
def live(world, settings, bundle, run, later):
    """Two versions live, the second with its tasks still about; another app beside."""
    platform = Platform(world, settings, bundle)
    platform.go_live(run)
    platform.deploy(later)
    platform.go_live(make_run(3, slug="neighbour").model_copy(update={"app_number": 8}))
    return platform


def named_after(world, *words):
    """Everything outside whose name tells of one of them. Layers are kept by digest, and no tag leads to them."""
    state = world.state() | {"families": world.active_families()}
    found = [str(one) for kind in state.values() for one in kind]
    return sorted(one for one in found if any(word in one.replace("_", "-") for word in words))


def test_nothing_is_left_and_the_neighbour_goes_on(live, world, settings, run, later):
    neighbours = named_after(world, "neighbour", "app-8-")
    removal(world, settings)([built(later, ended_at=JUST_NOW), built(run)])
    ids = [one.generation_id[-12:] for one in (run, later)]
    assert named_after(world, "clinica-sonrisa", "app-7-", *ids) == []
    assert named_after(world, "neighbour", "app-8-") == neighbours != []


def test_wherever_it_breaks_off_doing_it_again_finishes(settings, bundle, run, later):
    versions = [built(later, ended_at=JUST_NOW), built(run)]

    def removed(crash_after=None):
        world = World()
        push_base(world.registry)
        platform = Platform(world, settings, bundle)
        platform.go_live(run)
        platform.deploy(later)
        world.effects.clear()
        world.crash_after = crash_after
        try:
            removal(world, settings)(versions)
        except Crash:
            world.crash_after = None
            removal(world, settings)(versions)
        return world

    whole = removed()
    steps = len(whole.effects)
    assert steps > 20
    for step in range(1, steps + 1):
        assert removed(crash_after=step).state() == whole.state()
    assert whole.containers.services == {}


def test_a_run_under_way_is_stopped_first_and_nothing_is_touched_until_it_is_over(
    live, world, settings, later
):
    runs, generations, machine = Runs(), Generations(), Machine()
    machine.executions[later.generation_id] = Execution(is_running=True)
    before = world.state()
    remove = removal(world, settings, runs=runs, generations=generations, machine=machine)
    for _ in range(2):
        with pytest.raises(CloudBusy):
            remove([built(later, ended_at=None)])
    assert world.state() == before
    assert generations.cancelled == [later.generation]
    assert runs.is_cancelled(later.generation_id)
    assert machine.ended[later.generation_id][0] == "stopped"


def test_a_run_that_ended_just_now_may_still_have_a_lambda_at_work(live, world, settings, later):
    machine = Machine()
    machine.executions[later.generation_id] = Execution(False, "ABORTED", JUST_NOW)
    with pytest.raises(CloudBusy):
        removal(world, settings, machine=machine)([built(later, ended_at=JUST_NOW)])


def test_the_run_log_forgets(world, settings, run):
    runs = Runs()
    runs.record(run.generation_id, Stage("Design"), {"a": 1})
    runs.record("another", Stage("Design"), {"a": 1})
    removal(world, settings, runs=runs)([built(run)])
    assert runs.recorded(run.generation_id, Stage("Design")) is None
    assert runs.recorded("another", Stage("Design")) == {"a": 1}
