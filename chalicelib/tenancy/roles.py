"""What each role in an organization may do, in one table.

In: a role and a permission. Out: yes or no. Callers: `identity.Principal`, doors. The surprise: `tests/database` holds
this table against the check constraint in the database, so a role exists in both or in neither.
"""

from __future__ import annotations

from typing import Final, Literal

Role = Literal["owner", "admin", "builder", "viewer"]
Permission = Literal[
    "apps:read",
    "apps:write",
    "apps:delete",
    "discoveries:read",
    "discoveries:write",
    "generations:read",
    "generations:start",
    "generations:cancel",
    "usage:read",
    "audit:read",
    "people:read",
    "people:manage",
    "keys:manage",
    "organization:read",
    "organization:manage",
    "billing:manage",
]

VIEWER: Final[frozenset[Permission]] = frozenset(
    {
        "apps:read",
        "discoveries:read",
        "generations:read",
        "usage:read",
        "people:read",
        "organization:read",
    }
)
BUILDER: Final[frozenset[Permission]] = VIEWER | {
    "apps:write",
    "discoveries:write",
    "generations:start",
    "generations:cancel",
}
ADMIN: Final[frozenset[Permission]] = BUILDER | {
    "apps:delete",
    "audit:read",
    "people:manage",
    "keys:manage",
    "billing:manage",
}
OWNER: Final[frozenset[Permission]] = ADMIN | {"organization:manage"}

PERMISSIONS: Final[dict[Role, frozenset[Permission]]] = {
    "owner": OWNER,
    "admin": ADMIN,
    "builder": BUILDER,
    "viewer": VIEWER,
}
LADDER: Final[tuple[Role, ...]] = ("viewer", "builder", "admin", "owner")


def is_above(role: Role, other: Role) -> bool:
    return LADDER.index(role) > LADDER.index(other)


def may(role: Role, permission: Permission) -> bool:
    return permission in PERMISSIONS[role]
