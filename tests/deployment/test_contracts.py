"""The same expectations of the fakes and of the adapters on a real local AWS: what tests believe is what happens."""

import dataclasses
import hashlib
import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from chalicelib.adapters import aws
from chalicelib.adapters.image_registry import image_registry
from chalicelib.deployment import names, oneoff, plan
from chalicelib.deployment.candidate import push_candidate
from chalicelib.deployment.image import candidate_image, read_base
from chalicelib.deployment.plan import ReportTo
from chalicelib.errors import CloudBusy, NotFound

from .conftest import make_run

REPORT = ReportTo(1, "https://bucket/inbox?signature=x", "nonce")


@pytest.fixture(params=["fake", "real"])
def place(request, world, settings):
    if request.param == "fake":
        world.settings = settings
        return world
    return request.getfixturevalue("cloud")


# ---- the registry ----------------------------------------------------------------------------------------------


def test_what_was_uploaded_comes_back_byte_by_byte(place):
    content = bytes(range(256)) * 5000
    digest = place.registry.upload(content)
    assert digest == f"sha256:{hashlib.sha256(content).hexdigest()}"
    assert place.registry.upload(content) == digest
    assert place.registry.blob(digest) == content


def test_what_was_never_uploaded_is_not_there(place):
    assert place.registry.manifest("no-such-tag") is None
    with pytest.raises(NotFound):
        place.registry.blob("sha256:" + "0" * 64)


def test_an_image_is_found_by_digest_and_by_every_tag(place, run, bundle):
    base = read_base("base-1", registry=place.registry)
    image = candidate_image(bundle, base, {"fragua.generation": run.generation_id})
    name = push_candidate(run, bundle, settings=place.settings, registry=place.registry)
    digest = name.rpartition("@")[2]
    found = place.registry.manifest(digest)
    assert found is not None
    place.registry.put_manifest(found, "app-x-v1")
    place.registry.put_manifest(found, "app-x-v1")
    assert place.registry.manifest("app-x-v1") == found
    for layer in json.loads(found.content)["layers"]:
        assert len(place.registry.blob(layer["digest"])) == layer["size"]
    assert place.registry.blob(json.loads(found.content)["layers"][-1]["digest"]) == image.layer


def test_the_same_bundle_pushed_twice_is_one_image(place, run, bundle):
    first = push_candidate(run, bundle, settings=place.settings, registry=place.registry)
    again = push_candidate(run, bundle, settings=place.settings, registry=place.registry)
    assert again == first


def test_a_tag_moves_to_the_newest_image(place, bundle):
    registry = place.registry
    base = read_base("base-1", registry=registry)
    for label in ("one", "two"):
        image = candidate_image(bundle, base, {"label": label})
        registry.upload(image.layer)
        registry.upload(image.config)
        registry.put_manifest(image.manifest, "moving")
        assert registry.manifest("moving").digest == image.manifest.digest


def test_a_registry_that_is_not_there_is_the_worlds_turn(settings):
    nowhere = dataclasses.replace(settings, registry_url="http://127.0.0.1:9")
    with pytest.raises(CloudBusy):
        image_registry(nowhere).manifest("base-1")


# ---- secrets ---------------------------------------------------------------------------------------------------


def test_a_secret_has_a_reference_and_one_present_value(place):
    secrets = place.secrets
    reference = secrets.put("a/b", "one")
    assert secrets.put("a/b", "two") == reference == secrets.reference("a/b")
    assert secrets.read("a/b") == secrets.value("a/b") == secrets.value(reference) == "two"


def test_a_deleted_secret_is_gone_and_may_be_deleted_again(place):
    place.secrets.put("gone", "x")
    place.secrets.delete("gone")
    place.secrets.delete("gone")
    assert place.secrets.reference("gone") is None
    assert place.secrets.read("gone") is None
    with pytest.raises(NotFound):
        place.secrets.value("gone")


def test_of_many_who_take_a_secret_one_gets_it(place):
    place.secrets.put("once", "the password")
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda _: place.secrets.take("once"), range(8)))
    assert sorted(taken, key=str) == [*([None] * 7), "the password"]
    assert place.secrets.reference("once") is None


