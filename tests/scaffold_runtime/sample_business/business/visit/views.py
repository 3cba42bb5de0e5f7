from business.visit.forms import VisitForm
from business.visit.models import Visit
from pages.views import (
    BoardPage,
    CalendarPage,
    CreatePage,
    DeletePage,
    DetailPage,
    EditPage,
    ListPage,
    TransitionPage,
)


class VisitList(ListPage):
    model = Visit
    columns = ["code", "customer", "worker", "starts_at", "price", "status"]
    search_fields = ["code", "customer__name"]
    filters = ["status", "worker", "starts_at"]


class VisitDetail(DetailPage):
    model = Visit
    fields = ["code", "status", "customer", "worker", "starts_at", "ends_at", "price", "reason"]
    related = []


class VisitCreate(CreatePage):
    model = Visit
    form_class = VisitForm


class VisitEdit(EditPage):
    model = Visit
    form_class = VisitForm


class VisitDelete(DeletePage):
    model = Visit


class VisitTransition(TransitionPage):
    model = Visit


class VisitBoard(BoardPage):
    model = Visit
    card_fields = ["customer", "starts_at"]


class VisitCalendar(CalendarPage):
    model = Visit
    date_field = "starts_at"
