"""The room's story on a world in memory: what each use case leaves behind, and that a crash anywhere changes nothing."""

import itertools

import pytest

from chalicelib.deployment import names, provision
from chalicelib.deployment.health import await_healthy
from chalicelib.deployment.plan import ReportTo
from chalicelib.errors import AppNotHealthy, Conflict, NotFound

from .fakes import Crash, Probe, World, push_base
from .platform import REPORT, Platform


@pytest.fixture
def platform(world, settings, bundle):
    return Platform(world, settings, bundle)


# ---- checks ----------------------------------------------------------------------------------------------------


def test_checks_run_in_the_candidate_on_a_scratch_database(platform, run):
    candidate = platform.check(run)
    scratch = names.scratch_database(run, 1)
    assert platform.world.databases.exists(scratch)
    task = platform.world.containers.tasks[candidate.task]
    container = platform.world.containers.definitions[task.definition]["containerDefinitions"][0]
    assert container["image"] == candidate.image
    assert {pair["name"] for pair in container["secrets"]} == {
        "DATABASE_URL",
        "DATABASE_OWNER_URL",
        "SECRET_KEY",
    }


def test_a_repeated_call_finds_the_running_task_and_leaves_its_database_alone(platform, run):
    first = platform.check(run)
    address = platform.world.databases.addresses[names.scratch_database(run, 1)]
    assert platform.check(run) == first
    assert platform.world.databases.addresses[names.scratch_database(run, 1)] is address


def test_a_task_whose_report_could_not_be_believed_any_more_is_stopped(platform, run):
    first = platform.check(run)
    second = platform.check(run, report=ReportTo(1, REPORT.url, "another nonce"))
    assert list(platform.world.containers.tasks) == [second.task]
    assert second.task != first.task


# ---- release ---------------------------------------------------------------------------------------------------


def test_the_checked_image_gets_the_versions_tag(platform, run):
    checked = platform.check(run).image
    assert platform.push(run, checked) == checked
    tagged = platform.world.registry.manifests["app-clinica-sonrisa-v1"]
    assert checked.endswith(tagged.digest)


def test_an_image_with_another_bundle_is_not_released(platform, run, later, bundle):
    checked = platform.check(run).image
    with pytest.raises(Conflict):
        platform.push(run, checked, bundle=bundle + b"more")
    with pytest.raises(Conflict):
        platform.push(later, checked)


def test_provisioning_again_keeps_the_passwords_a_service_runs_with(platform, run, later):
    platform.go_live(run)
    values = dict(platform.world.secrets.values)
    assert platform.provision(run) == platform.provision(later)
    assert platform.world.secrets.values == values


def test_the_owners_connection_goes_to_migrations_only(platform, run):
    image = platform.deploy(run)
    assert image
    definitions = platform.world.containers.definitions.values()
    with_owner = {
        definition["containerDefinitions"][0]["command"][-1]
        for definition in definitions
        for secret in definition["containerDefinitions"][0]["secrets"]
        if secret["name"] == "DATABASE_OWNER_URL"
    }
    assert with_owner == {"selfcheck.run", "migrate_app"}


def test_migrating_before_there_is_a_database_is_refused(platform, run):
    with pytest.raises(Conflict):
        platform.migrate(run, "image")


def test_a_later_version_replaces_the_first_and_remembers_it(platform, run, later):
    platform.go_live(run)
    first = platform.world.containers.services[run.slug]
    platform.deploy(later)
    assert platform.world.containers.services[run.slug] != first
    service = platform.world.containers.service(run.slug)
    assert service.definition.labels["fragua.previous"] == first


# ---- health ----------------------------------------------------------------------------------------------------


def waiting(settings, run, probe):
    clock = itertools.count()
    return await_healthy(
        run, settings=settings, probe=probe, now=lambda: next(clock), pause=lambda s: None
    )


def test_healthy_is_three_answers_of_this_version_in_a_row(settings, run):
    ours, old = (200, run.generation_id), (200, "an older generation")
    probe = Probe(0, 502, old, ours, old, ours, ours, ours)
    assert waiting(settings, run, probe) == "https://clinica-sonrisa.apps.example.com"
    assert probe.asked == 8


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (0, "nobody answered"),
        (500, "500"),
        ((200, "old"), "'old'"),
        ((503, "11111111-1111-4111-8111-000000000001"), "503"),
    ],
)
def test_an_app_that_does_not_serve_this_version_is_not_healthy(settings, run, answer, said):
    with pytest.raises(AppNotHealthy, match=said):
        waiting(settings, run, Probe(answer))


# ---- hand-over -------------------------------------------------------------------------------------------------


def test_the_password_is_nowhere_but_in_the_secret_store(platform, run):
    image = platform.deploy(run)
    password = platform.take(run).password
    assert len(password) >= 20
    assert password not in repr(platform.world.containers.definitions)
    assert password not in repr(platform.hand_over(run, image))


def test_credentials_are_given_out_once(platform, run):
    platform.go_live(run)
    given = platform.take(run)
    assert given.username == "owner@clinica-sonrisa.apps.example.com"
    assert given.password not in repr(given)
    with pytest.raises(NotFound):
        platform.take(run)


def test_a_later_version_keeps_its_people(platform, run, later):
    platform.go_live(run)
    image = platform.deploy(later)
    assert platform.hand_over(later, image).task is None
    with pytest.raises(NotFound):
        platform.take(later)


def test_the_first_version_that_goes_live_is_handed_over_whatever_its_number(platform, run, later):
    platform.deploy(run)
    platform.clean_up(run)
    image = platform.deploy(later)
    assert platform.hand_over(later, image).task is not None


