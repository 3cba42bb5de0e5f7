"""Django's admin, for owners, inside their own workspace."""

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext_lazy as _

from workspaces.permissions import may


class WorkspaceAdminSite(admin.AdminSite):
    site_header = site_title = _("Data")
    index_title = _("All tables of this workspace")
    site_url = "/"

    def has_permission(self, request):
        membership = getattr(request, "membership", None)
        return membership is not None and membership.is_owner

    def login(self, request, extra_context=None):
        """There is one place to sign in; whoever has and still may not enter is refused."""
        if request.user.is_authenticated:
            raise PermissionDenied
        return redirect_to_login(request.get_full_path())

    def each_context(self, request):
        return super().each_context(request) | {"log_entries": LogEntry.objects.none()}


admin_site = WorkspaceAdminSite(name="admin")


class TenantAdmin(admin.ModelAdmin):
    list_per_page = 50
    view_on_site = True

    def has_module_permission(self, request):
        return admin_site.has_permission(request)

    def has_view_permission(self, request, obj=None):
        return may(request.membership, "view", self.model)

    def has_add_permission(self, request):
        return may(request.membership, "create", self.model)

    def has_change_permission(self, request, obj=None):
        return may(request.membership, "edit", self.model)

    def has_delete_permission(self, request, obj=None):
        return may(request.membership, "delete", self.model)

    def get_readonly_fields(self, request, obj=None):
        return [
            *super().get_readonly_fields(request, obj),
            "created_at",
            "updated_at",
            "created_by",
        ]

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        kwargs["queryset"] = db_field.remote_field.model._default_manager.all()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    # The audit trail records every change already; Django's own log would keep titles outside the workspace.
    def log_addition(self, *args): ...

    def log_change(self, *args): ...

    def log_deletions(self, *args): ...
