"""The template that goes to AWS, and what a laptop changes in it."""

from __future__ import annotations

import dataclasses
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from chalicelib import jobs
from chalicelib.deployment import names, oneoff, plan
from chalicelib.settings import Settings, read_settings
from infra import base_image, package
from infra.local.overrides import EVERY_FUNCTION, localized, overrides
from infra.local.place import Place

PLACE = Place(home=Path("/nowhere"))
CODE = {"Bucket": "code", "Key": "x.zip"}
# Numbers with good defaults; a deployment may set them, the template does not.
LEFT_TO_DEFAULTS = {
    "app_port_base",
    "aws_endpoint_url",
    "generation_rounds_max",
    "github_url",
    "google_url",
    "generation_parallel_max",
    "mvs_bytes_max",
    "spreadsheet_bytes_max",
    "bundle_bytes_max",
    "report_bytes_max",
    "presigned_url_s",
    "healthy_within_s",
    "sweep_quiet_s",
    "log_level",
}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return package.packaged("prod", tmp_path_factory.mktemp("out"), with_requirements=False)


@pytest.fixture(scope="module")
def local(template: dict[str, Any]) -> dict[str, Any]:
    return localized(template, overrides(PLACE, CODE))


@pytest.fixture(scope="module")
def settings() -> Settings:
    return read_settings(
        {
            "FRAGUA_STAGE": "prod",
            "FRAGUA_ARTIFACT_BUCKET": "b",
            "FRAGUA_RUN_TABLE": "t",
            "FRAGUA_APP_REPOSITORY": "stack/apps",
        }
    )