# ---- undoing ---------------------------------------------------------------------------------------------------


def test_after_success_only_the_app_is_left(platform, run):
    platform.go_live(run)
    state = platform.world.state()
    assert state["databases"] == ["app_clinica_sonrisa"]
    assert state["tasks"] == []
    assert platform.world.active_families() == {"fragua-dev-apps-clinica-sonrisa"}
    assert {name.rsplit("/", 1)[-1] for name in state["secrets"]} == {
        "owner-dsn",
        "app-dsn",
        "secret-key",
        f"first-owner-{names.short_id(run)}",
    }


def test_a_failed_first_version_leaves_nothing_running_and_no_data(platform, run):
    platform.deploy(run)
    platform.clean_up(run)
    state = platform.world.state()
    assert not any(state[kind] for kind in ("databases", "secrets", "tasks", "services", "routes"))
    assert platform.world.active_families() == set()


def test_a_failed_later_version_gives_way_to_the_one_before(platform, run, later):
    platform.go_live(run)
    before = platform.world.state()
    definition = platform.world.containers.services[run.slug]
    platform.deploy(later)
    platform.clean_up(later)
    after = platform.world.state()
    assert platform.world.containers.services[run.slug] == definition
    for kind in ("databases", "secrets", "tasks", "services", "routes"):
        assert after[kind] == before[kind]


def test_cleaning_up_an_app_that_is_live_never_touches_its_data(platform, run):
    platform.go_live(run)
    platform.clean_up(run)
    assert platform.world.databases.exists("app_clinica_sonrisa")


def test_what_an_unfinished_clean_up_left_is_replaced_by_the_next_generation(platform, run, later):
    platform.provision(run)
    half_made = platform.world.databases.addresses["app_clinica_sonrisa"]
    platform.provision(later)
    assert platform.world.databases.addresses["app_clinica_sonrisa"] is not half_made
    assert provision.is_first(later, settings=platform.settings, secrets=platform.world.secrets)


# ---- crashes ---------------------------------------------------------------------------------------------------


def story(platform, run, upto):
    """The steps of a whole generation; `upto` of them."""
    held = {}
    steps = [
        lambda: held.update(image=platform.check(run).image),
        lambda: platform.push(run, held["image"]),
        lambda: platform.provision(run),
        lambda: platform.migrate(run, held["image"]),
        lambda: platform.start(run, held["image"]),
        lambda: platform.hand_over(run, held["image"]),
        lambda: platform.tidy(run),
    ]
    return steps[:upto]


def fresh(settings, bundle):
    world = World()
    push_base(world.registry)
    return Platform(world, settings, bundle)


def effects_of(platform, step):
    before = len(platform.world.effects)
    step()
    return len(platform.world.effects) - before


STEPS = ["check", "push", "provision", "migrate", "start", "hand_over", "tidy"]


@pytest.mark.parametrize("generation", ["first", "later"])
@pytest.mark.parametrize("number", range(len(STEPS)), ids=STEPS)
def test_a_step_interrupted_anywhere_and_repeated_ends_the_same(
    settings, bundle, run, later, generation, number
):
    def prepared():
        platform = fresh(settings, bundle)
        if generation == "later":
            platform.go_live(run)
        steps = story(platform, run if generation == "first" else later, number + 1)
        for step in steps[:-1]:
            step()
        return platform, steps[-1]

    platform, step = prepared()
    effects = effects_of(platform, step)
    expected = platform.world.state()
    for nth in range(1, effects + 1):
        platform, step = prepared()
        platform.world.crash_after = len(platform.world.effects) + nth
        with pytest.raises(Crash):
            step()
        step()
        step()
        assert platform.world.state() == expected


@pytest.mark.parametrize("generation", ["first", "later"])
def test_cleaning_up_after_a_crash_anywhere_leaves_no_orphan(
    settings, bundle, run, later, generation
):
    """Every effect of a whole generation up to hand-over, and in each of those worlds clean-up itself interrupted too."""
    doomed = run if generation == "first" else later

    def prepared(crash_at):
        platform = fresh(settings, bundle)
        if generation == "later":
            platform.go_live(run)
        before = platform.world.state()
        families = platform.world.active_families()
        platform.world.crash_after = len(platform.world.effects) + crash_at
        try:
            for step in story(platform, doomed, 6):
                step()
        except Crash:
            return platform, before, families
        return platform, None, families

    for crash_at in itertools.count(1):
        platform, before, families = prepared(crash_at)
        if before is None:
            break
        platform.world.crash_after = len(platform.world.effects) + 1 + crash_at % 5
        try:
            platform.clean_up(doomed)
        except Crash:
            platform.clean_up(doomed)
        after = platform.world.state()
        for kind in ("databases", "secrets", "tasks", "services", "routes"):
            assert after[kind] == before[kind], (crash_at, kind)
        assert platform.world.active_families() == families
    assert crash_at > 10


def test_every_crash_inside_clean_up_is_finished_by_the_next_call(settings, bundle, run):
    platform = fresh(settings, bundle)
    platform.deploy(run)
    effects = effects_of(platform, lambda: platform.clean_up(run))
    for nth in range(1, effects + 1):
        platform = fresh(settings, bundle)
        platform.deploy(run)
        platform.world.crash_after = len(platform.world.effects) + nth
        with pytest.raises(Crash):
            platform.clean_up(run)
        platform.clean_up(run)
        state = platform.world.state()
        assert not any(
            state[kind] for kind in ("databases", "secrets", "tasks", "services", "routes")
        )
        assert platform.world.active_families() == set()
