"""Filters of a list, made from the model's fields: choices, yes/no, references, dates from … to."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db import models
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from workspaces.permissions import may

MAX_CHOICES = 200


@dataclass(frozen=True)
class Filter:
    field: models.Field
    params: dict

    @property
    def name(self):
        return self.field.name

    @property
    def label(self):
        return self.field.verbose_name

    @property
    def value(self):
        return self.params.get(self.name, "")

    @property
    def is_used(self):
        return bool(self.value)

    def is_for(self, membership):
        return True


class ChoiceFilter(Filter):
    template = "pages/filters/choice.html"

    def choices(self):
        return [(str(key), label) for key, label in self.field.flatchoices]

    def narrow(self, rows):
        known = {key for key, _label in self.choices()}
        return rows.filter(**{self.name: self.value}) if self.value in known else rows


class YesNoFilter(Filter):
    template = "pages/filters/choice.html"

    def choices(self):
        return [("true", _("Yes")), ("false", _("No"))]

    def narrow(self, rows):
        wanted = {"true": True, "false": False}.get(self.value)
        return rows if wanted is None else rows.filter(**{self.name: wanted})


class ReferenceFilter(Filter):
    """Offered to those who may see the rows it names."""

    template = "pages/filters/choice.html"

    def is_for(self, membership):
        return may(membership, "view", self.field.remote_field.model)

    def choices(self):
        rows = self.field.remote_field.model._default_manager.all()[:MAX_CHOICES]
        return [(str(row.pk), str(row)) for row in rows]

    def narrow(self, rows):
        return (
            rows.filter(**{self.field.attname: int(self.value)}) if self.value.isdecimal() else rows
        )


class DateFilter(Filter):
    """Two parameters: `<name>_from` and `<name>_to`, both days included."""

    template = "pages/filters/dates.html"

    @property
    def first(self):
        return parsed(self.params.get(f"{self.name}_from", ""))

    @property
    def last(self):
        return parsed(self.params.get(f"{self.name}_to", ""))

    @property
    def is_used(self):
        return bool(self.first or self.last)

    def narrow(self, rows):
        if self.first:
            rows = rows.filter(**{f"{self.name}__gte": self.moment(self.first)})
        if self.last:
            rows = rows.filter(**{f"{self.name}__lt": self.moment(self.last + timedelta(days=1))})
        return rows

    def moment(self, day):
        if not isinstance(self.field, models.DateTimeField):
            return day
        return timezone.make_aware(datetime.combine(day, time.min))


def parsed(text):
    try:
        return parse_date(text)
    except ValueError:
        return None


def filter_for(model, name, params):
    field = model._meta.get_field(name)
    if field.is_relation:
        return ReferenceFilter(field, params)
    if isinstance(field, models.BooleanField):
        return YesNoFilter(field, params)
    if isinstance(field, models.DateField):
        return DateFilter(field, params)
    return ChoiceFilter(field, params)
