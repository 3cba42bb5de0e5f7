"""A principal: who makes a request, for which organization, and what they may do.

In: made by `identity.authentication`. Out: read by doors and use cases. The surprise: `organization_id` is the tenant
id; there is no way to name another tenant in a request. A person may be in no organization (yet); then `tenant_id`
refuses.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from chalicelib.errors import Forbidden
from chalicelib.tenancy.arrears import BEGINS_SOMETHING, refuse_unpaid
from chalicelib.tenancy.plans import BillingState
from chalicelib.tenancy.roles import Permission, Role, may


@dataclass(frozen=True, kw_only=True)
class Principal:
    organization_id: UUID | None
    role: Role | None
    key_id: UUID | None = None
    """The API key, when a program asks; else `user_id` and `session_id` are there."""
    user_id: UUID | None = None
    session_id: UUID | None = None
    session_began_s: float = 0.0
    """When a person signed in."""
    scopes: frozenset[Permission] = frozenset()
    """What the key is narrowed to; empty means everything its role may do."""

    billing_state: BillingState = "current"
    """How the organization stands with its payments."""

    @property
    def tenant_id(self) -> UUID:
        if self.organization_id is None:
            raise Forbidden(
                "You are in no organization. Make one with POST /v1/organizations, or accept an invitation."
            )
        return self.organization_id

    @property
    def person_id(self) -> UUID:
        if self.user_id is None:
            raise Forbidden("An API key is not a person. Sign in to do this.")
        return self.user_id

    @property
    def own_session_id(self) -> UUID:
        if self.session_id is None:
            raise Forbidden("An API key has no session. Sign in to do this.")
        return self.session_id

    @property
    def actor(self) -> str:
        """How the audit log names this principal."""
        return f"api_key:{self.key_id}" if self.key_id else f"user:{self.user_id}"

    def may(self, permission: Permission) -> bool:
        if self.role is None:
            return False
        return may(self.role, permission) and (not self.scopes or permission in self.scopes)

    def require(self, permission: Permission) -> None:
        _ = self.tenant_id
        if not self.may(permission):
            raise Forbidden(f"This takes the permission {permission!r}.", permission=permission)

    def require_paid(self, permission: Permission) -> None:
        """Raises `PaymentRequired` for what rests while invoices are long overdue."""
        if permission in BEGINS_SOMETHING:
            refuse_unpaid(self.billing_state)
