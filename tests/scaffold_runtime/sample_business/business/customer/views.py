from business.customer.forms import CustomerForm
from business.customer.models import Customer
from pages.views import CreatePage, DeletePage, DetailPage, EditPage, ListPage


class CustomerList(ListPage):
    model = Customer
    columns = ["name", "phone", "email", "since", "is_company"]
    search_fields = ["name", "email", "phone"]
    filters = ["is_company", "since"]


class CustomerDetail(DetailPage):
    model = Customer
    fields = ["name", "email", "phone", "since", "is_company", "contract", "notes"]
    related = ["visits"]


class CustomerCreate(CreatePage):
    model = Customer
    form_class = CustomerForm


class CustomerEdit(EditPage):
    model = Customer
    form_class = CustomerForm


class CustomerDelete(DeletePage):
    model = Customer
