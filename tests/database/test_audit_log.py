"""The audit log on a real database: what is written, what never is, how it is found again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from chalicelib.adapters.app_store import PostgresAppStore
from chalicelib.adapters.audit_log import record
from chalicelib.adapters.audit_reader import PAGE, PostgresAuditLog
from chalicelib.adapters.database import Database
from chalicelib.errors import InvalidRequest
from chalicelib.tenancy.audit import Line, LookedFor
from chalicelib.tenancy.origin import NOWHERE, Origin, current_origin
from tests.database.world import Platform, Tenant, act_for

Tenants = tuple[Tenant, Tenant]
MakeOrganization = Callable[..., UUID]
ANYTHING = LookedFor()
SUBJECT = uuid4()


@pytest.fixture
def audit(database: Database) -> PostgresAuditLog:
    return PostgresAuditLog(database)


@pytest.fixture
def tenant_id(organization: MakeOrganization) -> UUID:
    return organization()


@pytest.fixture
def from_a_browser() -> Iterator[None]:
    mark = current_origin.set(Origin(ip="203.0.113.9", user_agent="Firefox", request_id="r-1"))
    yield
    current_origin.reset(mark)


def write(database: Database, tenant_id: UUID, **told: Any) -> None:
    with database.tenant_session(tenant_id) as session:
        record(session, "user:x", "app.changed", SUBJECT, **told)


def read(audit: PostgresAuditLog, tenant_id: UUID, looked_for: LookedFor = ANYTHING) -> list[Line]:
    return list(audit.page(tenant_id, looked_for, cursor=None, limit=100).items)


@pytest.mark.usefixtures("from_a_browser")
def test_a_line_says_from_where_it_was_asked(
    database: Database, audit: PostgresAuditLog, tenant_id: UUID
) -> None:
    write(database, tenant_id)
    [line] = read(audit, tenant_id)
    assert (line.source_ip, line.user_agent, line.request_id) == ("203.0.113.9", "Firefox", "r-1")
    assert (line.actor, line.action, line.subject_id) == ("user:x", "app.changed", SUBJECT)


def test_the_platforms_own_doing_comes_from_nowhere(
    database: Database, audit: PostgresAuditLog, tenant_id: UUID
) -> None:
    assert current_origin.get() == NOWHERE
    write(database, tenant_id)
    [line] = read(audit, tenant_id)
    assert (line.source_ip, line.user_agent, line.request_id) == (None, None, None)


@pytest.mark.parametrize(
    ("ip", "kept"),
    [
        ("2001:db8::1", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("unknown", None),
        ("203.0.113.9, 10.0.0.1", None),
        ("'; drop table x; --", None),
    ],
)
def test_an_odd_address_does_not_keep_a_change_from_happening(
    database: Database, audit: PostgresAuditLog, tenant_id: UUID, ip: str, kept: str | None
) -> None:
    mark = current_origin.set(Origin(ip=ip))
    write(database, tenant_id)
    current_origin.reset(mark)
    assert read(audit, tenant_id)[0].source_ip == kept


def test_of_before_and_after_only_what_differs_is_kept(
    database: Database, audit: PostgresAuditLog, tenant_id: UUID
) -> None:
    before = {"name": "A", "role": "viewer", "gone": 1, "same": SUBJECT}
    after = {"name": "B", "role": "viewer", "new": None, "same": SUBJECT}
    write(database, tenant_id, before=before, after=after, reason="asked")
    [line] = read(audit, tenant_id)
    assert (line.before, line.after) == ({"name": "A", "gone": 1}, {"name": "B", "new": None})
    assert line.facts == {"reason": "asked"}


@pytest.mark.parametrize(
    "told",
    [
        {"after": {"password_hash": "x"}},
        {"after": {"role": "owner", "inner": {"refresh_token": "x"}}},
        {"before": {"keys": [{"secret_sha256": "x"}]}},
        {"new_password": "x"},
        {"recovery_codes": ["x"]},
        {"sealed": "x"},
        {"credentials": {}},
        {"Cookie": "x"},
    ],
)
def test_what_is_called_like_a_secret_is_refused_and_nothing_is_written(
    database: Database, audit: PostgresAuditLog, tenant_id: UUID, told: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match="called like a secret"):
        write(database, tenant_id, **told)
    assert read(audit, tenant_id) == []


@pytest.mark.parametrize(
    "secret",
    [
        f"fragua_1234abcd_{'0' * 64}",
        "$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA",
        "fr1.AbCdEf",
        "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIxIn0.c2ln",
    ],
)
def test_a_secret_that_somebody_gave_as_a_name_is_blotted_out(
    database: Database, audit: PostgresAuditLog, tenant_id: UUID, secret: str
) -> None:
    """The change itself is not refused: it is the user's text, and not a fault of ours."""
    mark = current_origin.set(Origin(user_agent=f"curl {secret}"))
    write(database, tenant_id, after={"name": f"my {secret}", "list": [secret], "raw": b"bytes"})
    current_origin.reset(mark)
    [line] = read(audit, tenant_id)
    assert secret not in repr(line)
    assert line.after == {"name": "my •••", "list": ["•••"], "raw": "•••"}


