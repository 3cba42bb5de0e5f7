"""The pages of a module. A module's views declare what; these say how."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.db.models import ProtectedError
from django.forms import modelform_factory
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.generic import CreateView, DeleteView, DetailView, TemplateView, UpdateView, View

from pages.base import Page, url_of
from pages.export import as_csv
from pages.forms import TenantForm
from pages.listing import Listing, references
from pages.related import related_tables
from pages.saving import explain, save_or_explain
from pages.screens import BoardPage, CalendarPage
from pages.values import field_of
from workspaces.permissions import has_role, may

__all__ = [
    "BoardPage",
    "CalendarPage",
    "CreatePage",
    "DashboardPage",
    "DeletePage",
    "DetailPage",
    "EditPage",
    "ListPage",
    "TransitionPage",
]


class ListPage(Page, TemplateView):
    columns = []
    search_fields = []
    filters = []
    sort_fields = None
    """Default: all columns that are database fields."""
    page_size = 25
    template = "list.html"

    def get(self, request, *args, **kwargs):
        if request.GET.get("format") == "csv":
            return as_csv(Listing(type(self), request.GET))
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs):
        listing = Listing(type(self), self.request.GET)
        return super().get_context_data(
            listing=listing,
            page=listing.page(self.request.GET.get("page", 1)),
            columns=self.columns,
            create_url=self.create_url(),
            **kwargs,
        )

    def create_url(self):
        return (
            url_of(self.model, "create")
            if may(self.request.membership, "create", self.model)
            else ""
        )


class DetailPage(Page, DetailView):
    fields = []
    related = []
    """Reverse names of models that refer to this one; shown as small tables."""
    template = "detail.html"

    def get_queryset(self):
        return (
            super()
            .get_queryset()
            .select_related("created_by", *references(self.model, self.fields))
        )

    def get_context_data(self, **kwargs):
        tables = related_tables(self.object, self.related, self.request.membership)
        return super().get_context_data(fields=self.fields, tables=tables, **kwargs)


class FormPage(Page):
    template = "form.html"

    def form_valid(self, form):
        try:
            self.object = save_or_explain(form.instance, form.save)
        except ValidationError as error:
            form.add_error(None, error)
            return self.form_invalid(form)
        messages.success(self.request, self.saved_message())
        return redirect(self.object.get_absolute_url())

    def saved_message(self):
        return _("Saved.")


class CreatePage(FormPage, CreateView):
    action = "create"

    def get_initial(self):
        """`?patient=3` fills in the reference: the button beside a related table uses it."""
        return super().get_initial() | {
            name: value
            for name, value in self.request.GET.items()
            if not isinstance(field_of(self.model, name), models.FileField)
        }

    def get_context_data(self, **kwargs):
        return super().get_context_data(back_url=url_of(self.model, "list"), **kwargs)


class EditPage(FormPage, UpdateView):
    action = "edit"

    def get_context_data(self, **kwargs):
        return super().get_context_data(back_url=self.object.get_absolute_url(), **kwargs)


class DeletePage(Page, DeleteView):
    action = "delete"
    template = "confirm_delete.html"

    def form_valid(self, form):
        try:
            self.object.delete()
        except ProtectedError as error:
            messages.error(self.request, explain(error))
            return redirect(self.object.get_absolute_url())
        messages.success(self.request, _("Deleted."))
        return redirect(url_of(self.model, "list"))


class TransitionPage(Page, View):
    """Moves a row along its workflow. The transition's own roles decide, besides being allowed to view.

    Where the next state needs something that is not there yet, the page asks for it first.
    """

    http_method_names = ["post"]
    template = "transition.html"

    def post(self, request, pk, transition):
        rows = self.get_queryset().select_for_update(of=("self",))
        row = get_object_or_404(rows, pk=pk)
        if row.workflow is None or row.workflow.transition(transition) is None:
            raise Http404
        try:
            step = row.workflow.begin(row, transition, request.membership)
            if asked := row.workflow.asks(row, step):
                form = self.form(row, asked)
                if not form.is_valid():
                    return self.ask(form, step)
            row.workflow.save(row, step)
            messages.success(request, _("Done: %(label)s.") % {"label": step.label})
        except ValidationError as error:
            for message in error.messages:
                messages.error(request, message)
        return redirect(row.get_absolute_url())

    def form(self, row, asked):
        form_class = modelform_factory(self.model, form=TenantForm, fields=asked)
        is_answer = not self.request.POST.keys().isdisjoint(asked) or self.request.FILES
        answer = (self.request.POST, self.request.FILES) if is_answer else ()
        form = form_class(*answer, instance=row)
        for field in form.fields.values():
            field.required = True
        return form

    def ask(self, form, step):
        facts = self.get_context_data(object=form.instance, form=form, step=step)
        return render(self.request, self.get_template_names(), facts)


class DashboardPage(TemplateView):
    title = ""
    roles = []
    """Who sees it besides the owner; empty means everybody."""
    tiles = []
    template_name = "pages/dashboard.html"

    def dispatch(self, request, *args, **kwargs):
        membership = request.membership
        if membership is None or (self.roles and not has_role(membership, self.roles)):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs):
        seen = [tile for tile in self.tiles if tile.is_for(self.request.membership)]
        return super().get_context_data(
            title=self.title,
            numbers=[tile for tile in seen if not tile.group_by],
            charts=[tile for tile in seen if tile.group_by],
            **kwargs,
        )
