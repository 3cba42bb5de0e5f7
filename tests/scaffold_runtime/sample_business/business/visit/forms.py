from business.visit.models import Visit
from pages.forms import TenantForm


class VisitForm(TenantForm):
    class Meta(TenantForm.Meta):
        model = Visit
        fields = ["code", "customer", "worker", "starts_at", "ends_at", "price", "reason"]
