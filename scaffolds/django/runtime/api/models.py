import hashlib
import secrets

from django.db import models
from django.utils.translation import gettext_lazy as _

from workspaces.models import Membership

PREFIX = "app_"


class ApiToken(models.Model):
    """Lets a program act as one person in one workspace. Shown once; only its digest is kept."""

    membership = models.ForeignKey(Membership, models.CASCADE, related_name="api_tokens")
    name = models.CharField(_("name"), max_length=80)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, editable=False)

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        ordering = ["-created_at"]

    def __str__(self):
        return self.name

    @classmethod
    def issue(cls, membership, name):
        """A new token and its secret, which nobody can read again."""
        secret = PREFIX + secrets.token_urlsafe(32)
        return cls.objects.create(membership=membership, name=name, digest=digest(secret)), secret


def digest(secret):
    return hashlib.sha256(secret.encode()).hexdigest()
