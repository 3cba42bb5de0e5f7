"""The audit trail's page, for owners."""

from dataclasses import dataclass

from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.shortcuts import render
from django.utils.translation import gettext as _

from audit.models import Entry
from pages.values import as_text, field_of, label_of
from workspaces.access import owners_only

PAGE_SIZE = 50
LONGEST = 200
UNINTERESTING = {"id", "tenant_id", "created_at", "updated_at", "created_by_id"}


@dataclass(frozen=True)
class Change:
    label: str
    before: str
    after: str


@owners_only
def trail(request):
    entries = Entry.objects.select_related("user")
    model = request.GET.get("model", "")
    if model:
        entries = entries.filter(model=model)
        if request.GET.get("id", "").isdecimal():
            entries = entries.filter(object_id=int(request.GET["id"]))
    page = Paginator(entries, PAGE_SIZE).get_page(request.GET.get("page", 1))
    shown = [described(entry) for entry in page]
    context = {"page": page, "entries": shown, "models": business_models(), "chosen": model}
    return render(request, "audit/trail.html", context)


def described(entry):
    model = model_of(entry)
    row = model and model._default_manager.filter(pk=entry.object_id).first()
    return {
        "entry": entry,
        "action": action_label(entry, model),
        "kind": model._meta.verbose_name if model else entry.model,
        "title": str(row) if row else f"#{entry.object_id}",
        "url": row.get_absolute_url() if row else "",
        "changes": changes(entry, model),
    }


def changes(entry, model):
    before, after = entry.before or {}, entry.after or {}
    names = [name for name in {**before, **after} if name not in UNINTERESTING]
    return [
        Change(label(model, name), text(model, name, before), text(model, name, after))
        for name in names
        if not is_blank(before.get(name)) or not is_blank(after.get(name))
    ]


def label(model, column):
    name = column.removesuffix("_id")
    known = model and any(field.name == name for field in model._meta.get_fields())
    return label_of(model, name) if known else column


def is_blank(value):
    return value is None or value == ""


def text(model, column, values):
    value = values.get(column)
    if is_blank(value):
        return ""
    field = model and field_of(model, column.removesuffix("_id"))
    return (as_read(field, value) if field else str(value))[:LONGEST]


def as_read(field, value):
    """Titles for references, words for choices, dates and money as on every other page."""
    if field.is_relation:
        row = field.related_model._default_manager.filter(pk=value).first()
        return str(row) if row else f"#{value}"
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if field.flatchoices:
        return str(dict(field.flatchoices).get(value, value))
    try:
        return as_text(field, field.to_python(value))
    except ValidationError:  # recorded before the field became what it is now
        return str(value)


def action_label(entry, model):
    labels = {"create": _("created"), "edit": _("changed"), "delete": _("deleted")}
    workflow = getattr(model, "workflow", None)
    transition = workflow and workflow.transition(entry.action)
    return transition.label if transition else labels.get(entry.action, entry.action)


def model_of(entry):
    try:
        return apps.get_model(entry.model)
    except LookupError:
        return None


def business_models():
    return sorted(
        (model._meta.label_lower, str(model._meta.verbose_name_plural))
        for model in apps.get_models()
        if model.__module__.startswith("business.")
    )
