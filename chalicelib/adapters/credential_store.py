"""What people sign in with, in PostgreSQL: passwords and second factors, and the letters about each change.

In: a `Database`, an outbox. Out: whether a change took place. Implements `identity.second_factor.Factors` and
`identity.new_password.Credentials`. Callers: wiring. The surprise: whether a code counted before is decided here, by
statements that touch one row or none; a letter is posted in the transaction of what it tells of.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from chalicelib.adapters.database import Database, Session
from chalicelib.adapters.one_time_tokens import LINK_IS_OVER, Promise, digest, look_at, take
from chalicelib.adapters.outbox import Outbox
from chalicelib.errors import LinkExpired
from chalicelib.identity.new_password import Reset
from chalicelib.identity.people import Account, Locale, where_from
from chalicelib.identity.second_factor import Change, Proof

BEGIN: Final = """
insert into platform.person_credentials as known (user_id, second_factor_sealed) values (%(user_id)s, %(sealed)s)
on conflict (user_id) do update set second_factor_sealed = excluded.second_factor_sealed, second_factor_last_step = 0
where known.second_factor_confirmed_at is null
"""
CONFIRM: Final = """
update platform.person_credentials
set second_factor_confirmed_at = now(), second_factor_last_step = %(step)s
where user_id = %(user_id)s and second_factor_sealed = %(sealed)s and second_factor_confirmed_at is null
    and second_factor_last_step < %(step)s
"""
USE_STEP: Final = """
update platform.person_credentials set second_factor_last_step = %(step)s
where user_id = %(user_id)s and second_factor_sealed = %(sealed)s and second_factor_confirmed_at is not null
    and second_factor_last_step < %(step)s
"""
USE_RECOVERY_CODE: Final = """
update platform.recovery_codes set used_at = now()
where user_id = %(user_id)s and code_sha256 = %(code_sha256)s and used_at is null
"""
REMOVE: Final = """
update platform.person_credentials set second_factor_sealed = null, second_factor_confirmed_at = null
where user_id = %(user_id)s
"""
FORGET_RECOVERY_CODES: Final = "delete from platform.recovery_codes where user_id = %(user_id)s"
ADD_RECOVERY_CODES: Final = """
insert into platform.recovery_codes (user_id, code_sha256) select %(user_id)s, unnest(%(codes)s::bytea[])
"""
REHASH: Final = """
update platform.person_credentials set password_hash = %(password_hash)s
where user_id = %(user_id)s and password_hash = %(before)s
"""
CHANGE_TO: Final = """
insert into platform.person_credentials as known (user_id, password_hash, password_changed_at, tokens_valid_from_at)
values (%(user_id)s, %(password_hash)s, clock_timestamp(), %(at)s)
on conflict (user_id) do update
set password_hash = excluded.password_hash, password_changed_at = excluded.password_changed_at,
    tokens_valid_from_at = greatest(known.tokens_valid_from_at, excluded.tokens_valid_from_at)
"""
IS_STILL: Final = """
select person.id as user_id, person.email, person.locale
from platform.users as person
join platform.person_credentials as credentials on credentials.user_id = person.id
where person.id = %(user_id)s and credentials.password_hash = %(before)s
for no key update of credentials
"""
WHOSE_LINK: Final = """
select person.id as user_id, person.email, person.locale
from platform.users as person
left join platform.person_credentials as credentials on credentials.user_id = person.id
where person.id = %(user_id)s
    and (credentials.password_changed_at is null or credentials.password_changed_at < %(minted_at)s)
