"""Sign-ins under way and linked identities, in memory, as real code."""

from __future__ import annotations

from datetime import UTC, datetime


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
