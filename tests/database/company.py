"""An organization with people in it, made the way people make them; and two things done at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Barrier, Thread
from typing import Any, Final
from uuid import UUID

from chalicelib.adapters import membership_store
from chalicelib.adapters.database import Database
from chalicelib.adapters.person_store import settle
from chalicelib.errors import PlatformError
from chalicelib.identity.people import Joined, Newcomer
from chalicelib.identity.principal import Principal
from chalicelib.tenancy.plans import Plan
from chalicelib.tenancy.roles import Role

STANDS: Final = "select platform.organization_stands(%(plan)s, 'current', null, null, null)"


@dataclass(frozen=True)
class Company:
    """Ana founded it."""

    database: Database
    id: UUID
    ana: UUID

    def hire(self, name: str, role: Role) -> UUID:
        person = newcomer(self.database, name)
        with self.database.tenant_session(self.id, user_id=person) as session:
            membership_store.add(session, person, role)
        return person

    def buys(self, plan: Plan) -> None:
        with self.database.tenant_session(self.id) as session:
            session.run(STANDS, plan=plan)

    def asking(self, person: UUID, role: Role) -> Principal:
        """The person, with the role that was read when their request came in."""
        return Principal(organization_id=self.id, role=role, user_id=person, session_id=person)

    def roles(self) -> dict[UUID, Role]:
        store = membership_store.PostgresMemberStore(self.database)
        return {one.user_id: one.role for one in store.all(self.id)}


def founded(database: Database, name: str = "Clínica Sonrisa") -> Company:
    ana = Newcomer(email="ana@example.org", name="Ana", locale="es", organization_name=name)
    joined = made(database, ana)
    assert joined.organization_id
    return Company(database, joined.organization_id, joined.user_id)


def newcomer(database: Database, name: str) -> UUID:
    """Somebody in no organization: `eva` is Eva, at eva@example.org."""
    person = Newcomer(email=f"{name}@example.org", name=name.title(), locale="en")
    return made(database, person).user_id


def made(database: Database, person: Newcomer) -> Joined:
    with database.session_presenting(identity=f"email:{person.email}") as session:
        return settle(session, person)


def at_once(*doings: Callable[[], Any]) -> list[Any]:
    """What each answered or was refused with, all begun at the same moment."""
    barrier, outcomes = Barrier(len(doings)), [None] * len(doings)

    def run(index: int, doing: Callable[[], Any]) -> None:
        barrier.wait()
        try:
            outcomes[index] = doing()
        except PlatformError as error:
            outcomes[index] = error

    threads = [Thread(target=run, args=pair) for pair in enumerate(doings)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def refusals(outcomes: list[Any]) -> list[str]:
    return sorted(type(one).__name__ for one in outcomes if isinstance(one, PlatformError))
