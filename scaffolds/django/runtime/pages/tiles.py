"""What a dashboard shows: one number, or a small bar chart by group."""

from dataclasses import dataclass
from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _

from pages.values import as_text, field_of
from workspaces.permissions import may

MAX_BARS = 8


@dataclass(frozen=True)
class Bar:
    label: str
    text: str
    percent: int


class Tile:
    measure: models.Aggregate
    field: models.Field | None = None

    def __init__(self, label, model, *, where=None, group_by=None):
        self.label, self.model, self.where, self.group_by = label, model, where or Q(), group_by

    def is_for(self, membership):
        return may(membership, "view", self.model)

    def rows(self):
        return self.model._default_manager.filter(self.where)

    def number(self):
        return self.text(self.rows().aggregate(value=self.measure)["value"])

    def text(self, value):
        return as_text(self.field, value or (Decimal(0) if self.field else 0))

    def bars(self):
        """The largest groups, each with its share of the largest."""
        found = self.rows().order_by().values(self.group_by).annotate(value=self.measure)
        groups = sorted(found, key=lambda group: group["value"] or 0, reverse=True)[:MAX_BARS]
        largest = max((group["value"] or 0 for group in groups), default=0) or 1
        names = self.names([group[self.group_by] for group in groups])
        return [
            Bar(
                names.get(group[self.group_by]) or _("None"),
                self.text(group["value"]),
                max(0, round(100 * (group["value"] or 0) / largest)),
            )
            for group in groups
        ]

    def names(self, keys):
        field = field_of(self.model, self.group_by)
        if field.is_relation:
            return {
                row.pk: str(row)
                for row in field.remote_field.model._default_manager.filter(pk__in=keys)
            }
        labels = dict(field.flatchoices)
        return {key: str(labels.get(key, key)) for key in keys}


class Count(Tile):
    measure = models.Count("pk")


class Sum(Tile):
    def __init__(self, label, model, field, *, where=None, group_by=None):
        super().__init__(label, model, where=where, group_by=group_by)
        self.field = field_of(model, field)
        self.measure = models.Sum(field)
