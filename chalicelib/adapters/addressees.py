"""Who a letter is for, in PostgreSQL: a person by the address they signed up with, or by their id.

In: an address, an id. Out: `mail.sending.Addressee`, None for nobody. Callers: `mail.sending`.
The surprise: a person's row can be seen only in their own name, so an address is looked up in two steps of one
transaction: whom it leads to, then, as that person, how they want to be written to.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from chalicelib.adapters.database import Database, Reference, Session
from chalicelib.mail.sending import Addressee

LEADS_TO: Final = "select user_id as id from platform.identity_routes where identity = %(identity)s"
PERSON: Final = (
    "select id as user_id, email, name, locale from platform.users where id = %(user_id)s"
)


class PostgresAddressees:
    def __init__(self, database: Database) -> None:
        self._database = database

    def by_email(self, email: str) -> Addressee | None:
        identity = f"email:{email}"
        with self._database.session_presenting(identity=identity) as session:
            leads_to = session.one(Reference, LEADS_TO, identity=identity)
            if leads_to is None:
                return None
            session.become(user=leads_to.id)
            return person(session)

    def by_id(self, user_id: UUID) -> Addressee | None:
        with self._database.person_session(user_id) as session:
            return person(session)


def person(session: Session) -> Addressee | None:
    return session.one(Addressee, PERSON)
