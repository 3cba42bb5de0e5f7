from django.contrib import admin

from business.worker.models import Worker
from workspaces.admin import TenantAdmin, admin_site


@admin.register(Worker, site=admin_site)
class WorkerAdmin(TenantAdmin):
    list_display = ["name", "created_at"]
    search_fields = ["name"]
