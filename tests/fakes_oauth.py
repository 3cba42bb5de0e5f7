"""Sign-ins under way and linked identities, in memory, as real code."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

from chalicelib.identity.people import Account
from chalicelib.identity.provider_people import LinkedIdentity


class Flows:
    def __init__(self):
        self.kept = {}

    def keep(self, state_sha256, flow):
        self.kept.setdefault(state_sha256, flow)

    def take(self, state_sha256, flow_sha256):
        found = self.kept.get(state_sha256)
        if found is None or found.flow_sha256 != flow_sha256:
            return None
        if found.expires_at <= datetime.now(UTC):
            return None
        return self.kept.pop(state_sha256)


class PeopleAndIdentities:
    """People by what leads to them, and the providers they linked: `People` and `Identities` at once."""

    def __init__(self):
        self.accounts, self.routes, self.rows, self.letters = {}, {}, {}, []
        self.organizations = {}

    def by_identity(self, identity):
        return self.routes.get(identity)

    def by_email(self, email):
        return self.accounts.get(self.routes.get(f"email:{email}"))

    def credentials(self, user_id):
        return self.accounts.get(user_id)

    def add(self, email, *, password_hash="$argon2id$", second_factor_at=None, organization=None):
        account = Account(
            user_id=uuid4(),
            email=email,
            locale="en",
            password_hash=password_hash,
            password_changed_at=None,
            second_factor_sealed=b"sealed" if second_factor_at else None,
            second_factor_confirmed_at=second_factor_at,
        )
        self.accounts[account.user_id] = account
        self.routes[f"email:{email}"] = account.user_id
        self.organizations[account.user_id] = organization
        return account.user_id

    def linked(self, user_id):
        return [
            LinkedIdentity(provider, profile.email, datetime.now(UTC))
            for (owner, provider), profile in self.rows.items()
            if owner == user_id
        ]

    def link(self, user_id, profile):
        leads_to = self.routes.get(profile.identity, user_id)
        if leads_to != user_id or (user_id, profile.provider) in self.rows:
            return False
        self.routes[profile.identity] = user_id
        self.rows[user_id, profile.provider] = profile
        self.letters.append((user_id, profile.provider, "linked"))
        return True

    def join(self, newcomer, profile):
        if f"email:{newcomer.email}" in self.routes or profile.identity in self.routes:
            return None
        organization = newcomer.organization_name
        user_id = self.add(newcomer.email, password_hash=None, organization=organization)
        self.routes[profile.identity] = user_id
        self.rows[user_id, profile.provider] = profile
        return user_id

    def unlink(self, user_id, provider):
        if (user_id, provider) not in self.rows:
            return "absent"
        if not self.accounts[user_id].password_hash and len(self.linked(user_id)) == 1:
            return "last"
        self.routes.pop(self.rows.pop((user_id, provider)).identity)
        self.letters.append((user_id, provider, "removed"))
        return "gone"
