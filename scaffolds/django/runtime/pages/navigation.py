"""The menu: business/navigation.py lists items, each person sees those their role allows."""

from dataclasses import dataclass

from django.urls import reverse

from workspaces.permissions import has_role, may


@dataclass(frozen=True)
class NavItem:
    label: str
    url_name: str
    icon: str = "dot"
    model: type | None = None
    """Shown when the role may view this model."""
    roles: list[str] | None = None
    """Shown to these roles and the owner; None means everybody."""

    @property
    def url(self):
        return reverse(self.url_name)

    def is_for(self, membership):
        if self.model is not None and not may(membership, "view", self.model):
            return False
        return not self.roles or has_role(membership, self.roles)

    def is_current(self, path):
        return path == self.url if self.url == "/" else path.startswith(self.url)


def items_for(membership):
    from business.navigation import NAVIGATION

    if membership is None:
        return []
    return [item for item in NAVIGATION if item.is_for(membership)]
