"""A list of rows as somebody asked for it: searched, filtered, sorted, cut into pages. Screens and API share it."""

from functools import cached_property

from django.core.exceptions import FieldDoesNotExist
from django.core.paginator import Paginator
from django.db.models import Q

from pages.filters import filter_for
from workspaces.tenancy import current_membership

MAX_PAGE_SIZE = 200
MAX_SEARCH = 100


class Listing:
    """`page_class` is a ListPage: it says what may be searched, filtered and sorted."""

    def __init__(self, page_class, params, *, search=None, size=None):
        self.page_class = page_class
        self.model = page_class.model
        self.params = params
        self.search = (params.get("q", "") if search is None else search).strip()[:MAX_SEARCH]
        self.size = max(1, min(size or page_class.page_size, MAX_PAGE_SIZE))

    @cached_property
    def filters(self):
        found = [filter_for(self.model, name, self.params) for name in self.page_class.filters]
        return [one for one in found if one.is_for(current_membership())]

    @property
    def is_narrowed(self):
        return bool(self.search) or any(one.is_used for one in self.filters)

    @cached_property
    def sort(self):
        wanted = self.params.get("sort", "")
        return wanted if wanted.removeprefix("-") in self.sortable else ""

    @cached_property
    def sortable(self):
        names = self.page_class.sort_fields
        return (
            names
            if names is not None
            else [n for n in self.page_class.columns if is_field(self.model, n)]
        )

    def rows(self):
        rows = self.model._default_manager.all()
        rows = rows.select_related(*references(self.model, self.page_class.columns))
        for one in self.filters:
            rows = one.narrow(rows)
        rows = self.matching(rows)
        return rows.order_by(self.sort, "pk") if self.sort else ordered(rows)

    def matching(self, rows):
        for word in self.search.split():
            found = Q()
            for name in self.page_class.search_fields:
                found |= Q(**{f"{name}__icontains": word})
            rows = rows.filter(found)
        return rows

    def page(self, number):
        return Paginator(self.rows(), self.size).get_page(number)


def ordered(rows):
    """The model's own order, made complete by the key so that no row is on two pages."""
    return rows.order_by(*(rows.model._meta.ordering or []), "-pk")


def is_field(model, name):
    try:
        return model._meta.get_field(name).concrete
    except FieldDoesNotExist:
        return False


def references(model, names):
    return [
        name for name in names if is_field(model, name) and model._meta.get_field(name).is_relation
    ]
