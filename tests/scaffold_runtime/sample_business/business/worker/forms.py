from business.worker.models import Worker
from pages.forms import TenantForm


class WorkerForm(TenantForm):
    class Meta(TenantForm.Meta):
        model = Worker
        fields = ["name"]
