from business.customer.models import Customer
from pages.forms import TenantForm


class CustomerForm(TenantForm):
    class Meta(TenantForm.Meta):
        model = Customer
        fields = ["name", "email", "phone", "since", "is_company", "contract", "notes"]
