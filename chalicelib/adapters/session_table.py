"""Sessions in DynamoDB: one item each, by person and session.

In: sessions, as `identity.session_records` has them. Out: the same. Implements its `SessionStore`. Callers: wiring.
The surprise: rotating is one conditional write on the hash of the live token, so of any number of machines that use one
token at the same time exactly one counts. Of a token only hashes are here, and the successor sealed for its own holder.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from pynamodb.attributes import BinaryAttribute, NumberAttribute, TTLAttribute, UnicodeAttribute
from pynamodb.exceptions import DoesNotExist, PynamoDBException, UpdateError
from pynamodb.models import Model

from chalicelib.errors import CloudBusy
from chalicelib.identity.session_records import Session
from chalicelib.settings import Settings

CONDITION_FAILED: Final = "ConditionalCheckFailedException"
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)


class SessionItem(Model):
    user_id = UnicodeAttribute(hash_key=True)
    session_id = UnicodeAttribute(range_key=True)
    organization_id = UnicodeAttribute(null=True)
    amr = UnicodeAttribute(default="")
    """Separated by spaces."""
    began_us = NumberAttribute()
    last_used_us = NumberAttribute()
    expires_at = TTLAttribute()
    live_sha256 = UnicodeAttribute()
    previous_sha256 = UnicodeAttribute(null=True)
    successor_sealed = BinaryAttribute(null=True, legacy_encoding=False)
    revoked_us = NumberAttribute(null=True)
    ip = UnicodeAttribute(null=True)
    user_agent = UnicodeAttribute(null=True)


def bound_to(settings: Settings) -> type[SessionItem]:
    """`SessionItem` on this stage's table."""
    meta = {
        "table_name": settings.session_table,
        "region": settings.aws_region,
        "host": settings.aws_endpoint_url or None,
        "read_timeout_seconds": 3,
        "connect_timeout_seconds": 2,
        "max_retry_attempts": 2,
    }
    return type("BoundSessionItem", (SessionItem,), {"Meta": type("Meta", (), meta)})


class SessionTable:
    def __init__(self, settings: Settings) -> None:
        self.item = bound_to(settings)

    def add(self, session: Session) -> None:
        with answered():
            self._item_of(session).save(condition=self.item.session_id.does_not_exist())

    def read(self, user_id: UUID, session_id: UUID) -> Session | None:
        try:
            with answered(but=DoesNotExist):
                item = self.item.get(str(user_id), str(session_id), consistent_read=True)
        except DoesNotExist:
            return None
        return session_of(item)

    def rotate(self, session: Session, *, replacing: str) -> bool:
        field = self.item
        actions = [
            field.live_sha256.set(session.live_sha256),
            field.previous_sha256.set(session.previous_sha256),
            field.successor_sealed.set(session.successor_sealed),
            field.last_used_us.set(as_us(session.last_used_at)),
            field.expires_at.set(session.expires_at),
            field.ip.set(session.ip or ""),
            field.user_agent.set(session.user_agent or ""),
        ]
        condition = (field.live_sha256 == replacing) & field.revoked_us.does_not_exist()
        return self._changed(session.user_id, session.id, actions, condition)

    def choose(self, user_id: UUID, session_id: UUID, organization_id: UUID) -> bool:
        field = self.item
        condition = field.session_id.exists() & field.revoked_us.does_not_exist()
        chosen = field.organization_id.set(str(organization_id))
        return self._changed(user_id, session_id, [chosen], condition)

    def revoke(self, user_id: UUID, session_id: UUID, *, at: datetime) -> None:
        field = self.item
        actions = [
            field.revoked_us.set(as_us(at)),
            field.successor_sealed.remove(),
            field.previous_sha256.remove(),
        ]
        condition = field.session_id.exists() & field.revoked_us.does_not_exist()
        self._changed(user_id, session_id, actions, condition)

    def sessions_of(self, user_id: UUID) -> list[Session]:
        with answered():
            return [
                session_of(item) for item in self.item.query(str(user_id), consistent_read=True)
            ]

    def _changed(self, user_id: UUID, session_id: UUID, actions: list[Any], condition: Any) -> bool:
        item = self.item(str(user_id), str(session_id))
        try:
            with answered(but=UpdateError):
                item.update(actions=actions, condition=condition)
        except UpdateError as error:
            if error.cause_response_code == CONDITION_FAILED:
                return False
            raise CloudBusy(f"The session table did not answer: {error.msg}") from error
        return True

    def _item_of(self, session: Session) -> SessionItem:
        return self.item(
            str(session.user_id),
            str(session.id),
            organization_id=None
            if session.organization_id is None
            else str(session.organization_id),
            amr=" ".join(session.amr),
            began_us=as_us(session.began_at),
            last_used_us=as_us(session.last_used_at),
            expires_at=session.expires_at,
            live_sha256=session.live_sha256,
            ip=session.ip,
            user_agent=session.user_agent,
        )


@contextmanager
def answered(but: type[Exception] | tuple[()] = ()) -> Iterator[None]:
    """An SDK's error never leaves; all but the expected one mean the same input may work later."""
    try:
        yield
    except but:
        raise
    except PynamoDBException as error:
        raise CloudBusy(f"The session table did not answer: {error.msg}") from error


def session_of(item: SessionItem) -> Session:
    return Session(
        user_id=UUID(item.user_id),
        id=UUID(item.session_id),
        organization_id=UUID(item.organization_id) if item.organization_id else None,
        amr=tuple(item.amr.split()),
        began_at=moment(item.began_us),
        last_used_at=moment(item.last_used_us),
        expires_at=item.expires_at,
        live_sha256=item.live_sha256,
        previous_sha256=item.previous_sha256 or "",
        successor_sealed=item.successor_sealed or b"",
        revoked_at=None if item.revoked_us is None else moment(item.revoked_us),
        ip=item.ip or None,
        user_agent=item.user_agent or None,
    )


def as_us(at: datetime) -> int:
    """Whole microseconds since 1970: exact, there and back."""
    return (at - EPOCH) // MICROSECOND


def moment(us: float) -> datetime:
    return EPOCH + timedelta(microseconds=int(us))
