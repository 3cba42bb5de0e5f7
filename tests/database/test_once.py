"""Requests with an Idempotency-Key on a real database: torn at every step, sent at once, sent by somebody else."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
import yaml
from chalice.test import Client

from chalicelib.adapters.api_key_store import PostgresApiKeyStore
from chalicelib.adapters.app_store import PostgresAppStore
from chalicelib.adapters.database import CONNECTION, Database, Whose
from chalicelib.adapters.idempotency_store import PostgresIdempotentAnswers
from chalicelib.errors import Conflict, NotFound
from chalicelib.http import endpoint
from chalicelib.identity.sealing import Sealer
from chalicelib.tenancy.answers import Answer, Asked, digest
from chalicelib.tenancy.limits_in_process import LimitsInProcess
from chalicelib.tenancy.remembered import Remembered
from tests import fakes_keys
from tests.database.world import Platform
from tests.proofs import ROOT

MakeOrganization = Callable[..., UUID]
SEALER = Sealer({1: bytes(32)})
EXAMPLE = ROOT / "examples" / "clinica-dental.yaml"
KEY_WANTED = {"name": "nightly", "role": "builder"}


class Torn(Database):
    """A database whose connection breaks at the nth step of all: beginnings, statements, commits. After a commit that
    was carried out, it breaks once more, and the answer is lost."""

    def __init__(self, dsn: str, breaks_at: int) -> None:
        super().__init__(dsn)
        self.steps, self.breaks_at = 0, breaks_at

    def step(self, connection: psycopg.Connection[Any]) -> None:
        self.steps += 1
        if self.steps == self.breaks_at:
            connection.close()
            raise psycopg.OperationalError("the connection broke")

    def _begin(self, whose: Whose) -> psycopg.Connection[Any]:
        connection = super()._begin(whose)
        self.step(connection)
        return connection

    def _connect(self) -> psycopg.Connection[Any]:
        torn = self

        class Cursor(psycopg.Cursor[Any]):
            def execute(self, *arguments: Any, **named: Any) -> Any:
                torn.step(self.connection)
                return super().execute(*arguments, **named)

        class Connection(psycopg.Connection[Any]):
            def commit(self) -> None:
                torn.step(self)
                super().commit()
                torn.step(self)

        return Connection.connect(self._dsn, cursor_factory=Cursor, **CONNECTION)  # type: ignore[arg-type]


@pytest.fixture
def send(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., tuple[int, dict[str, Any]]]]:
    """`send(path, body, key=…, by=…, database=…)` through the door, into the database."""
    from app import app

    sound = Database(platform.app_dsn)

    def send(
        path: str, body: Any, *, key: str, by: str, database: Database = sound
    ) -> tuple[int, dict[str, Any]]:
        keys = PostgresApiKeyStore(database)
        world = SimpleNamespace(
            settings=SimpleNamespace(
                reads_per_minute=100, writes_per_minute=100, key_requests_per_hour=1000
            ),
            api_keys=keys,
            apps=PostgresAppStore(database),
            idempotency=PostgresIdempotentAnswers(database, lambda: SEALER),
            limits=LimitsInProcess(),
            refused_callers=Remembered(100),
        )
        monkeypatch.setattr(endpoint, "wires", lambda: world)
        headers = {
            "Authorization": f"Bearer {by}",
            "Content-Type": "application/json",
            "Idempotency-Key": key,
        }
        with Client(app, stage_name="dev") as client:
            answer = client.http.post(path, headers=headers, body=json.dumps(body).encode())
        return answer.status_code, json.loads(answer.body)

    yield send
    sound.close()


@pytest.fixture
def caller(platform: Platform, organization: MakeOrganization) -> tuple[UUID, str]:
    """A tenant and a key of theirs."""
    from chalicelib.identity.api_keys import new_key

    tenant_id, new = organization(), new_key()
    database = Database(platform.app_dsn)
    PostgresApiKeyStore(database).add(
        tenant_id, new, name="maker", role="owner", scopes=(), expires_at=None, by="system:test"
    )
    database.close()
    return tenant_id, new.text


def things(platform: Platform, tenant_id: UUID) -> dict[str, int]:
    """How much a tenant has of what these tests make."""
    with platform.admin() as connection:
        [found] = connection.execute(
            """
            select (select count(*) from platform.apps where tenant_id = %(id)s),
                (select count(*) from platform.api_keys where tenant_id = %(id)s and name <> 'maker'),
                (select count(*) from platform.audit_log where tenant_id = %(id)s and actor like 'api_key:%%'),
                (select count(*) from platform.idempotent_answers where tenant_id = %(id)s)
            """,
            {"id": tenant_id},
        ).fetchall()
    return dict(zip(("apps", "keys", "lines", "answers"), found, strict=True))


@pytest.mark.parametrize(("path", "made"), [("/v1/api-keys", "keys"), ("/v1/apps", "apps")])
def test_torn_at_any_step_a_repeated_request_has_one_effect_and_one_answer(
    platform: Platform,
    send: Callable[..., tuple[int, dict[str, Any]]],
    caller: tuple[UUID, str],
    path: str,
    made: str,
) -> None:
    tenant_id, by = caller
    body = KEY_WANTED if made == "keys" else {"mvs": yaml.safe_load(EXAMPLE.read_text())}
    torn_at = 0
    while True:
        torn_at += 1
        torn = Torn(platform.app_dsn, torn_at)
        key = f"attempt {torn_at}"
        first = send(path, body, key=key, by=by, database=torn)
        torn.close()
        if torn.steps < torn_at:  # it went through: every step has been torn once
            break
        assert first[0] == 503, (torn_at, first)
        second = send(path, body, key=key, by=by)
        assert (second[0], second) == (201, send(path, body, key=key, by=by)), torn_at
        expected = {"apps": 0, "keys": 0} | {made: torn_at, "lines": torn_at, "answers": torn_at}
        assert things(platform, tenant_id) == expected, torn_at
    assert torn_at > 10
    assert things(platform, tenant_id)[made] == torn_at


def test_requests_at_the_same_time_have_one_effect_and_one_answer(
    platform: Platform, database: Database, organization: MakeOrganization
) -> None:
    tenant_id, together = organization(), Barrier(8)
    answers, keys = PostgresIdempotentAnswers(database, lambda: SEALER), PostgresAppStore(database)

    def make() -> Answer:
        app = keys.create(tenant_id, name="An app", locale="en", mvs={}, by="user:x")
        return Answer(status=201, headers={}, body=str(app.id))

    def one(_: int) -> str:
        together.wait()
        return answers.once(asked(tenant_id), make).body

    with ThreadPoolExecutor(8) as pool:
        told = set(pool.map(one, range(8)))
    assert len(told) == 1
    assert things(platform, tenant_id)["apps"] == 1


def test_a_second_request_waits_for_the_first_and_takes_its_place_when_it_fails(
    platform: Platform, database: Database, organization: MakeOrganization
) -> None:
    tenant_id, both = organization(), Barrier(2)
    answers = PostgresIdempotentAnswers(database, lambda: SEALER)

    def fails() -> Answer:
        both.wait()
        raise NotFound("on purpose")

    with ThreadPoolExecutor(1) as pool:
        failing = pool.submit(answers.once, asked(tenant_id), fails)
        both.wait()
        told = answers.once(asked(tenant_id), lambda: Answer(status=201, headers={}, body="made"))
        with pytest.raises(NotFound):
            failing.result()
    assert told.body == "made"


def test_what_is_kept_of_a_new_key_can_not_be_read(
    platform: Platform,
    send: Callable[..., tuple[int, dict[str, Any]]],
    caller: tuple[UUID, str],
) -> None:
    _, made = send("/v1/api-keys", KEY_WANTED, key="once", by=caller[1])
    with platform.admin() as connection:
        [(kept,)] = connection.execute(
            "select answer_sealed from platform.idempotent_answers"
        ).fetchall()
        whole = connection.execute("select * from platform.idempotent_answers").fetchall()
    secret = made["key"].split("_")[2]
    assert secret.encode() not in kept
    assert secret not in repr(whole)


def test_a_sealed_answer_opens_for_its_own_request_only(
    platform: Platform, database: Database, organization: MakeOrganization
) -> None:
    """Whoever may write the table can't have another's answer told to them by moving it."""
    tenant_id = organization()
    answers = PostgresIdempotentAnswers(database, lambda: SEALER)
    for actor, body in (("user:mine", "mine"), ("user:theirs", "theirs")):
        answers.once(asked(tenant_id, actor=actor), answering(body))
    with platform.admin() as connection:
        connection.execute(
            "update platform.idempotent_answers set answer_sealed ="
            " (select answer_sealed from platform.idempotent_answers where actor = 'user:theirs')"
        )
    with pytest.raises(Conflict, match="can't be repeated"):
        answers.once(asked(tenant_id, actor="user:mine"), answering("again"))


def asked(tenant_id: UUID, *, actor: str = "user:x", key: str = "k", body: bytes = b"{}") -> Asked:
    request = digest("POST", "/v1/apps", body)
    return Asked(tenant_id=tenant_id, actor=actor, key=key, request_sha256=request)


def answering(body: str) -> Callable[[], Answer]:
    return lambda: Answer(status=201, headers={"Location": "/v1/apps/é"}, body=body)


@dataclass(frozen=True)
class Kept:
    answers: Any
    tenant_id: UUID
    other_id: UUID


@pytest.fixture(params=["fake", "postgres"])
def kept(request: pytest.FixtureRequest) -> Kept:
    if request.param == "fake":
        return Kept(fakes_keys.Answers(), uuid4(), uuid4())
    make = request.getfixturevalue("organization")
    database = request.getfixturevalue("database")
    return Kept(PostgresIdempotentAnswers(database, lambda: SEALER), make(), make())


class TestAnswersToRepeat:
    """What the fake of the door's tests promises as well."""

    def test_the_first_answer_is_repeated_with_its_headers(self, kept: Kept) -> None:
        first = kept.answers.once(asked(kept.tenant_id), answering("first ñ"))
        assert kept.answers.once(asked(kept.tenant_id), answering("second")) == first

    def test_another_body_is_refused(self, kept: Kept) -> None:
        kept.answers.once(asked(kept.tenant_id), answering("first"))
        with pytest.raises(Conflict):
            kept.answers.once(asked(kept.tenant_id, body=b'{"a": 1}'), answering("second"))

    @pytest.mark.parametrize("differs", [{"actor": "user:y"}, {"key": "another"}])
    def test_somebody_elses_key_and_another_key_are_other_requests(
        self, kept: Kept, differs: dict[str, str]
    ) -> None:
        kept.answers.once(asked(kept.tenant_id), answering("first"))
        other = kept.answers.once(asked(kept.tenant_id, **differs), answering("other"))  # type: ignore[arg-type]
        assert other.body == "other"

    def test_another_tenants_same_key_is_another_request(self, kept: Kept) -> None:
        kept.answers.once(asked(kept.tenant_id), answering("first"))
        assert kept.answers.once(asked(kept.other_id), answering("other")).body == "other"

    def test_a_refusal_is_not_kept(self, kept: Kept) -> None:
        def refuses() -> Answer:
            raise NotFound("on purpose")

        with pytest.raises(NotFound):
            kept.answers.once(asked(kept.tenant_id), refuses)
        assert kept.answers.once(asked(kept.tenant_id), answering("made")).body == "made"
