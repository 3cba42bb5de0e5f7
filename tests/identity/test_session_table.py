"""What a session store promises, held against the fake and DynamoDB alike; and two processes that race on DynamoDB."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import time
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chalicelib.adapters.session_table import SessionTable
from chalicelib.errors import CloudBusy
from chalicelib.identity import refresh_tokens
from chalicelib.identity.keys import parse
from chalicelib.identity.session_records import Session, expires_at
from chalicelib.identity.sessions import open_session
from chalicelib.tenancy.origin import NOWHERE
from infra.identity_keys import made
from tests.fakes_sessions import Sessions, Standings
from tests.identity.conftest import settings_at

NOW = datetime.now(UTC)
RACER = Path(__file__).parent / "racer.py"
ROUNDS = 30


@pytest.fixture(params=["fake", "table"])
def sessions(request):
    return (
        Sessions() if request.param == "fake" else SessionTable(request.getfixturevalue("dynamodb"))
    )


@pytest.fixture
def session(sessions):
    session = Session(
        user_id=uuid.uuid4(),
        id=uuid.uuid4(),
        organization_id=uuid.uuid4(),
        amr=("pwd", "otp"),
        began_at=NOW,
        last_used_at=NOW,
        expires_at=expires_at(NOW, NOW),
        live_sha256="first",
        ip="2001:db8::1",
        user_agent="a browser, ñ",
    )
    sessions.add(session)
    return session


def next_of(session, live, at=NOW):
    return dataclasses.replace(
        session,
        live_sha256=live,
        previous_sha256=session.live_sha256,
        successor_sealed=b"\x00\xff sealed",
        last_used_at=at,
        expires_at=expires_at(session.began_at, at),
        ip=None,
    )


def test_what_was_added_is_read_to_the_microsecond(sessions, session):
    assert sessions.read(session.user_id, session.id) == session


def test_a_session_of_somebody_in_no_organization_and_from_nowhere(sessions, session):
    bare = dataclasses.replace(
        session, id=uuid.uuid4(), organization_id=None, ip=None, user_agent=None, amr=()
    )
    sessions.add(bare)
    assert sessions.read(bare.user_id, bare.id) == bare


def test_what_is_not_there_is_nothing(sessions, session):
    assert sessions.read(session.user_id, uuid.uuid4()) is None
    assert sessions.read(uuid.uuid4(), session.id) is None
    assert sessions.sessions_of(uuid.uuid4()) == []


def test_a_rotation_writes_what_is_next(sessions, session):
    following = next_of(session, "second", NOW + timedelta(hours=1))
    assert sessions.rotate(following, replacing="first")
    assert sessions.read(session.user_id, session.id) == following


def test_of_two_rotations_of_one_token_the_first_counts(sessions, session):
    assert sessions.rotate(next_of(session, "second"), replacing="first")
    assert not sessions.rotate(next_of(session, "another"), replacing="first")
    assert sessions.read(session.user_id, session.id).live_sha256 == "second"


def test_nothing_is_rotated_that_is_not_there_and_nothing_is_made(sessions, session):
    stranger = dataclasses.replace(session, id=uuid.uuid4())
    assert not sessions.rotate(next_of(stranger, "second"), replacing="first")
    sessions.revoke(stranger.user_id, stranger.id, at=NOW)
    assert not sessions.choose(stranger.user_id, stranger.id, uuid.uuid4())
    assert sessions.sessions_of(session.user_id) == [session]


def test_the_chosen_organization_is_remembered_through_rotations(sessions, session):
    organization_id = uuid.uuid4()
    assert sessions.choose(session.user_id, session.id, organization_id)
    assert sessions.rotate(next_of(session, "second"), replacing="first")
    assert sessions.read(session.user_id, session.id).organization_id == organization_id


def test_a_revoked_session_changes_no_more(sessions, session):
    sessions.rotate(next_of(session, "second"), replacing="first")
    sessions.revoke(session.user_id, session.id, at=NOW)
    sessions.revoke(session.user_id, session.id, at=NOW + timedelta(hours=1))
    found = sessions.read(session.user_id, session.id)
    assert (found.revoked_at, found.successor_sealed) == (NOW, b"")
    assert not sessions.rotate(next_of(session, "third"), replacing="second")
    assert not sessions.choose(session.user_id, session.id, uuid.uuid4())


def test_all_sessions_of_a_person_and_of_nobody_else_are_listed(sessions, session):
    others = [dataclasses.replace(session, id=uuid.uuid4()) for _ in range(3)]
    for other in others:
        sessions.add(other)
    sessions.add(dataclasses.replace(session, user_id=uuid.uuid4()))
    found = sessions.sessions_of(session.user_id)
    assert {one.id for one in found} == {session.id, *(one.id for one in others)}


def test_no_token_is_in_the_table(dynamodb):
    from chalicelib.adapters import aws

    person, standings, keys = uuid.uuid4(), Standings(), parse(json.dumps(made(0)))
    standings.join(person)
    tokens = opened(person, SessionTable(dynamodb), standings, keys)
    secret = refresh_tokens.read(tokens.refresh_token, keys=keys).secret
    items = aws.client(dynamodb, "dynamodb").scan(TableName="sessions")["Items"]
    assert secret.hex() not in repr(items)
    assert tokens.refresh_token not in repr(items)


def test_a_table_that_is_away_is_the_worlds_turn(dynamodb):
    nowhere = SessionTable(settings_at("http://127.0.0.1:9"))
    nobody = uuid.uuid4()
    for ask in (
        lambda: nowhere.read(nobody, nobody),
        lambda: nowhere.sessions_of(nobody),
        lambda: nowhere.revoke(nobody, nobody, at=NOW),
        lambda: nowhere.choose(nobody, nobody, nobody),
    ):
        with pytest.raises(CloudBusy):
            ask()


def opened(person, sessions, standings, keys):
    return open_session(
        person,
        organization_id=None,
        amr=("pwd",),
        origin=NOWHERE,
        sessions=sessions,
        standings=standings,
        keys=keys,
        issuer="x",
        now=datetime.now(UTC),
    )


class Racer:
    """A process that refreshes what it is told, at the moment it is told."""

    def __init__(self, url, secret, person):
        self.process = subprocess.Popen(
            [sys.executable, str(RACER), url, str(person)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.getcwd()},
        )
        self.tell(secret)
        assert self.hear() == "ready"

    def tell(self, message):
        self.process.stdin.write(json.dumps(message) + "\n")
        self.process.stdin.flush()

    def hear(self):
        return json.loads(self.process.stdout.readline())

    def end(self):
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


@pytest.fixture
def race(dynamodb):
    """Two processes with one token between them."""
    secret, person, standings = made(0), uuid.uuid4(), Standings()
    standings.join(person)
    keys, table = parse(json.dumps(secret)), SessionTable(dynamodb)
    racers = []
    try:
        racers += [Racer(dynamodb.aws_endpoint_url, secret, person) for _ in range(2)]
        yield racers, opened(person, table, standings, keys), table, keys
    finally:
        for racer in racers:
            racer.end()


def test_two_processes_with_one_token_leave_one_live_token(race):
    racers, tokens, table, keys = race
    token, rotated_by_both = tokens.refresh_token, 0
    for _ in range(ROUNDS):
        start_at = time.time() + 0.02
        for racer in racers:
            racer.tell({"token": token, "at": start_at})
        answers = [racer.hear() for racer in racers]
        successors = {answer["token"] for answer in answers if answer["token"]}
        assert len(successors) == 1, answers
        rotated_by_both += all(answer["rotated"] for answer in answers)
        [token] = successors
        shown = refresh_tokens.read(token, keys=keys)
        found = table.read(shown.user_id, shown.session_id)
        assert found.live_sha256 == shown.sha256
        assert found.revoked_at is None
    assert rotated_by_both == 0
