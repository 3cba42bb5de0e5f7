"""What it costs to know who asks: signing in, an authenticated read, and the check of a limit.

Through the real door and a real PostgreSQL, in one process on one core; the session table is in memory, limits too but
for the rows that measure their table, which is on the local AWS.
"""

from __future__ import annotations

import dataclasses
import json
import tempfile
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from bench.rls import _postgres
from bench.rows import Row, paired_medians, seconds
from chalicelib.adapters.connection_urls import connection_url
from chalicelib.adapters.database import Database
from chalicelib.adapters.dynamodb_call import DynamoDbCall
from chalicelib.adapters.limit_table import LimitTable
from chalicelib.identity.keys import IdentityKeys
from chalicelib.settings import Settings
from chalicelib.tenancy.limits import KEY_REQUESTS, READS, Bucket, Taken, now_us
from chalicelib.tenancy.limits_in_process import LimitsInProcess
from chalicelib.wiring import Wires
from infra.migrate import DATABASE, migrate
from tests.deployment.cloud import CREDENTIALS, emulator
from tests.fakes_mail import Jobs
from tests.fakes_sessions import Sessions, identity_keys

EMAIL, PASSWORD = "ana@example.org", "correct horse battery staple"
APPS, SIGN_INS, READ_BATCH, CHECKS = 20, 10, 100, 200
PATIENCE_S = 30
SETTINGS = Settings(stage="dev", artifact_bucket="none", run_table="none", limit_table="limits")


def measure() -> Iterable[Row]:
    with _postgres() as admin_dsn:
        migrate(admin_dsn, app_password="bench")
        laptop = Laptop(
            connection_url(admin_dsn, user="fragua_app", password="bench", database=DATABASE)
        )
        try:
            yield from throughput(laptop)
        finally:
            laptop.database.close()
    yield from a_check()


class Laptop(Wires):
    """The real wires, but for what is in the cloud."""

    def __init__(self, dsn: str) -> None:
        super().__init__(SETTINGS)
        self._dsn = dsn

    @cached_property
    def database(self) -> Database:
        return Database(self._dsn)

    @cached_property
    def keys(self) -> IdentityKeys:
        return identity_keys()  # type: ignore[no-any-return]

    @property
    def identity_keys(self) -> IdentityKeys:
        return self.keys

    @cached_property
    def sessions(self) -> Any:
        return Sessions()

    @cached_property
    def jobs(self) -> Any:
        return Jobs()

    @cached_property
    def limits(self) -> Any:
        return NeverEmpty()


class NeverEmpty(LimitsInProcess):
    """Counts as always, and forgets."""

    def admit(self, subject: str, buckets: Any, now_us: int) -> Taken:
        self._numbers.forget(subject)
        return super().admit(subject, buckets, now_us)


# ---- throughput ----


def throughput(laptop: Laptop) -> Iterator[Row]:
    ask = door(laptop)
    device, tenant = signed_up(laptop, ask)
    for n in range(APPS):
        laptop.apps.create(tenant, name=f"App {n}", locale="en", mvs={}, by="system:bench")
    sent = {"email": EMAIL, "password": PASSWORD, "device": device}
    token = ask("POST", "/v1/auth/sign-in", sent)["access_token"]

    def sign_in() -> None:
        for _ in range(SIGN_INS):
            ask("POST", "/v1/auth/sign-in", sent)

    stored = laptop.passwords.hashed(PASSWORD)
    hashed = lambda: [laptop.passwords.is_right(PASSWORD, stored) for _ in range(SIGN_INS)]  # noqa: E731
    ours, theirs = paired_medians(sign_in, hashed)
    yield per_second("signing in (limits, argon2id, session)", SIGN_INS, ours, theirs, "argon2id")

    key = laptop.api_keys.add(
        tenant, _new_key(), name="b", role="owner", scopes=(), expires_at=None, by="system:bench"
    ).key
    page = lambda: [laptop.apps.page(tenant) for _ in range(READ_BATCH)]  # noqa: E731
    for who, credentials in (("a person", token), ("a key", key)):

        def read(credentials: str = credentials) -> None:
            for _ in range(READ_BATCH):
                ask("GET", "/v1/apps", None, credentials)

        ours, theirs = paired_medians(read, page)
        what = f"authenticated read of {APPS} apps by {who}"
        yield per_second(what, READ_BATCH, ours, theirs, "the page alone, no door")


