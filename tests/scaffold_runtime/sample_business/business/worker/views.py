from business.worker.forms import WorkerForm
from business.worker.models import Worker
from pages.views import CreatePage, DeletePage, DetailPage, EditPage, ListPage


class WorkerList(ListPage):
    model = Worker
    columns = ["name", "created_at"]
    search_fields = ["name"]
    filters = []


class WorkerDetail(DetailPage):
    model = Worker
    fields = ["name"]
    related = ["visits"]


class WorkerCreate(CreatePage):
    model = Worker
    form_class = WorkerForm


class WorkerEdit(EditPage):
    model = Worker
    form_class = WorkerForm


class WorkerDelete(DeletePage):
    model = Worker
