from django.contrib import admin

from business.customer.models import Customer
from workspaces.admin import TenantAdmin, admin_site


@admin.register(Customer, site=admin_site)
class CustomerAdmin(TenantAdmin):
    list_display = ["name", "phone", "email", "since", "is_company"]
    search_fields = ["name", "email", "phone"]
