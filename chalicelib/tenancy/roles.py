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
    "generations:read",
    "generations:start",
    "generations:cancel",
    "usage:read",
    "audit:read",
    "people:manage",
    "keys:manage",
    "organization:manage",
    "billing:manage",
]

VIEWER: Final[frozenset[Permission]] = frozenset({"apps:read", "generations:read", "usage:read"})
BUILDER: Final[frozenset[Permission]] = VIEWER | {
    "apps:write",
    "generations:start",
    "generations:cancel",
}
ADMIN: Final[frozenset[Permission]] = BUILDER | {
    "apps:delete",
    "audit:read",
    "people:manage",
    "keys:manage",
}
OWNER: Final[frozenset[Permission]] = ADMIN | {"organization:manage", "billing:manage"}

PERMISSIONS: Final[dict[Role, frozenset[Permission]]] = {
    "owner": OWNER,
    "admin": ADMIN,
    "builder": BUILDER,
    "viewer": VIEWER,
}


def may(role: Role, permission: Permission) -> bool:
    return permission in PERMISSIONS[role]