def per_second(what: str, times: int, ours: float, theirs: float, peer: str) -> Row:
    return Row(
        what=f"{what}, one core",
        ours=times / ours,
        unit="/s",
        peer=peer,
        theirs=times / theirs,
    )


def signed_up(laptop: Laptop, ask: Callable[..., Any]) -> tuple[str, uuid.UUID]:
    body = {
        "email": EMAIL,
        "name": "Ana",
        "locale": "en",
        "organization_name": "Ana's",
    }
    token = laptop.one_time_tokens.mint("sign_up", body, lives=timedelta(hours=1))
    opened = ask("POST", "/v1/auth/email/verify", {"token": token, "password": PASSWORD})
    return opened["device"], uuid.UUID(opened["organization_id"])


def door(laptop: Laptop) -> Callable[..., Any]:
    """`ask(method, path, body, credentials)` as Lambda would; anything but a success raises."""
    from app import app
    from chalicelib.http import endpoint

    endpoint.wires = lambda: laptop

    def ask(method: str, path: str, body: Any = None, credentials: str = "") -> Any:
        answer = app(event(method, path, body, credentials), None)
        assert answer["statusCode"] < 300, answer
        return json.loads(answer["body"])

    return ask


def event(method: str, path: str, body: Any, credentials: str) -> dict[str, Any]:
    headers = {"content-type": "application/json", "user-agent": "bench"}
    if credentials:
        headers["authorization"] = f"Bearer {credentials}"
    return {
        "requestContext": {
            "httpMethod": method,
            "resourcePath": path,
            "path": path,
            "requestId": "1",
            "identity": {"sourceIp": "203.0.113.9"},
        },
        "headers": headers,
        "multiValueHeaders": {},
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "isBase64Encoded": False,
        "body": None if body is None else json.dumps(body),
    }


def _new_key() -> Any:
    from chalicelib.identity.api_keys import new_key

    return new_key()


# ---- the check of a limit ----


class Billed:
    """Asks for the bill of each call, and adds it up."""

    def __init__(self, call: DynamoDbCall) -> None:
        self.call, self.calls, self.units = call, 0, 0.0

    def __call__(self, operation: str, **members: Any) -> dict[str, Any]:
        told = self.call(operation, ReturnConsumedCapacity="TOTAL", **members)
        self.calls += 1
        self.units += told["ConsumedCapacity"]["CapacityUnits"]
        return told


def a_check() -> Iterator[Row]:
    with local_table() as settings:
        table = LimitTable(settings)
        billed = Billed(DynamoDbCall(settings, answer_within_s=PATIENCE_S))
        table._call = billed  # type: ignore[assignment]
        key = dataclasses.replace(KEY_REQUESTS, limit=10**6, of="0123456789ab")
        buckets = (Bucket(READS.name, 10**6, READS.per_s), key)
        table.admit("tenant#bench", buckets, now_us())
        billed.calls, billed.units = 0, 0.0
        own_s = -time.thread_time()
        wall_s = seconds(
            lambda: [table.admit("tenant#bench", buckets, now_us()) for _ in range(CHECKS)]
        )
        own_s += time.thread_time()
    yield Row(
        what="check of a limit: calls",
        ours=billed.calls / CHECKS,
        unit="calls",
        target=f"1 call ({billed.units / CHECKS:.3g} write units)",
    )
    yield Row(
        what="check of a limit: our own time in it",
        ours=own_s / CHECKS * 1e6,
        unit="µs",
        peer="until the local DynamoDB answered",
        theirs=wall_s / CHECKS * 1e6,
    )


@contextmanager
def local_table() -> Iterator[Settings]:
    import os

    from chalicelib.adapters import aws

    os.environ |= CREDENTIALS
    with tempfile.TemporaryDirectory() as folder, emulator(Path(folder)) as url:
        settings = dataclasses.replace(SETTINGS, aws_endpoint_url=url)
        aws.client(settings, "dynamodb").create_table(
            TableName="limits",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "subject", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "subject", "KeyType": "HASH"}],
        )
        yield settings
