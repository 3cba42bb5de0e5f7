"""The audit trail: who changed what, when, from what to what.

Rows are written by a trigger on every workspace table (see migrations), so nothing can change unrecorded, and the
database refuses to change or delete them.
"""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from workspaces.models import TenantManager, Workspace


class Entry(models.Model):
    tenant = models.ForeignKey(
        Workspace, models.CASCADE, editable=False, db_index=False, related_name="+"
    )
    at = models.DateTimeField(_("when"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    action = models.CharField(_("action"), max_length=60)
    model = models.CharField(max_length=100)
    object_id = models.BigIntegerField()
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    objects = TenantManager()

    class Meta:
        verbose_name = _("entry")
        verbose_name_plural = _("audit trail")
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["tenant", "-at"], name="audit_at"),
            models.Index(fields=["tenant", "model", "object_id"], name="audit_object"),
        ]
