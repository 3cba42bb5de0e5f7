import dataclasses
import json

import pytest

from chalicelib.deployment import names, oneoff, plan
from chalicelib.deployment.plan import ReportTo

from .conftest import make_run

SECRETS = {
    "DATABASE_URL": "arn:aws:secretsmanager:eu-west-1:1:secret:app",
    "SECRET_KEY": "arn:aws:secretsmanager:eu-west-1:1:secret:key",
}
REPORT = plan.ReportTo(round=2, url="https://bucket/inbox?signature=x", nonce="n0nce")
IMAGE = "registry.example/apps@sha256:abc"


@pytest.fixture
def service(settings, run):
    return plan.service_definition(settings, run, IMAGE, secrets=SECRETS, previous="old:3")


def checks(settings, run):
    return plan.one_off_definition(settings, run, "checks", IMAGE, report=REPORT, secrets=SECRETS)


def container(definition):
    return definition["containerDefinitions"][0]


def environment(definition):
    return {pair["name"]: pair["value"] for pair in container(definition)["environment"]}


def test_secrets_are_given_by_reference_only(service):
    references = {pair["name"]: pair["valueFrom"] for pair in container(service)["secrets"]}
    assert references == SECRETS
    assert not set(references) & set(environment(service))


def test_a_task_has_no_role_so_generated_code_has_no_cloud_credentials(settings, run, service):
    for definition in (service, checks(settings, run)):
        assert "taskRoleArn" not in definition
        assert not [name for name in environment(definition) if name.startswith("AWS")]


def test_a_container_is_not_root_and_the_service_cannot_write_its_image(service):
    assert container(service)["user"] == "10001:10001"
    assert container(service)["readonlyRootFilesystem"] is True


def test_an_image_runs_by_digest(service):
    assert "@sha256:" in container(service)["image"]


def test_the_app_is_told_who_it_is(service):
    told = environment(service)
    assert told["APP_URL"] == "https://clinica-sonrisa.apps.example.com"
    assert told["APP_VERSION"] == "11111111-1111-4111-8111-000000000001"
    assert "clinica-sonrisa.apps.example.com" in told["ALLOWED_HOSTS"].split(",")
    assert (told["LANGUAGE_CODE"], told["PORT"]) == ("es", "8000")


@pytest.mark.parametrize(("stage", "told"), [("prod", "1"), ("dev", "0")])
def test_only_behind_a_load_balancer_is_a_forwarded_address_believed(settings, run, stage, told):
    definition = checks(dataclasses.replace(settings, stage=stage), run)
    assert environment(definition)["BEHIND_PROXY"] == told


def test_the_service_is_not_told_where_reports_go(service):
    assert not [name for name in environment(service) if name.startswith("REPORT")]


def test_a_one_off_task_knows_its_report_its_round_and_its_generation(settings, run):
    told = environment(checks(settings, run))
    assert told["REPORT_URL"] == REPORT.url
    assert told["REPORT_NONCE"] == "n0nce"
    assert told["GENERATION_ID"] == run.generation_id
    assert told["ROUND"] == "2"


@pytest.mark.parametrize(
    ("kind", "command"),
    [
        ("checks", "python -m selfcheck.run"),
        ("migrate", "python manage.py migrate_app"),
        ("hand_over", "python manage.py hand_over"),
    ],
)
def test_each_kind_runs_its_command(settings, run, kind, command):
    definition = plan.one_off_definition(settings, run, kind, IMAGE, report=REPORT, secrets={})
    assert " ".join(container(definition)["command"]) == command


def test_what_it_replaces_is_written_into_the_definition(service):
    assert container(service)["dockerLabels"][plan.PREVIOUS_LABEL] == "old:3"


def test_the_old_version_serves_until_the_new_one_is_healthy(settings, run):
    deployment = plan.service_plan(settings, run, "d:1", "tg")["deploymentConfiguration"]
    assert deployment["minimumHealthyPercent"] == 100
    assert deployment["deploymentCircuitBreaker"] == {"enable": True, "rollback": True}


def test_the_rule_sends_the_apps_host_there_with_the_apps_number_as_priority(settings, run):
    rule = plan.rule_plan(settings, run)
    assert rule["Priority"] == 7
    assert rule["Conditions"][0]["HostHeaderConfig"]["Values"] == [
        "clinica-sonrisa.apps.example.com"
    ]


def test_plans_are_plain_data(settings, run, service):
    for planned in (
        service,
        plan.service_plan(settings, run, "d:1", "tg"),
        plan.target_group_plan(settings, run),
    ):
        assert json.loads(json.dumps(planned)) == planned


def test_names_stay_within_what_the_cloud_and_postgres_allow(settings):
    long = make_run(1, slug="a" * 40)
    assert len(names.app_database(long)) + len("_owner") <= 63
    assert len(names.target_group(settings, long)) <= 32
    assert len(oneoff.started_by("hand_over", long, ReportTo(9, "", "n"))) <= 128


def test_two_stacks_in_one_account_never_share_a_name(settings, run):
    other = dataclasses.replace(settings, app_repository="fragua-prod/apps")
    for name in (names.target_group, names.service_family, names.log_group):
        args = () if name is names.log_group else (run,)
        assert name(settings, *args) != name(other, *args)


def test_on_a_laptop_each_app_has_its_own_port(settings, run):
    laptop = dataclasses.replace(
        settings, app_url_template="http://localhost:{port}", app_domain="localhost"
    )
    assert names.app_url(laptop, run) == "http://localhost:8107"
    assert names.app_host(laptop, run) == "localhost"
