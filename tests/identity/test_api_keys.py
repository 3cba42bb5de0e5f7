"""API keys, without a database."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from chalicelib.errors import Forbidden, Unauthenticated
from chalicelib.identity.api_keys import KnownKey, NewKey, authenticate, digest, new_key
from chalicelib.tenancy.roles import Permission, Role


class OneKey:
    """Knows one key."""

    def __init__(
        self, key: NewKey, role: Role = "builder", scopes: tuple[Permission, ...] = ()
    ) -> None:
        self.key = key
        self.uses: list[tuple[UUID, UUID]] = []
        self.known = KnownKey(
            id=uuid4(),
            organization_id=uuid4(),
            secret_sha256=key.secret_sha256,
            role=role,
            scopes=scopes,
        )

    def known_key(self, prefix: str) -> KnownKey | None:
        return self.known if prefix == self.key.prefix else None

    def note_use(self, tenant_id: UUID, key_id: UUID) -> None:
        self.uses.append((tenant_id, key_id))


def test_a_new_key_has_256_random_bits_and_only_its_hash_is_kept() -> None:
    key = new_key()
    brand, prefix, secret = key.text.split("_")
    assert (brand, prefix, len(bytes.fromhex(secret))) == ("fragua", key.prefix, 32)
    assert key.secret_sha256 == digest(secret)
    assert new_key().text != key.text


def test_a_key_becomes_the_principal_it_was_made_for() -> None:
    keys = OneKey(new_key())
    principal = authenticate(f"Bearer {keys.key.text}", keys=keys)
    assert principal.tenant_id == keys.known.organization_id
    assert principal.actor == f"api_key:{keys.known.id}"
    assert keys.uses == [(keys.known.organization_id, keys.known.id)]


def test_only_an_accepted_key_was_used() -> None:
    keys = OneKey(new_key())
    with pytest.raises(Unauthenticated):
        authenticate(f"Bearer fragua_{keys.key.prefix}_{'0' * 64}", keys=keys)
    assert keys.uses == []


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer fragua_",
        "Bearer fragua_12345678_short",
        "Bearer fragua_1234567é_" + "0" * 64,
        "Bearer fragua_12345678_" + "٠" * 64,
        "Bearer fragua_12345678_" + "0" * 64 + "\n0",
        "Bearer fragua_12345678_" + "0" * 64,
        "Basic fragua_12345678_" + "0" * 64,
        "Bearer " + "x" * 100_000,
    ],
)
def test_anything_else_is_refused(header: str | None) -> None:
    with pytest.raises(Unauthenticated):
        authenticate(header, keys=OneKey(new_key()))


def test_the_answer_does_not_say_which_part_was_wrong() -> None:
    keys, other = OneKey(new_key()), new_key()
    wrong_secret = f"Bearer fragua_{keys.key.prefix}_{other.text.split('_')[2]}"
    said = []
    for header in (wrong_secret, f"Bearer {other.text}"):
        with pytest.raises(Unauthenticated) as refused:
            authenticate(header, keys=keys)
        said.append(refused.value.detail)
    assert said[0] == said[1]


def test_scopes_narrow_a_role_and_never_widen_it() -> None:
    keys = OneKey(new_key(), "viewer", ("apps:read", "apps:write"))
    principal = authenticate(f"bearer {keys.key.text}", keys=keys)
    assert principal.may("apps:read")
    assert not principal.may("generations:read")
    with pytest.raises(Forbidden):
        principal.require("apps:write")
