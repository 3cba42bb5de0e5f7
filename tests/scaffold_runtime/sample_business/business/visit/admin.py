from django.contrib import admin

from business.visit.models import Visit
from workspaces.admin import TenantAdmin, admin_site


@admin.register(Visit, site=admin_site)
class VisitAdmin(TenantAdmin):
    list_display = ["code", "customer", "worker", "starts_at", "price", "status"]
    search_fields = ["code", "customer__name"]
