"""People in PostgreSQL: found by what they present, made when their address is proved.

In: a `Database`. Out: `Account`, `Person`, `Joined`. Implements `identity.people.People`. Callers: wiring. The surprise: a
new person, their organization, membership and the line about it are one transaction, the one that uses up the link; a
crash anywhere leaves the link good and nothing made.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid4

from chalicelib.adapters.database import Database, Session
from chalicelib.adapters.one_time_tokens import digest, look_at, take
from chalicelib.adapters.organization_store import founded
from chalicelib.errors import Conflict, NotFound
from chalicelib.identity.addresses import identity as by_address
from chalicelib.identity.people import (
    NOBODY,
    Account,
    Joined,
    Locale,
    Newcomer,
    Person,
)


@dataclass(frozen=True)
class Found:
    user_id: UUID


NO_SUCH_PERSON: Final = "There is no such person (any more)."

LEADS_TO: Final = """
select user_id from platform.identity_routes where identity = %(identity)s
"""
ACCOUNT: Final = """
select person.id as user_id, person.email, person.locale, credentials.password_hash, credentials.password_changed_at,
    credentials.second_factor_sealed, credentials.second_factor_confirmed_at
from platform.users as person
left join platform.person_credentials as credentials on credentials.user_id = person.id
where person.id = %(user_id)s
"""
PERSON: Final = """
select person.id, person.email, person.name, person.locale, person.created_at,
    credentials.password_hash is not null as has_password,
    credentials.second_factor_confirmed_at is not null as has_second_factor,
    (
        select count(*) from platform.recovery_codes as code
        where code.user_id = person.id and code.used_at is null
    ) as recovery_codes_left
from platform.users as person
left join platform.person_credentials as credentials on credentials.user_id = person.id
where person.id = %(user_id)s
"""
CHANGE: Final = """
update platform.users
set name = coalesce(%(name)s, name), locale = coalesce(%(locale)s, locale), updated_at = now()
where id = %(user_id)s
"""
ADD_ROUTE: Final = """
insert into platform.identity_routes (identity, user_id) values (%(identity)s, %(user_id)s) on conflict do nothing
"""
ADD_USER: Final = """
insert into platform.users (id, email, name, locale) values (%(user_id)s, %(email)s, %(name)s, %(locale)s)
on conflict do nothing
"""
ADD_CREDENTIALS: Final = """
insert into platform.person_credentials (user_id, password_hash, password_changed_at)
values (%(user_id)s, %(password_hash)s, case when %(password_hash)s::text is null then null else now() end)
"""


class PostgresPeople:
    def __init__(self, database: Database) -> None:
        self._database = database

    def by_identity(self, identity: str) -> UUID | None:
        with self._database.session_presenting(identity=identity) as session:
            found = session.one(Found, LEADS_TO, identity=identity)
        return found.user_id if found else None

    def by_email(self, email: str) -> Account | None:
        identity = by_address(email)
        with self._database.session_presenting(identity=identity) as session:
            found = session.one(Found, LEADS_TO, identity=identity)
            session.become(user=found.user_id if found else NOBODY)
            return session.one(Account, ACCOUNT)

    def credentials(self, user_id: UUID) -> Account | None:
        with self._database.person_session(user_id) as session:
            return session.one(Account, ACCOUNT)

    def account(self, user_id: UUID) -> Account:
        """Raises `NotFound`."""
        found = self.credentials(user_id)
        if found is None:
            raise NotFound(NO_SUCH_PERSON)
        return found

    def read(self, user_id: UUID) -> Person:
        with self._database.person_session(user_id) as session:
            return person(session)

    def change(self, user_id: UUID, *, name: str | None, locale: Locale | None) -> Person:
        """None leaves as it is."""
        with self._database.person_session(user_id) as session:
            session.run(CHANGE, name=name, locale=locale)
            return person(session)

    def promised(self, token: str) -> Newcomer:
        with self._database.session_presenting(token=digest(token)) as session:
            return Newcomer(**look_at(session, "sign_up", token).body)

    def join(self, token: str, *, password_hash: str) -> Joined:
        with self._database.session_presenting(token=digest(token)) as session:
            promised = take(session, "sign_up", token).body
            return settle(session, Newcomer(**promised, password_hash=password_hash))


def settle(session: Session, newcomer: Newcomer) -> Joined:
    """The person, what they sign in with, and their organization when they want one. The session becomes theirs."""
    user_id, identity = uuid4(), by_address(newcomer.email)
    session.become(user=user_id, identity=identity)
    told = {"email": newcomer.email, "name": newcomer.name, "locale": newcomer.locale}
    if not (session.run(ADD_USER, **told) and session.run(ADD_ROUTE, identity=identity)):
        raise Conflict("This address has an account already. Sign in, or reset the password.")
    session.run(ADD_CREDENTIALS, password_hash=newcomer.password_hash)
    return Joined(
        user_id=user_id,
        organization_id=own_organization(session, newcomer, user_id),
        email=newcomer.email,
        organization_name=newcomer.organization_name,
    )


def own_organization(session: Session, newcomer: Newcomer, owner: UUID) -> UUID | None:
    if newcomer.organization_name is None:
        return None
    organization_id = uuid4()
    session.become(tenant=organization_id)
    founded(session, name=newcomer.organization_name, locale=newcomer.locale, owner=owner)
    return organization_id


def person(session: Session) -> Person:
    found = session.one(Person, PERSON)
    if found is None:
        raise NotFound(NO_SUCH_PERSON)
    return found