def test_changes_of_apps_are_told_with_what_they_were_from_and_to(
    database: Database, audit: PostgresAuditLog, tenant_id: UUID
) -> None:
    apps = PostgresAppStore(database)
    made = apps.create(tenant_id, name="A", locale="en", mvs={}, by="user:x")
    changed = apps.update_mvs(tenant_id, made.id, mvs={"name": "B"}, by="user:x")
    apps.delete(tenant_id, made.id, by="user:x")
    deleted, updated, created = read(audit, tenant_id)
    whole = {"name": "A", "slug": made.slug, "locale": "en"}
    assert (created.before, created.after) == ({}, whole | {"mvs_sha256": made.mvs_sha256})
    assert updated.before == {"mvs_sha256": made.mvs_sha256}
    assert updated.after == {"mvs_sha256": changed.mvs_sha256}
    assert (deleted.before, deleted.after) == (whole | {"mvs_sha256": changed.mvs_sha256}, {})


def test_people_and_keys_of_the_organization_are_named_and_nobody_else(
    platform: Platform, audit: PostgresAuditLog, tenants: Tenants
) -> None:
    mine, other = tenants
    with platform.admin() as connection:
        connection.execute("update platform.users set name = 'Ana' where id = %s", [mine.user_id])
        keys = dict(connection.execute("select tenant_id, id from platform.api_keys").fetchall())
        for actor in (
            f"user:{mine.user_id}",
            f"user:{other.user_id}",
            f"api_key:{keys[mine.id]}",
            f"api_key:{keys[other.id]}",
            "api_key:not-an-id",
        ):
            connection.execute(
                "insert into platform.audit_log (tenant_id, actor, action, subject_id)"
                " values (%s, %s, 'app.changed', %s)",
                [mine.id, actor, SUBJECT],
            )
    names = [line.actor_name for line in read(audit, mine.id, LookedFor(subject_id=SUBJECT))]
    assert names == [None, None, "a key", None, "Ana"]


def test_lines_are_looked_for_and_paged(
    database: Database, audit: PostgresAuditLog, tenant_id: UUID, organization: MakeOrganization
) -> None:
    for number in range(5):
        write(database, tenant_id, number=number)
    write(database, organization(), number=99)
    with database.tenant_session(tenant_id) as session:
        record(session, "system:test", "app.deleted", SUBJECT)
    found = LookedFor(actor="user:x", action="app.changed", subject_id=SUBJECT)
    seen, cursor = list[int](), None
    while True:
        page = audit.page(tenant_id, found, cursor=cursor, limit=2)
        seen += [line.facts["number"] for line in page.items]
        if (cursor := page.next_cursor) is None:
            break
    assert seen == [4, 3, 2, 1, 0]
    [middle] = [line for line in read(audit, tenant_id) if line.facts.get("number") == 2]
    since = read(audit, tenant_id, LookedFor(since=middle.recorded_at))
    until = read(audit, tenant_id, LookedFor(until=middle.recorded_at))
    assert (len(since), len(until)) == (4, 2)


@pytest.mark.parametrize(
    "cursor", ["x", "é", "LTE=", "MA==", "OTIyMzM3MjAzNjg1NDc3NTgwOA==", "=" * 200]
)
def test_a_cursor_that_is_none_of_ours_is_refused(
    audit: PostgresAuditLog, tenant_id: UUID, cursor: str
) -> None:
    with pytest.raises(InvalidRequest):
        audit.page(tenant_id, ANYTHING, cursor=cursor, limit=2)


def test_a_long_log_is_searched_by_index(platform: Platform, tenant_id: UUID) -> None:
    with platform.admin() as connection:
        connection.execute(
            "insert into platform.audit_log (tenant_id, actor, action, subject_id, recorded_at)"
            " select %s, 'user:' || n %% 100, 'app.changed', gen_random_uuid(), now() - n * interval '1 s'"
            " from generate_series(1, 20000) as n",
            [tenant_id],
        )
        connection.execute("analyze platform.audit_log")
    looked_for = {
        "audit_log_by_actor": LookedFor(actor="user:7"),
        "audit_log_by_action": LookedFor(action="app.deleted"),
        "audit_log_by_subject": LookedFor(subject_id=SUBJECT),
        "audit_log_by_time": LookedFor(until=datetime.now(UTC) - timedelta(seconds=19990)),
        "audit_log_pkey": ANYTHING,
    }
    with platform.app() as connection:
        act_for(connection, tenant_id)
        for index, asked in looked_for.items():
            values = {"tenant_id": tenant_id, "before_id": None, "fetched": 21, **asdict(asked)}
            plan = "\n".join(row[0] for row in connection.execute("explain " + PAGE, values))
            assert index in plan, plan