"""


@dataclass(frozen=True)
class Addressee:
    user_id: UUID
    email: str
    locale: Locale


class PostgresCredentials:
    def __init__(self, database: Database, outbox: Outbox) -> None:
        self._database, self._outbox = database, outbox

    # ---- passwords ----

    def rehash(self, user_id: UUID, *, before: str, password_hash: str) -> None:
        """The same password at another cost. Does nothing when it was changed meanwhile."""
        with self._database.person_session(user_id) as session:
            session.run(REHASH, before=before, password_hash=password_hash)

    def whose_link(self, token: str) -> Reset:
        with self._database.session_presenting(token=digest(token)) as session:
            whose = linked(session, look_at(session, "password_reset", token))
            return Reset(user_id=whose.user_id, email=whose.email)

    def reset(self, token: str, *, password_hash: str, at: datetime) -> Reset:
        with self._database.session_presenting(token=digest(token)) as session:
            whose = linked(session, take(session, "password_reset", token))
            self._set_password(session, whose, password_hash, at)
            return Reset(user_id=whose.user_id, email=whose.email)

    def change(self, user_id: UUID, *, before: str, password_hash: str, at: datetime) -> bool:
        """Ends every session. False when the password was changed meanwhile."""
        with self._database.person_session(user_id) as session:
            whose = session.one(Addressee, IS_STILL, before=before)
            if whose is None:
                return False
            self._set_password(session, whose, password_hash, at)
            return True

    def _set_password(
        self, session: Session, whose: Addressee, password_hash: str, at: datetime
    ) -> None:
        session.run(CHANGE_TO, password_hash=password_hash, at=at)
        told = {"user_id": str(whose.user_id), **where_from()}
        self._outbox.post("password_changed", told, whose.locale, session=session)

    # ---- second factor ----

    def begin(self, user_id: UUID, sealed: bytes) -> bool:
        with self._database.person_session(user_id) as session:
            return session.run(BEGIN, sealed=sealed) == 1

    def confirm(self, account: Account, step: int, codes: Sequence[bytes]) -> bool:
        with self._database.person_session(account.user_id) as session:
            if not session.run(CONFIRM, sealed=account.second_factor_sealed, step=step):
                return False
            session.run(FORGET_RECOVERY_CODES)
            session.run(ADD_RECOVERY_CODES, codes=list(codes))
            self._tell(session, account, "enabled")
            return True

    def use(self, account: Account, proof: Proof) -> bool:
        with self._database.person_session(account.user_id) as session:
            if not used(session, account, proof):
                return False
            if proof.recovery_sha256:
                self._tell(session, account, "code_used")
            return True

    def replace_codes(self, account: Account, proof: Proof, codes: Sequence[bytes]) -> bool:
        with self._database.person_session(account.user_id) as session:
            if not used(session, account, proof):
                return False
            session.run(FORGET_RECOVERY_CODES)
            session.run(ADD_RECOVERY_CODES, codes=list(codes))
            self._tell(session, account, "new_codes")
            return True

    def remove(self, account: Account, proof: Proof) -> bool:
        with self._database.person_session(account.user_id) as session:
            if not used(session, account, proof):
                return False
            session.run(FORGET_RECOVERY_CODES)
            session.run(REMOVE)
            self._tell(session, account, "disabled")
            return True

    def _tell(self, session: Session, account: Account, change: Change) -> None:
        told = {"user_id": str(account.user_id), "change": change, **where_from()}
        self._outbox.post("second_factor_changed", told, account.locale, session=session)


def linked(session: Session, link: Promise) -> Addressee:
    """Whose password the link may change. A link from before the last change is over too."""
    session.become(user=UUID(link.body["user_id"]))
    whose = session.one(Addressee, WHOSE_LINK, minted_at=link.created_at)
    if whose is None:
        raise LinkExpired(LINK_IS_OVER)
    return whose


def used(session: Session, account: Account, proof: Proof) -> bool:
    """Whether the proof counts now. It counts once, also among requests at the same moment."""
    if proof.recovery_sha256:
        return session.run(USE_RECOVERY_CODE, code_sha256=proof.recovery_sha256) == 1
    return session.run(USE_STEP, step=proof.step, sealed=account.second_factor_sealed) == 1
