"""Roles: `owner`, who may do everything, and the business's own."""

from django.conf import settings
from django.utils.translation import gettext_lazy as _

OWNER = "owner"


def role_choices():
    return [(OWNER, _("Owner")), *settings.ROLES.items()]


def role_label(role):
    return dict(role_choices()).get(role, role)