# ---- containers ------------------------------------------------------------------------------------------------


def definition(place, image, previous="", version=1):
    return plan.service_definition(
        place.settings,
        make_run(version, slug="contract"),
        image,
        secrets={"SECRET_KEY": "arn:aws:secretsmanager:eu-west-1:000000000000:secret:key-abcdef"},
        previous=previous,
    )


def test_a_registered_definition_keeps_our_labels_until_it_is_retired(place):
    family = definition(place, "i@sha256:1")["family"]
    first = place.containers.register(definition(place, "i@sha256:1"))
    second = place.containers.register(definition(place, "i@sha256:2", previous=first.arn))
    assert place.containers.registered(family)[:2] == [second, first]
    assert second.labels[plan.PREVIOUS_LABEL] == first.arn
    place.containers.deregister(first.arn)
    place.containers.deregister(second.arn)
    assert place.containers.registered(family) == []


def test_families_do_not_see_each_other_by_prefix(place):
    there = place.containers.register({**definition(place, "i"), "family": "abc-long"})
    assert place.containers.registered("abc") == []
    place.containers.deregister(there.arn)


def test_a_one_off_task_runs_once_for_one_wait(place, run):
    planned = plan.one_off_definition(
        place.settings, run, "migrate", "i@sha256:1", report=REPORT, secrets={}
    )
    mark = oneoff.started_by("migrate", run, REPORT)
    task = oneoff.run_once(planned, mark, containers=place.containers)
    assert oneoff.run_once(planned, mark, containers=place.containers) == task
    oneoff.forget("migrate", run, 1, settings=place.settings, containers=place.containers)
    assert place.containers.running_tasks(planned["family"]) == []
    assert place.containers.registered(planned["family"]) == []
    place.containers.stop_task(task)


def test_a_service_moves_from_one_definition_to_the_next_and_goes(place):
    containers, here = place.containers, make_run(1, slug="contract")
    first = containers.register(definition(place, "i@sha256:1"))
    target_group = place.routes.open(
        plan.target_group_plan(place.settings, here), plan.rule_plan(place.settings, here)
    )
    assert containers.service("contract") is None
    made = containers.create_service(
        plan.service_plan(place.settings, here, first.arn, target_group)
    )
    assert made == containers.service("contract")
    second = containers.register(definition(place, "i@sha256:2", previous=first.arn))
    containers.update_service("contract", second.arn)
    assert containers.service("contract").definition == second
    for _ in range(2):
        containers.rest("contract")
        assert containers.service("contract").is_resting
    assert containers.service("contract").definition == second
    for _ in range(2):
        containers.wake("contract")
        assert not containers.service("contract").is_resting
    containers.delete_service("contract")
    containers.delete_service("contract")
    containers.rest("contract")
    containers.wake("contract")
    place.routes.close(names.target_group(place.settings, here))
    assert containers.service("contract") is None


# ---- routes ----------------------------------------------------------------------------------------------------


def test_opening_twice_is_one_route_and_closing_twice_is_none(place, run):
    group = plan.target_group_plan(place.settings, run)
    rule = plan.rule_plan(place.settings, run)
    assert place.routes.open(group, rule) == place.routes.open(group, rule)
    place.routes.close(group["Name"])
    place.routes.close(group["Name"])


def test_a_route_leads_the_apps_host_to_its_target_group(cloud, run):
    group = plan.target_group_plan(cloud.settings, run)
    arn = cloud.routes.open(group, plan.rule_plan(cloud.settings, run))
    cloud.routes.open(group, plan.rule_plan(cloud.settings, run))
    elb = aws.client(cloud.settings, "elbv2")
    rules = elb.describe_rules(ListenerArn=cloud.settings.listener_arn)["Rules"]
    ours = [rule for rule in rules if rule["Actions"][0].get("TargetGroupArn") == arn]
    assert [(rule["Priority"], rule["Conditions"][0]["Field"]) for rule in ours] == [
        ("7", "host-header")
    ]
    cloud.routes.close(group["Name"])
