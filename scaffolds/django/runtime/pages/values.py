"""How a value is shown to people: money, dates, choices as badges, references as links, files, phones."""

from decimal import Decimal

from django.conf import settings
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.template.defaultfilters import filesizeformat, truncatechars
from django.urls import NoReverseMatch
from django.utils import formats, timezone
from django.utils.formats import number_format
from django.utils.html import format_html, linebreaks
from django.utils.safestring import mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from workspaces.fields import MoneyField, PhoneField
from workspaces.permissions import may
from workspaces.tenancy import current_membership

SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "MXN": "MX$", "BRL": "R$"}
SYMBOL_FIRST = {"en"}
BADGES = 6
NOTHING = mark_safe('<span class="text-muted-foreground" aria-hidden="true">—</span>')


def shown(row, name, *, short=False):
    """The value of a field or attribute as safe HTML."""
    value = getattr(row, name, None)
    if value is None or value == "":
        return NOTHING
    return as_html(row, field_of(row, name), value, short)


def as_html(row, field, value, short):  # noqa: PLR0911 - one line per kind of value
    if isinstance(field, models.FileField):
        return file_link(value)
    if field is not None and getattr(field, "flatchoices", None):
        return badge(field, value)
    if isinstance(value, models.Model):
        return link(value)
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(field, models.EmailField):
        return format_html('<a class="link" href="mailto:{0}">{0}</a>', value)
    if isinstance(field, PhoneField):
        return format_html('<a class="link" href="tel:{}">{}</a>', value.replace(" ", ""), value)
    if isinstance(field, models.URLField):
        return format_html(
            '<a class="link" href="{}" rel="noopener noreferrer">{}</a>', value, bare(value)
        )
    if isinstance(field, models.TextField):
        return truncatechars(value, 80) if short else mark_safe(linebreaks(value, autoescape=True))  # noqa: S308
    return as_text(field, value)


def as_text(field, value):
    """The value as plain words, for exports and titles too."""
    if isinstance(field, models.GeneratedField):
        field = field.output_field
    if isinstance(field, MoneyField):
        return money(value)
    if isinstance(value, Decimal):
        return number_format(value.normalize() if value % 1 else value.quantize(Decimal(1)))
    if hasattr(value, "tzinfo"):
        return formats.date_format(timezone.localtime(value), "SHORT_DATETIME_FORMAT")
    if hasattr(value, "year"):
        return formats.date_format(value, "SHORT_DATE_FORMAT")
    return number_format(value) if isinstance(value, int) else str(value)


def plain(row, name):
    """The value as words; a row without it is called by its own name."""
    value = getattr(row, name, None)
    if value is None or value == "":
        return str(row)
    field = field_of(row, name)
    if getattr(field, "flatchoices", None):
        return dict(field.flatchoices).get(value, value)
    return as_text(field, value)


def currency_symbol():
    return SYMBOLS.get(settings.CURRENCY, settings.CURRENCY)


def money(amount):
    number = number_format(amount, decimal_pos=2, force_grouping=True)
    symbol = currency_symbol()
    first = (get_language() or "").split("-")[0] in SYMBOL_FIRST
    return f"{symbol}{number}" if first else f"{number}\u00a0{symbol}"


def badge(field, value):
    """One quiet colour per choice, always the same for the same choice."""
    label = dict(field.flatchoices).get(value, value)
    return format_html('<span class="badge {}">{}</span>', tint(field, value), label)


def tint(field, value):
    keys = [str(key) for key, _label in field.flatchoices]
    return f"tint-{keys.index(str(value)) % BADGES + 1 if str(value) in keys else 1}"


def link(row):
    """The row's title, and the way to it for those who may go there."""
    if not may(current_membership(), "view", row):
        return str(row)
    try:
        return format_html('<a class="link" href="{}">{}</a>', row.get_absolute_url(), row)
    except (AttributeError, NoReverseMatch):
        return str(row)


def file_link(file):
    name = file.name.rpartition("/")[2]
    try:
        size = file.size
    except FileNotFoundError:
        return name
    return format_html(
        '<a class="link" href="{}">{}</a> <span class="text-muted-foreground">{}</span>',
        file.url,
        name,
        filesizeformat(size),
    )


def bare(url):
    return truncatechars(url.partition("//")[2].rstrip("/"), 40)


def label_of(model, name):
    """The heading over a field or attribute."""
    field = field_of(model, name)
    label = field.verbose_name if field is not None else name.replace("_", " ")
    return label[:1].upper() + label[1:]


def field_of(model, name):
    try:
        return model._meta.get_field(name)
    except FieldDoesNotExist:
        owner = model if isinstance(model, type) else type(model)
        return getattr(getattr(owner, name, None), "field", None)


def is_number(model, name):
    field = field_of(model, name)
    if isinstance(field, models.GeneratedField):
        field = field.output_field
    is_amount = isinstance(field, (models.IntegerField, models.DecimalField, models.FloatField))
    return is_amount and not getattr(field, "flatchoices", None)
