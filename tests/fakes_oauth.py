"""Sign-ins under way and linked identities, in memory, as real code."""

from __future__ import annotations

from datetime import UTC, datetime

from chalicelib.identity.people import where_from
from chalicelib.identity.provider_people import SHOWN, LinkedIdentity


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


class Identities:
    """The providers that `people` linked; letters go to `outbox`. `people` finds by them from then on."""

    def __init__(self, people, outbox):
        self._people, self._outbox = people, outbox
        self.routes, self.rows = {}, {}
        by_address = people.by_identity
        people.by_identity = lambda identity: self.routes.get(identity) or by_address(identity)

    def linked(self, user_id):
        return [
            LinkedIdentity(provider, profile.email, linked_at)
            for (owner, provider), (profile, linked_at) in self.rows.items()
            if owner == user_id
        ]

    def link(self, user_id, profile):
        if not self._add(user_id, profile):
            return False
        return self._tell(user_id, profile.provider, "identity_linked")

    def join(self, newcomer, profile):
        if self._people.by_email(newcomer.email) or profile.identity in self.routes:
            return None
        joined = self._people.add(newcomer)
        self._add(joined.user_id, profile)
        return joined.user_id

    def unlink(self, user_id, provider):
        if (user_id, provider) not in self.rows:
            return "absent"
        if not self._people.account(user_id).password_hash and len(self.linked(user_id)) == 1:
            return "last"
        self.routes.pop(self.rows.pop((user_id, provider))[0].identity)
        self._tell(user_id, provider, "identity_removed")
        return "gone"

    def _add(self, user_id, profile):
        leads_to = self.routes.get(profile.identity, user_id)
        if leads_to != user_id or (user_id, profile.provider) in self.rows:
            return False
        self.routes[profile.identity] = user_id
        self.rows[user_id, profile.provider] = (profile, datetime.now(UTC))
        return True

    def _tell(self, user_id, provider, kind):
        told = {"user_id": str(user_id), "provider": SHOWN[provider], **where_from()}
        self._outbox.post(kind, told, self._people.account(user_id).locale)
        return True
