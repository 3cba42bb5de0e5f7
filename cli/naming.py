"""What people call things: an address, a name, the beginning of a key. The API knows ids.

In: what was typed, and where to look. Out: an id. Callers: commands that take a person, an organization, an invitation or
a key. The surprise: an id costs no look-up, and a name that two things share is refused with both ids.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable

from cli.client import ApiProblem, Client
from cli.language import told

Named = Iterable[tuple[str, tuple[str, ...]]]


def member_id(client: Client, said: str) -> str:
    def known() -> Named:
        for each in client.get("/v1/members")["items"]:
            yield each["user_id"], (each["email"],)

    return _id(said, known, "`fragua members list` shows who is here.")


def organization_id(client: Client, said: str) -> str:
    def known() -> Named:
        for each in client.get("/v1/me/organizations")["items"]:
            yield each["id"], (each["name"],)

    return _id(said, known, "`fragua orgs list` shows yours.")


def invitation_id(client: Client, said: str) -> str:
    def known() -> Named:
        for each in client.pages("/v1/invitations"):
            if each["status"] == "open":
                yield each["id"], (each["email"],)

    return _id(said, known, "`fragua invitations list` shows what is open.")


def app_id(client: Client, said: str) -> str:
    def known() -> Named:
        for each in client.pages("/v1/apps"):
            yield each["id"], (each["name"], each["slug"])

    return _id(said, known, "`fragua apps` shows yours.")


def key_id(client: Client, said: str) -> str:
    def known() -> Named:
        for each in client.pages("/v1/api-keys"):
            if each["state"] == "live":
                yield each["id"], (each["prefix"], each["name"])

    return _id(said, known, "`fragua keys list` shows them.")


def _id(said: str, known: Callable[[], Named], cure: str) -> str:
    if _is_id(said):
        return said
    found = [
        key for key, names in known() if said.casefold() in (name.casefold() for name in names)
    ]
    if len(found) == 1:
        return found[0]
    if found:
        detail = told("{said!r} can be {found}. Take the id.", said=said, found=", ".join(found))
    else:
        detail = told("Nothing here is called {said!r}.", said=said) + " " + told(cure)
    raise ApiProblem({"title": "Which one?", "detail": detail})


def _is_id(said: str) -> bool:
    try:
        uuid.UUID(said)
    except ValueError:
        return False
    return True
