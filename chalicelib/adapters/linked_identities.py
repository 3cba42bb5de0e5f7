"""With which providers people sign in, in PostgreSQL.

In: a `Database`, an outbox. Out: `LinkedIdentity`s, whether a change took place. Implements
`identity.provider_people.Identities`. Callers: wiring. The surprise: a link is two rows, `identity_routes` for finding a
person who is not known yet and `linked_identities` for showing it to them, written and removed together with the letter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from chalicelib.adapters.database import Database, Session
from chalicelib.adapters.outbox import Outbox
from chalicelib.adapters.person_store import ADD_ROUTE, LEADS_TO, Found, settle
from chalicelib.errors import Conflict
from chalicelib.identity.addresses import identity as by_address
from chalicelib.identity.oauth import Profile
from chalicelib.identity.people import Newcomer, where_from
from chalicelib.identity.provider_people import SHOWN, LinkedIdentity, Unlinked

LINKED: Final = """
select provider, email, linked_at from platform.linked_identities
where user_id = %(user_id)s order by linked_at, provider
"""
WAYS_IN: Final = """
select person.locale, credentials.password_hash is not null as has_password,
    array(
        select linked.provider || ':' || linked.subject from platform.linked_identities as linked
        where linked.user_id = %(user_id)s
    ) as identities
from platform.users as person
join platform.person_credentials as credentials on credentials.user_id = person.id
where person.id = %(user_id)s
"""
HOLD: Final = """
select from platform.person_credentials where user_id = %(user_id)s for no key update
"""
LINK: Final = """
insert into platform.linked_identities (user_id, provider, subject, email)
values (%(user_id)s, %(provider)s, %(subject)s, %(email)s)
on conflict do nothing
"""
UNLINK: Final = """
delete from platform.linked_identities where user_id = %(user_id)s and provider = %(provider)s
"""
LEAD_NOWHERE: Final = """
delete from platform.identity_routes where identity = %(identity)s and user_id = %(user_id)s
"""


@dataclass(frozen=True)
class WaysIn:
    locale: str
    has_password: bool
    identities: list[str]


class PostgresLinkedIdentities:
    def __init__(self, database: Database, outbox: Outbox) -> None:
        self._database, self._outbox = database, outbox

    def linked(self, user_id: UUID) -> Sequence[LinkedIdentity]:
        with self._database.person_session(user_id) as session:
            return session.all(LinkedIdentity, LINKED)

    def link(self, user_id: UUID, profile: Profile) -> bool:
        try:
            with self._database.person_session(user_id) as session:
                _add(session, user_id, profile)
                self._tell(session, user_id, profile.provider, "identity_linked")
        except _Taken:
            return False
        return True

    def join(self, newcomer: Newcomer, profile: Profile) -> UUID | None:
        address = by_address(newcomer.email)
        try:
            with self._database.session_presenting(identity=address) as session:
                joined = settle(session, newcomer)
                _add(session, joined.user_id, profile)
        except (_Taken, Conflict):
            return None
        return joined.user_id

    def unlink(self, user_id: UUID, provider: str) -> Unlinked:
        """Holds the credentials' row first, so that two last ways in are not removed at the same time; what there is is
        read by the next statement, which sees what the one before us did."""
        with self._database.person_session(user_id) as session:
            session.run(HOLD)
            ways = session.one(WaysIn, WAYS_IN)
            mine = (
                [one for one in ways.identities if one.startswith(f"{provider}:")] if ways else []
            )
            if ways is None or not mine:
                return "absent"
            if not ways.has_password and len(ways.identities) == 1:
                return "last"
            session.run(UNLINK, provider=provider)
            session.become(identity=mine[0])
            session.run(LEAD_NOWHERE, identity=mine[0])
            self._tell(session, user_id, provider, "identity_removed")
        return "gone"

    def _tell(self, session: Session, user_id: UUID, provider: str, kind: str) -> None:
        ways = session.one(WaysIn, WAYS_IN)
        body = {"user_id": user_id, "provider": SHOWN.get(provider, provider), **where_from()}
        self._outbox.post(kind, body, ways.locale if ways else "en", session=session)


class _Taken(Exception):
    """The identity leads to somebody, or the person has another with this provider. Rolls everything back."""


def _add(session: Session, user_id: UUID, profile: Profile) -> None:
    """An identity that leads to this person without being listed (there is none such) would be listed now."""
    session.become(identity=profile.identity)
    session.run(ADD_ROUTE, identity=profile.identity)
    leads_to = session.one(Found, LEADS_TO, identity=profile.identity)
    if leads_to is None or leads_to.user_id != user_id:
        raise _Taken
    told = {"provider": profile.provider, "subject": profile.subject}
    if not session.run(LINK, email=profile.email or "-", **told):
        raise _Taken
