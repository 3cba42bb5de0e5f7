"""Other ways to look at a module's rows: a board by state, a calendar by month."""

import calendar
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import models
from django.utils import timezone
from django.views.generic import TemplateView

from pages.base import Page
from pages.listing import references
from workspaces.permissions import may

MAX_CARDS = 50
MAX_EVENTS = 1000


@dataclass(frozen=True)
class Column:
    key: str
    label: str
    rows: list
    count: int


class BoardPage(Page, TemplateView):
    """One column per state of the workflow, one card per row."""

    card_fields = []
    template = "board.html"

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            columns=self.columns(), card_fields=self.card_fields, **kwargs
        )

    def columns(self):
        name = self.model.workflow.field
        states = self.model._meta.get_field(name).flatchoices
        rows = self.get_queryset().select_related(*references(self.model, self.card_fields))
        return [self.column(rows.filter(**{name: key}), key, label) for key, label in states]

    def column(self, rows, key, label):
        return Column(key, label, list(rows[:MAX_CARDS]), rows.count())


@dataclass(frozen=True)
class Day:
    date: date
    rows: list
    is_outside: bool
    is_today: bool


class CalendarPage(Page, TemplateView):
    """A month of rows by `date_field`; `?month=2026-11` chooses which."""

    date_field = ""
    card_fields = []
    template = "calendar.html"

    def get_context_data(self, **kwargs):
        first = month_named(self.request.GET.get("month", ""))
        return super().get_context_data(
            month=first,
            previous=(first - timedelta(days=1)).strftime("%Y-%m"),
            next=(first + timedelta(days=31)).strftime("%Y-%m"),
            weeks=self.weeks(first),
            can_create=may(self.request.membership, "create", self.model),
            card_fields=self.card_fields,
            date_field=self.date_field,
            **kwargs,
        )

    def weeks(self, first):
        weeks = calendar.Calendar().monthdatescalendar(first.year, first.month)
        rows = self.rows_by_day(weeks[0][0], weeks[-1][-1])
        today = timezone.localdate()
        return [
            [Day(day, rows.get(day, []), day.month != first.month, day == today) for day in week]
            for week in weeks
        ]

    def rows_by_day(self, first, last):
        field = self.model._meta.get_field(self.date_field)
        is_moment = isinstance(field, models.DateTimeField)
        start, end = first, last + timedelta(days=1)
        if is_moment:
            start, end = (
                timezone.make_aware(datetime.combine(day, time.min)) for day in (start, end)
            )
        name = self.date_field
        rows = self.get_queryset().filter(**{f"{name}__gte": start, f"{name}__lt": end})
        found = {}
        for row in rows.order_by(name)[:MAX_EVENTS]:
            value = getattr(row, name)
            found.setdefault(timezone.localdate(value) if is_moment else value, []).append(row)
        return found


def month_named(text):
    try:
        first = datetime.strptime(text, "%Y-%m").date()
    except ValueError:
        first = date.min
    return first if 1000 < first.year < 9000 else timezone.localdate().replace(day=1)
