"""What the generation room's ports promise, held against the fake and the adapter alike."""

from __future__ import annotations

import json
import re
import threading
from urllib.parse import parse_qs, unquote, urlsplit

import boto3
import pytest
from moto import mock_aws

from chalicelib.adapters.artifact_bucket import ArtifactBucket
from chalicelib.adapters.run_table import RunTable
from chalicelib.adapters.step_functions import StepFunctions
from chalicelib.errors import CloudBusy, NotFound, TooLarge
from chalicelib.generation.ports import Stage
from chalicelib.generation.run import Run
from chalicelib.settings import Settings
from tests.run_fakes import Artifacts, Machine, Runs
from tests.stepfunctions.lambdas import RUN

REGION = "eu-west-1"
SETTINGS = Settings(
    stage="dev",
    artifact_bucket="artifacts",
    run_table="runs",
    state_machine_arn=f"arn:aws:states:{REGION}:123456789012:stateMachine:generate_app",
    aws_region=REGION,
)
run = Run(**RUN)
ID = run.generation_id


@pytest.fixture
def cloud(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield


def make_table():
    boto3.client("dynamodb", region_name=REGION).create_table(
        TableName="runs",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": "generation_id", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
        KeySchema=[
            {"AttributeName": "generation_id", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
    )


@pytest.fixture(params=["fake", "table"])
def runs(request):
    if request.param == "fake":
        return Runs()
    request.getfixturevalue("cloud")
    make_table()
    return RunTable(SETTINGS)


@pytest.fixture(params=["fake", "bucket"])
def artifacts(request):
    if request.param == "fake":
        return Artifacts()
    request.getfixturevalue("cloud")
    boto3.client("s3", region_name=REGION).create_bucket(
        Bucket="artifacts", CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    return ArtifactBucket(SETTINGS)


class TestRunLog:
    def test_nothing_is_recorded_at_first(self, runs):
        assert runs.recorded(ID, Stage("Design")) is None

    def test_the_first_record_of_a_stage_stands(self, runs):
        assert runs.record(ID, Stage("Design"), {"key": "a"}) == {"key": "a"}
        assert runs.record(ID, Stage("Design"), {"key": "b"}) == {"key": "a"}
        assert runs.recorded(ID, Stage("Design")) == {"key": "a"}

    def test_rounds_and_modules_are_stages_of_their_own(self, runs):
        for stage in (Stage("GenerateModule", 1, "visit"), Stage("GenerateModule", 2, "visit")):
            runs.record(ID, stage, {"round": stage.round})
        runs.record(ID, Stage("GenerateModule", 1, "patient"), {"round": 1})
        runs.record("other", Stage("GenerateModule", 1, "patient"), {"round": 9})
        assert runs.recorded_modules(ID, "GenerateModule") == {
            (1, "visit"): {"round": 1},
            (2, "visit"): {"round": 2},
            (1, "patient"): {"round": 1},
        }

    def test_events_come_in_order_and_after_the_last_one_seen(self, runs):
        for status in ("started", "note", "done"):
            runs.tell(ID, Stage("Review", 2), status, "hello", ms=7)
        first, *rest = runs.events(ID)
        assert set(first) == {
            *("id", "at", "stage", "module", "round", "status", "message", "ms"),
            *("cost_microdollars", "attempt"),
        }
        assert (first["stage"], first["round"], first["status"]) == ("Review", 2, "started")
        assert runs.events(ID, after=first["id"]) == rest
        assert runs.events(ID, after=rest[-1]["id"]) == []
        assert len(runs.events(ID, limit=2)) == 2
        assert runs.events("other") == []

    def test_a_call_of_a_model_says_what_it_cost_and_which_try_it_was(self, runs):
        runs.tell(ID, Stage("Review"), "note", "x", 7, cost_microdollars=120, attempt=2)
        (event,) = runs.events(ID)
        assert (event["cost_microdollars"], event["attempt"]) == (120, 2)

    def test_a_run_that_is_forgotten_leaves_nothing_and_the_others_alone(self, runs):
        for number in range(30):
            runs.tell(ID, Stage("Review", 2), "note", str(number))
            runs.record(ID, Stage("GenerateModule", 1, f"module_{number}"), {"a": 1})
        runs.cancel(ID)
        runs.record("other", Stage("Design"), {"a": 1})
        runs.forget(ID)
        runs.forget(ID)
        assert runs.events(ID) == []
        assert runs.recorded_modules(ID, "GenerateModule") == {}
        assert not runs.is_cancelled(ID)
        assert runs.recorded("other", Stage("Design")) == {"a": 1}

    def test_a_run_stays_cancelled(self, runs):
        assert not runs.is_cancelled(ID)
        runs.cancel(ID)
        runs.cancel(ID)
        assert runs.is_cancelled(ID)

    def test_a_wait_keeps_its_nonce_and_takes_the_newest_token(self, runs):
        first = runs.open_wait(run, "checks", 1, "token-1")
        second = runs.open_wait(run, "checks", 1, "token-2")
        assert (first.token, second.token) == ("token-1", "token-2")
        assert first.nonce == second.nonce
        assert len(first.nonce) >= 32
        assert first.opened_ms == second.opened_ms
        assert second.run == run.model_dump()
        assert runs.wait(ID, "checks", 1) == second

    def test_waits_have_different_nonces(self, runs):
        assert (
            runs.open_wait(run, "checks", 1, "t").nonce
            != runs.open_wait(run, "checks", 2, "t").nonce
        )

    def test_the_first_outcome_of_a_wait_stands(self, runs):
        runs.open_wait(run, "checks", 1, "token-1")
        settled, is_first = runs.settle_wait(ID, "checks", 1, {"passed": True})
        again, is_second = runs.settle_wait(ID, "checks", 1, {"passed": False})
        assert (is_first, is_second) == (True, False)
        assert settled.outcome == again.outcome == {"passed": True}

    def test_a_token_that_comes_after_the_outcome_learns_of_it(self, runs):
        runs.open_wait(run, "checks", 1, "token-1")
        runs.settle_wait(ID, "checks", 1, {"passed": True})
        assert runs.open_wait(run, "checks", 1, "token-2").outcome == {"passed": True}

    def test_nobody_settles_what_nobody_waits_for(self, runs):
        with pytest.raises(NotFound):
            runs.settle_wait(ID, "checks", 1, {})
        assert runs.wait(ID, "checks", 1) is None


class TestArtifactStore:
    def test_what_is_written_is_read(self, artifacts):
        artifacts.write("generations/a.json", b"{}")
        artifacts.write("generations/a.json", b'{"b":1}')
        assert artifacts.read("generations/a.json", 100) == b'{"b":1}'
        assert artifacts.exists("generations/a.json")

    def test_what_is_not_there_is_not_found(self, artifacts):
        assert not artifacts.exists("nothing")
        with pytest.raises(NotFound):
            artifacts.read("nothing", 100)

    def test_more_than_the_limit_is_not_read(self, artifacts):
        artifacts.write("big", b"x" * 101)
        with pytest.raises(TooLarge):
            artifacts.read("big", 100)


def test_links_name_one_key_and_expire(cloud):
    bucket = ArtifactBucket(SETTINGS)
    link = bucket.link_to_write("inbox/a/b/checks-1.json")
    assert "/inbox/a/b/checks-1.json?" in link
    assert f"X-Amz-Expires={SETTINGS.presigned_url_s}" in link
    assert "attachment" in bucket.link_to_read("generations/a", "prd.md")


@pytest.mark.parametrize(
    "name",
    [
        "prd.md",
        'a"; filename="evil.exe',
        "a\r\nSet-Cookie: x=1",
        "../../etc/passwd",
        "Clínica 🦷%22.zip",
    ],
)
def test_a_name_stays_a_name_in_the_header_that_gives_it(cloud, name):
    link = ArtifactBucket(SETTINGS).link_to_read("generations/a", name)
    (header,) = parse_qs(urlsplit(link).query)["response-content-disposition"]
    said = re.fullmatch(r"attachment; filename=\"([\w.-]+)\"; filename\*=UTF-8''(\S+)", header, re.ASCII)  # fmt: skip
    assert unquote(said[2]) == name
    assert not set(said[2]) & set('"\\/; ')


def test_records_expire(cloud):
    make_table()
    table = RunTable(SETTINGS)
    table.record(ID, Stage("Design"), {})
    (item,) = boto3.client("dynamodb", region_name=REGION).scan(TableName="runs")["Items"]
    assert int(item["expires_at"]["N"]) > 1_700_000_000


def test_of_many_lambdas_at_once_one_record_counts(cloud):
    make_table()
    answers = []

    def record(number):
        answers.append(RunTable(SETTINGS).record(ID, Stage("Design"), {"by": number}))

    threads = [threading.Thread(target=record, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({json.dumps(answer) for answer in answers}) == 1


def test_a_table_that_does_not_answer_is_a_busy_cloud(cloud):
    with pytest.raises(CloudBusy):
        RunTable(SETTINGS).recorded(ID, Stage("Design"))


def test_starting_twice_starts_once_and_used_tokens_are_no_error(cloud):
    client = boto3.client("stepfunctions", region_name=REGION)
    client.create_state_machine(
        name="generate_app",
        definition='{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}',
        roleArn="arn:aws:iam::123456789012:role/any",
    )
    machine = StepFunctions(SETTINGS)
    machine.start(RUN)
    machine.start(RUN)
    assert (
        len(client.list_executions(stateMachineArn=SETTINGS.state_machine_arn)["executions"]) == 1
    )
    machine.stop("00000000-0000-4000-8000-000000000000", "gone")


def test_an_execution_runs_until_it_is_stopped_and_may_never_have_begun(cloud):
    boto3.client("stepfunctions", region_name=REGION).create_state_machine(
        name="generate_app",
        definition='{"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 60, "End": true}}}',
        roleArn="arn:aws:iam::123456789012:role/any",
    )
    machine = StepFunctions(SETTINGS)
    assert machine.execution(ID) is None
    machine.start(RUN)
    assert machine.execution(ID).is_running
    machine.stop(ID, "enough")
    stopped = machine.execution(ID)
    assert (stopped.is_running, stopped.ended_as) == (False, "ABORTED")
    assert stopped.ended_at.tzinfo


def test_the_fake_machine_uses_a_token_once():
    machine = Machine()
    machine.resume("token", {"passed": True})
    machine.fail("token", "UntrustedReport", "late")
    assert machine.ended == {"token": ("resumed", {"passed": True})}
