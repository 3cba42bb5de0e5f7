"""Workspaces (the tenants), who belongs to them, and the base of every business model."""

import uuid

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from workspaces.fields import TenantForeignKey
from workspaces.roles import OWNER, role_label
from workspaces.rules import broken_rules
from workspaces.tenancy import CurrentTenant, current_user_id, require_tenant_id

__all__ = [
    "Invitation",
    "Membership",
    "TenantForeignKey",
    "TenantManager",
    "TenantModel",
    "TenantQuerySet",
    "Workspace",
]


class Workspace(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=120)
    is_demo = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("workspace")
        verbose_name_plural = _("workspaces")
        ordering = ["name"]

    def __str__(self):
        return self.name


class Membership(models.Model):
    """What one person is in one workspace."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=40)
    created_at = models.DateTimeField(_("since"), auto_now_add=True)

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        ordering = ["created_at", "id"]
        constraints = [models.UniqueConstraint(fields=["workspace", "user"], name="one_membership")]

    def __str__(self):
        return f"{self.user} · {self.role_label}"

    @property
    def role_label(self):
        return role_label(self.role)

    @property
    def is_owner(self):
        return self.role == OWNER

    @property
    def is_last_owner(self):
        others = Membership.objects.filter(workspace=self.workspace_id, role=OWNER).exclude(
            pk=self.pk
        )
        return self.is_owner and not others.exists()


class Invitation(models.Model):
    """A link sent by email. Only its digest is kept, so the table alone opens no door."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="invitations")
    email = models.EmailField(_("email"))
    role = models.CharField(_("role"), max_length=40)
    token_digest = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    created_at = models.DateTimeField(_("sent"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"))

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "email"], name="one_invitation")
        ]

    def __str__(self):
        return self.email

    @property
    def role_label(self):
        return role_label(self.role)


class TenantQuerySet(models.QuerySet):
    pass


class TenantManager(models.Manager.from_queryset(TenantQuerySet)):
    """Only the active workspace's rows. The database's policy says the same again, for every other way in."""

    def get_queryset(self):
        return super().get_queryset().filter(tenant_id=CurrentTenant())


class TenantModel(models.Model):
    """A row of one workspace."""

    tenant = models.ForeignKey(
        Workspace, models.CASCADE, editable=False, db_index=False, related_name="+"
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        verbose_name=_("created by"),
        null=True,
        blank=True,
        editable=False,
        db_index=False,
        related_name="+",
    )

    objects = TenantManager()
    workflow = None
    rules = ()
    route_prefix = ""
    """Before the names of its pages, where a module has several models: `note_` for `appointment:note_list`."""
    do_not_call_in_templates = True  # a template may be handed the class itself

    class Meta:
        abstract = True

    def clean(self):
        super().clean()
        if broken := broken_rules(self):
            raise ValidationError(broken)

    def full_clean(self, *args, **kwargs):
        self.join_workspace()
        super().full_clean(*args, **kwargs)

    def save(self, *args, **kwargs):
        self.join_workspace()
        super().save(*args, **kwargs)

    def join_workspace(self):
        if self.tenant_id is None:
            self.tenant_id = require_tenant_id()
        if self._state.adding and self.created_by_id is None:
            self.created_by_id = current_user_id()

    def get_absolute_url(self):
        return reverse(route_name(self, "detail"), args=[self.pk])


def route_name(model, name):
    """The URL name of one of the model's pages: `appointment:detail`."""
    return f"{model._meta.app_label}:{model.route_prefix}{name}"
