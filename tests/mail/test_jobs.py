"""Work that nobody waits for: what the queue and the minute's schedule bring, and what is put on the queue."""

import json
from types import SimpleNamespace

import pytest

from chalicelib import jobs
from chalicelib.adapters.job_queue import JobQueue
from chalicelib.errors import CloudBusy, InvalidRequest
from chalicelib.settings import read_settings
from tests.fakes_mail import Addressees, InvitationLinks, Letters, Mailer, Tokens
from tests.mail.world import letter

SCHEDULED = {"source": "aws.events", "detail-type": "Scheduled Event"}
SETTINGS = {
    "FRAGUA_STAGE": "dev",
    "FRAGUA_ARTIFACT_BUCKET": "b",
    "FRAGUA_RUN_TABLE": "t",
    "FRAGUA_PUBLIC_URL": "https://fragua.test",
}


def from_queue(*messages):
    return {"Records": [{"eventSource": "aws:sqs", "body": json.dumps(each)} for each in messages]}


@pytest.fixture
def done(monkeypatch):
    """What was done instead of the real jobs; `done.broken` go wrong."""
    state = SimpleNamespace(jobs=[], broken=set())

    def job(name):
        def do(facts, wires):
            state.jobs.append((name, dict(facts)))
            if name in state.broken:
                raise CloudBusy(name)

        return do

    monkeypatch.setattr(jobs, "JOBS", {name: job(name) for name in jobs.JOBS})
    return state


def test_a_message_is_done_with_its_facts(done):
    jobs.do(from_queue({"job": "mail", "hint": "1"}), None)
    assert done.jobs == [("mail", {"hint": "1"})]


@pytest.mark.parametrize("message", [{"job": "unknown"}, {}, [], "mail", None])
def test_a_message_nobody_knows_is_not_taken(done, message):
    with pytest.raises(InvalidRequest):
        jobs.do(from_queue(message), None)
    assert done.jobs == []


def test_every_minute_each_job_looks_for_its_work(done):
    jobs.do(SCHEDULED, None)
    assert [name for name, _ in done.jobs] == list(jobs.EVERY_MINUTE)
    assert set(jobs.EVERY_MINUTE) <= set(jobs.JOBS)


def test_a_job_that_goes_wrong_keeps_no_other_from_its_turn_and_is_not_passed_over(done):
    done.broken = {jobs.EVERY_MINUTE[0]}
    with pytest.raises(CloudBusy):
        jobs.do(SCHEDULED, None)
    assert len(done.jobs) == len(jobs.EVERY_MINUTE)


def test_the_job_mail_sends_what_waits():
    letters, mailer = Letters(letter("sign_up")), Mailer()
    wires = SimpleNamespace(
        outbox=letters,
        addressees=Addressees(),
        one_time_tokens=Tokens(),
        invitation_links=InvitationLinks(),
        mailer=mailer,
        settings=read_settings(SETTINGS),
    )
    jobs.do(from_queue({"job": "mail"}), wires)
    assert letters.waiting == []
    assert "https://fragua.test/verify?token=" in mailer.sent[0].text


def test_a_queue_that_can_not_be_reached_is_logged_and_breaks_nothing(monkeypatch, caplog):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    nowhere = "http://127.0.0.1:9"
    settings = {"FRAGUA_JOB_QUEUE_URL": f"{nowhere}/q", "FRAGUA_AWS_ENDPOINT_URL": nowhere}
    JobQueue(read_settings(SETTINGS | settings)).put("mail")
    assert [record.message for record in caplog.records] == ["job_not_queued"]


def test_without_a_queue_nothing_is_put_and_nothing_is_said(caplog):
    JobQueue(read_settings(SETTINGS)).put("mail")
    assert caplog.records == []