def test_cfn_lint_finds_nothing_in_the_merged_template(
    template: dict[str, Any], tmp_path: Path
) -> None:
    path = tmp_path / "template.json"
    path.write_text(json.dumps(template))
    done = subprocess.run(
        [Path(sys.executable).with_name("cfn-lint"), str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_a_laptop_changes_only_what_the_list_of_overrides_names(
    template: dict[str, Any], local: dict[str, Any]
) -> None:
    allowed = {override.where for override in overrides(PLACE, CODE)}
    functions = function_names(template)
    changed = {
        tuple(EVERY_FUNCTION if step in functions else step for step in where)
        for where in differences(template, local)
    }
    assert changed == allowed


def test_every_override_says_why() -> None:
    assert all(len(override.why) > 10 for override in overrides(PLACE, CODE))


def test_every_variable_set_is_a_setting_and_every_setting_is_set(local: dict[str, Any]) -> None:
    fields = {field.name for field in dataclasses.fields(Settings)}
    given = {name.removeprefix("FRAGUA_").lower() for name in variables(local)}
    assert given <= fields
    assert fields - given <= LEFT_TO_DEFAULTS


def test_no_function_sets_variables_of_its_own(template: dict[str, Any]) -> None:
    functions = [template["Resources"][name]["Properties"] for name in function_names(template)]
    assert [each for each in functions if "Environment" in each] == []


def test_every_function_of_the_state_machine_is_substituted(template: dict[str, Any]) -> None:
    machine = template["Resources"]["GenerateApp"]["Properties"]
    named = set(re.findall(r"\$\{(\w+)\}", machine["DefinitionString"]))
    assert named == set(machine["DefinitionSubstitutions"]) <= function_names(template)


def test_a_state_machine_that_names_an_unknown_function_is_not_packaged() -> None:
    with pytest.raises(package.CannotPackage, match="Nobody"):
        package.substitutions('{"Resource": "${Nobody}"}', {})


def test_each_function_may_do_only_what_its_own_role_says(template: dict[str, Any]) -> None:
    roles = [
        json.dumps(template["Resources"][name]["Properties"]["Role"])
        for name in function_names(template)
    ]
    assert len(set(roles)) == len(roles)


def test_what_arrives_wakes_the_one_function_that_reads_it(template: dict[str, Any]) -> None:
    bucket = template["Resources"]["ArtifactBucket"]
    woken = {
        wiring["Filter"]["S3Key"]["Rules"][0]["Value"]: wiring["Function"]["Fn::GetAtt"][0]
        for wiring in bucket["Properties"]["NotificationConfiguration"]["LambdaConfigurations"]
    }
    assert woken == {"inbox/": "ProcessArtifact", "uploads/": "ReadSpreadsheet"}
    rights = {name: template["Resources"][name]["Properties"] for name in bucket["DependsOn"]}
    assert {each["FunctionName"]["Fn::GetAtt"][0] for each in rights.values()} == set(
        woken.values()
    )


def test_ends_of_our_own_tasks_wake_task_stopped(template: dict[str, Any], run: Any) -> None:
    rule = template["Resources"]["OneOffTaskStopped"]["Properties"]
    prefixes = [each["prefix"] for each in rule["EventPattern"]["detail"]["startedBy"]]
    kinds: tuple[plan.Kind, ...] = ("checks", "migrate", "hand_over")
    for kind in kinds:
        name = oneoff.started_by(kind, run, plan.ReportTo(1, "", "nonce"))
        assert any(name.startswith(prefix) for prefix in prefixes)
    assert rule["Targets"][0]["Arn"] == {"Fn::GetAtt": ["TaskStopped", "Arn"]}


def test_the_sweep_is_on_a_schedule_shorter_than_its_time_limit(template: dict[str, Any]) -> None:
    rule = template["Resources"]["SweepSchedule"]["Properties"]
    assert rule["ScheduleExpression"] == "rate(5 minutes)"
    assert rule["Targets"][0]["Arn"] == {"Fn::GetAtt": ["Sweep", "Arn"]}
    assert template["Resources"]["Sweep"]["Properties"]["Timeout"] < 300


def test_jobs_come_from_the_queue_one_at_a_time_and_every_minute(template: dict[str, Any]) -> None:
    resources = template["Resources"]
    mapping = resources["JobsComeFromTheQueue"]["Properties"]
    assert mapping["EventSourceArn"] == {"Fn::GetAtt": ["JobQueue", "Arn"]}
    assert mapping["FunctionName"] == {"Fn::GetAtt": ["DoJobs", "Arn"]}
    assert mapping["BatchSize"] == 1
    rule = resources["JobSchedule"]["Properties"]
    assert rule["ScheduleExpression"] == "rate(1 minute)"
    assert rule["Targets"][0]["Arn"] == {"Fn::GetAtt": ["DoJobs", "Arn"]}


def test_a_job_under_way_is_given_to_nobody_else(template: dict[str, Any]) -> None:
    queue = template["Resources"]["JobQueue"]["Properties"]
    limit = template["Resources"]["DoJobs"]["Properties"]["Timeout"]
    assert jobs.SENDING_S < limit < queue["VisibilityTimeout"]


def test_a_job_that_keeps_failing_is_kept_for_two_weeks_and_somebody_is_told(
    template: dict[str, Any],
) -> None:
    resources = template["Resources"]
    redrive = resources["JobQueue"]["Properties"]["RedrivePolicy"]
    assert redrive["deadLetterTargetArn"] == {"Fn::GetAtt": ["JobsGivenUp", "Arn"]}
    assert redrive["maxReceiveCount"] == 4
    assert resources["JobsGivenUp"]["Properties"]["MessageRetentionPeriod"] == 14 * 24 * 3600
    alarm = resources["JobsWereGivenUp"]["Properties"]
    assert alarm["Dimensions"][0]["Value"] == {"Fn::GetAtt": ["JobsGivenUp", "QueueName"]}
    assert (alarm["Threshold"], alarm["AlarmActions"]) == (0, [{"Ref": "Alarms"}])


def test_only_jobs_send_mail_and_only_from_our_address(template: dict[str, Any]) -> None:
    senders = {
        name: statement
        for name in function_names(template)
        for statement in statements(template, name)
        if any(action.startswith("ses:") for action in statement["Action"])
    }
    assert set(senders) == {"DoJobs"}
    condition = senders["DoJobs"]["Condition"]["StringEquals"]
    assert condition == {"ses:FromAddress": {"Ref": "MailFrom"}}


def test_the_api_puts_jobs_and_can_not_take_them(template: dict[str, Any]) -> None:
    queue = {"Fn::GetAtt": ["JobQueue", "Arn"]}
    may = {
        name: {
            action
            for statement in statements(template, name)
            if statement["Resource"] == queue
            for action in statement["Action"]
        }
        for name in function_names(template)
    }
    assert may["APIHandler"] == {"sqs:SendMessage"}
    assert "sqs:ReceiveMessage" in may["DoJobs"]
    assert {name for name, actions in may.items() if actions} == {"APIHandler", "DoJobs"}


def test_events_may_wake_only_what_their_rule_names(template: dict[str, Any]) -> None:
    rights = [
        each["Properties"]
        for each in template["Resources"].values()
        if each["Type"] == "AWS::Lambda::Permission"
        and each["Properties"]["Principal"] == "events.amazonaws.com"
    ]
    assert len(rights) == 4
    assert all("SourceArn" in each for each in rights)


def test_what_holds_data_survives_the_stack(template: dict[str, Any]) -> None:
    kinds = {"AWS::S3::Bucket", "AWS::DynamoDB::Table", "AWS::ECR::Repository"}
    holders = [each for each in template["Resources"].values() if each["Type"] in kinds]
    assert {each["DeletionPolicy"] for each in holders} == {"Retain"}


def test_tasks_may_read_exactly_the_secrets_that_apps_are_given(
    template: dict[str, Any], settings: Settings, run: Any
) -> None:
    role = json.dumps(template["Resources"]["TaskExecutionRole"])
    assert "secret:${AWS::StackName}/apps/*" in role
    assert names.app_secret(settings, run, "app").startswith("stack/apps/")


def test_apps_log_where_the_template_made_room(
    template: dict[str, Any], settings: Settings
) -> None:
    group = template["Resources"]["AppLogs"]["Properties"]["LogGroupName"]["Fn::Sub"]
    assert group.replace("${AWS::StackName}", "stack") == names.log_group(settings)


def test_the_gateways_own_errors_are_problem_json(template: dict[str, Any]) -> None:
    responses = [
        each["Properties"]
        for each in template["Resources"].values()
        if each["Type"] == "AWS::ApiGateway::GatewayResponse"
    ]
    kinds = {each["ResponseType"] for each in responses}
    assert {"DEFAULT_4XX", "DEFAULT_5XX", "THROTTLED", "UNAUTHORIZED", "REQUEST_TOO_LARGE"} <= kinds
    for each in responses:
        header = each["ResponseParameters"]["gatewayresponse.header.Content-Type"]
        assert header == "'application/problem+json'"


def test_the_same_runtime_has_the_same_base_image(template: dict[str, Any]) -> None:
    assert re.fullmatch(r"base-[0-9a-f]{16}", base_image.tag())
    assert template["Parameters"]["BaseImageTag"]["Default"].startswith("base-")


@pytest.fixture
def run() -> Any:
    from chalicelib.generation.run import Run

    ids = dict.fromkeys(("generation_id", "tenant_id", "app_id"), str(UUID(int=1)))
    return Run(**ids, app_number=7, slug="clinica", version=1, locale="es")


def variables(template: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = template["Globals"]["Function"]["Environment"]["Variables"]
    return found


def statements(template: dict[str, Any], function: str) -> list[dict[str, Any]]:
    """What the function's own role allows."""
    role = template["Resources"][function]["Properties"]["Role"]["Fn::GetAtt"][0]
    policies = template["Resources"][role]["Properties"]["Policies"]
    return [each for policy in policies for each in policy["PolicyDocument"]["Statement"]]


def function_names(template: dict[str, Any]) -> set[str]:
    return {
        name
        for name, each in template["Resources"].items()
        if each["Type"] == "AWS::Serverless::Function"
    }


def differences(one: Any, other: Any, where: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Paths at which two templates differ; a whole value counts as one when its kind changed."""
    if isinstance(one, dict) and isinstance(other, dict) and where[-1:] != ("CodeUri",):
        for key in one.keys() | other.keys():
            yield from differences(one.get(key), other.get(key), (*where, key))
    elif one != other:
        yield where
