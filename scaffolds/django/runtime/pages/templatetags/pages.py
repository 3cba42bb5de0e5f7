"""Tags for templates: icons, values shown to people, permissions, addresses of rows."""

import hashlib
from functools import lru_cache

from django import forms, template
from django.conf import settings
from django.contrib.staticfiles import finders
from django.db import models
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html

from pages import values
from pages.icons import ICONS
from workspaces.models import route_name
from workspaces.permissions import may as may_do

register = template.Library()


@register.simple_tag
def icon(name, css="size-4"):
    """One drawing of static/icons.svg; an unknown name draws a dot."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        css,
        asset("icons.svg"),
        name if name in ICONS else "dot",
    )


@register.simple_tag
def asset(path):
    """The address of a static file, with its content's digest so that browsers may keep it."""
    return f"{static(path)}?v={content_digest(path)}"


@lru_cache(maxsize=None if not settings.DEBUG else 0)
def content_digest(path):
    found = finders.find(path)
    if not found:
        return settings.VERSION
    with open(found, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:10]


@register.filter
def value(row, name):
    return values.shown(row, name)


@register.filter
def short_value(row, name):
    return values.shown(row, name, short=True)


@register.filter
def plain_value(row, name):
    """Without links, to stand inside one; the row's own title when there is nothing."""
    return values.plain(row, name)


@register.filter
def is_long(row, name):
    return isinstance(values.field_of(row, name), models.TextField)


@register.filter
def model_label(row):
    return row._meta.label_lower


@register.filter
def file_name(file):
    return str(file).rpartition("/")[2]


@register.filter
def is_checkbox(bound_field):
    return isinstance(bound_field.field.widget, forms.CheckboxInput)


@register.filter
def is_wide(bound_field):
    return isinstance(bound_field.field.widget, (forms.Textarea, forms.FileInput))


@register.filter
def label(row, name):
    return values.label_of(row, name)


@register.filter
def is_number(row, name):
    return values.is_number(row, name)


@register.filter
def kind(row):
    return row._meta.verbose_name


@register.simple_tag
def tint(row):
    """The colour of the row's state, the same as its badge has."""
    if not row.workflow:
        return "tint-1"
    return values.tint(values.field_of(row, row.workflow.field), row.workflow.state(row))


@register.simple_tag
def clock(row, name):
    moment = getattr(row, name)
    return date_format(timezone.localtime(moment), "H:i") if hasattr(moment, "hour") else ""


@register.simple_tag(takes_context=True)
def may(context, action, subject):
    """Whether the person may `view`, `create`, `edit` or `delete` this row or model."""
    return may_do(context.get("membership"), action, subject)


@register.simple_tag(takes_context=True)
def transitions(context, row):
    """What the person may do with the row's workflow now."""
    return row.workflow.available(row, context.get("membership")) if row.workflow else []


@register.simple_tag
def row_url(row, name, *args):
    """`{% row_url patient "edit" %}`; empty when the module has no such page."""
    key = [] if isinstance(row, type) else [row.pk]
    try:
        return reverse(route_name(row, name), args=[*key, *args])
    except NoReverseMatch:
        return ""
