"""Apps of an organization that owes money: they rest, keep everything, and come back as they were."""

from __future__ import annotations

import pytest

from chalicelib.deployment import names
from chalicelib.deployment.release import start_service
from chalicelib.deployment.resting import Resting
from chalicelib.errors import CloudBusy

from .conftest import make_run
from .fakes import Crash
from .platform import Platform


@pytest.fixture
def live(world, settings, bundle, run):
    """Two apps."""
    platform = Platform(world, settings, bundle)
    platform.go_live(run)
    platform.go_live(make_run(3, slug="neighbour").model_copy(update={"app_number": 8}))
    return platform


def test_an_app_that_rests_keeps_all_it_has_and_wakes_as_it_was(live, world, run):
    resting, before = Resting(containers=world.containers), world.state()

    resting.rest([run.slug])
    assert world.containers.service(run.slug).is_resting
    assert not world.containers.service("neighbour").is_resting
    assert world.state() == before

    resting.wake([run.slug])
    assert not world.containers.service(run.slug).is_resting


@pytest.mark.parametrize("crash_after", [1, 2])
def test_whoever_was_interrupted_begins_anew(live, world, run, crash_after):
    resting, slugs = Resting(containers=world.containers), [run.slug, "neighbour"]
    world.crash_after = len(world.effects) + crash_after
    with pytest.raises(Crash):
        resting.rest(slugs)
    world.crash_after = None

    resting.rest(slugs)
    assert world.containers.resting == set(slugs)


def test_an_app_that_is_gone_meanwhile_is_no_error(world):
    resting = Resting(containers=world.containers)
    resting.rest(["gone"])
    resting.wake(["gone"])
    assert world.containers.resting == set()


def test_one_that_can_not_be_reached_keeps_no_other_from_its_turn(live, world, run):
    class Busy:
        def rest(self, name):
            if name == run.slug:
                raise CloudBusy("ECS is away")
            world.containers.rest(name)

    with pytest.raises(CloudBusy):
        Resting(containers=Busy()).rest([run.slug, "neighbour"])
    assert world.containers.resting == {"neighbour"}


def test_a_new_version_wakes_the_app_that_rests(live, world, settings, run, later):
    world.containers.rest(run.slug)
    live.deploy(later)
    assert not world.containers.service(run.slug).is_resting


def test_a_start_that_broke_off_before_waking_wakes_when_it_is_repeated(
    live, world, settings, run, later
):
    image = live.go_live(later)
    world.containers.rest(run.slug)
    start_service(
        later,
        image,
        settings=settings,
        containers=world.containers,
        routes=world.routes,
        secrets=world.secrets,
    )
    assert not world.containers.service(names.service(run)).is_resting
