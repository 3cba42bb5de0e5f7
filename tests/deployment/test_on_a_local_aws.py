"""The whole story on a local AWS: a first version, a later one that fails; and that each Lambda may do what it does."""

import json
from pathlib import Path

import pytest

from chalicelib.deployment import names
from chalicelib.errors import NotFound

from .conftest import make_run
from .platform import Platform
from .test_removal import JUST_NOW, built, removal

KINDS = ("checks", "migrate", "hand-over")


@pytest.fixture(scope="session")
def platform(cloud, bundle):
    return Platform(cloud, cloud.settings, bundle)


def leftovers(cloud, run):
    families = [names.one_off_family(cloud.settings, kind, run, 1) for kind in KINDS]
    tasks = [task for family in families for task in cloud.containers.running_tasks(family)]
    return tasks + [d for family in families for d in cloud.containers.registered(family)]


def test_a_first_version_goes_live_and_a_later_one_that_fails_gives_way(platform, cloud):
    first, later = make_run(1, slug="story"), make_run(2, slug="story")
    image = platform.go_live(first)
    live = cloud.containers.service("story")
    assert cloud.registry.manifest("app-story-v1").digest == image.rpartition("@")[2]
    assert platform.take(first).password
    with pytest.raises(NotFound):
        platform.take(first)

    platform.deploy(later)
    assert cloud.containers.service("story").definition.arn != live.definition.arn
    platform.clean_up(later)
    assert cloud.containers.service("story") == live
    assert list(cloud.databases.addresses) == ["app_story"]
    assert leftovers(cloud, first) + leftovers(cloud, later) == []
    cloud.databases.addresses.clear()


def test_a_failed_first_version_leaves_nothing(platform, cloud):
    run = make_run(3, slug="failed")
    platform.deploy(run)
    platform.clean_up(run)
    assert cloud.containers.service("failed") is None
    assert cloud.databases.addresses == {}
    assert leftovers(cloud, run) == []
    for kind in ("owner-dsn", "app-dsn", "secret-key", "first-generation"):
        assert cloud.secrets.reference(names.app_secret(cloud.settings, run, kind)) is None


def test_a_removed_app_leaves_nothing(platform, cloud):
    first, later = make_run(6, slug="removed"), make_run(7, slug="removed")
    platform.go_live(first)
    platform.go_live(later)
    for _ in range(2):
        removal(cloud, cloud.settings)([built(later, ended_at=JUST_NOW), built(first)])
    assert cloud.containers.service("removed") is None
    assert cloud.containers.registered(names.service_family(cloud.settings, first)) == []
    assert cloud.registry.manifest("app-removed-v1") is None
    assert cloud.registry.manifest("app-removed-v2") is None
    assert "app_removed" not in cloud.databases.addresses
    assert leftovers(cloud, first) + leftovers(cloud, later) == []
    for kind in ("owner-dsn", "app-dsn", "secret-key", "first-generation"):
        assert cloud.secrets.reference(names.app_secret(cloud.settings, first, kind)) is None


def allowed(function):
    """The actions of a Lambda's policy."""
    config = json.loads(Path(".chalice/config.json").read_text())
    policy = config["lambda_functions"][function]["iam_policy_file"]
    statements = json.loads(Path(".chalice", policy).read_text())["Statement"]
    return {action for statement in statements for action in statement["Action"]}


def test_each_lambda_may_do_what_its_use_case_does(platform, cloud):
    run, later = make_run(4, slug="rights"), make_run(5, slug="rights")
    done = {}

    def did(function, step):
        cloud.asked.clear()
        result = step()
        # A second call takes the other way through: what is there already is found.
        step()
        done[function] = done.get(function, set()) | cloud.asked
        return result

    image = did("run_checks", lambda: platform.check(run)).image
    did("provision_database", lambda: platform.provision(run))
    # As after a clean-up that never ended, with a service and without: somebody else's mark is found.
    did("provision_database", lambda: platform.provision(later))
    platform.start(later, image)
    did("provision_database", lambda: platform.provision(run))
    platform.clean_up(later)
    platform.provision(run)
    did("migrate_database", lambda: platform.migrate(run, image))
    did("start_service", lambda: platform.start(run, image))
    did("hand_over", lambda: platform.hand_over(run, image))
    did("record_success", lambda: platform.tidy(run))
    cloud.asked.clear()
    platform.take(run)
    done["api_handler"] = set(cloud.asked)
    platform.deploy(later)
    did("clean_up", lambda: platform.clean_up(later))
    platform.go_live(later)
    did("do_jobs", lambda: removal(cloud, cloud.settings)([built(later, ended_at=JUST_NOW)]))
    platform.clean_up(run)
    missing = {name: sorted(asked - allowed(name)) for name, asked in done.items()}
    assert {name: actions for name, actions in missing.items() if actions} == {}
