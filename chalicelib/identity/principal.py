"""A principal: who makes a request, for which organization, and what they may do.

In: made by `identity.api_keys.authenticate`. Out: read by doors and use cases. The surprise: `organization_id` is the
tenant id; there is no way to name another tenant in a request.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from chalicelib.errors import Forbidden
from chalicelib.tenancy.roles import Permission, Role, may


@dataclass(frozen=True, kw_only=True)
class Principal:
    organization_id: UUID
    key_id: UUID
    role: Role
    scopes: frozenset[Permission] = frozenset()
    """What the key is narrowed to; empty means everything its role may do."""

    @property
    def tenant_id(self) -> UUID:
        return self.organization_id

    @property
    def actor(self) -> str:
        """How the audit log names this principal."""
        return f"api_key:{self.key_id}"

    def may(self, permission: Permission) -> bool:
        return may(self.role, permission) and (not self.scopes or permission in self.scopes)

    def require(self, permission: Permission) -> None:
        if not self.may(permission):
            raise Forbidden(f"This takes the permission {permission!r}.", permission=permission)
