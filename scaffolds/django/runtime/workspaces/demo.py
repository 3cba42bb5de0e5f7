"""Demo data: rows from business/demo.json in a workspace of their own, so that the first look is not an empty one."""

import json
import os
import re
from datetime import datetime, time, timedelta

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from workspaces.models import Workspace
from workspaces.tenancy import tenant_scope

RELATIVE = re.compile(r"today(?:([+-]\d{1,4})d?)?(?:[ T](\d{2}):(\d{2}))?")


def ensure_demo_workspace():
    """Make the demo workspace when DEMO_DATA=1 and no workspace exists yet. True when it did."""
    if os.environ.get("DEMO_DATA") != "1" or Workspace.objects.exists():
        return False
    from business.demo import load_demo

    with transaction.atomic():
        workspace = Workspace.objects.create(name=settings.APP_NAME, is_demo=True)
        with tenant_scope(workspace):
            load_demo(workspace)
    return True


def load_rows(workspace, path, models):
    """Load `{module: [rows]}`; a module's second model goes by `module.model`.

    A row's `_id` is the name by which references of other rows find it.
    """
    data = json.loads(path.read_text(encoding="utf-8"))
    by_label = {model._meta.label_lower: model for model in models}
    by_module = {model._meta.app_label: model for model in reversed(models)}
    with tenant_scope(workspace):
        Loader(by_module | by_label).load(data)


class Loader:
    """Saves a row when all rows it names are saved, whatever the order in the file."""

    def __init__(self, by_name):
        self.by_name = by_name
        self.saved = {}

    def load(self, data):
        waiting = [(module, row) for module, rows in data.items() for row in rows]
        while waiting:
            later = [(module, row) for module, row in waiting if not self.save(module, row)]
            if len(later) == len(waiting):
                names = ", ".join(sorted({module for module, _row in later}))
                raise ValueError(f"Demo rows of {names} refer to rows that do not exist.")
            waiting = later

    def save(self, module, values):
        row = self.by_name[module]()
        for name, value in values.items():
            if name == "_id":
                continue
            field = row._meta.get_field(name)
            found = self.referred(field, value) if field.is_relation else parsed(field, value)
            if found is None and value is not None:
                return False
            setattr(row, field.name, found)
        row.full_clean()
        row.save()
        if "_id" in values:
            self.saved[type(row), str(values["_id"])] = row
        return True

    def referred(self, field, name):
        return self.saved.get((field.remote_field.model, str(name)))


def parsed(field, value):
    """Dates are ISO, or relative: `today`, `today+3`, `today-1 09:30`."""
    if not isinstance(value, str) or not isinstance(field, models.DateField):
        return field.to_python(value)
    moment = relative(value) or parse_datetime(value) or midnight(parse_date(value))
    if moment is None:
        raise ValueError(f"{value!r} is not a date.")
    if not isinstance(field, models.DateTimeField):
        return moment.date()
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)


def relative(text):
    match = RELATIVE.fullmatch(text)
    if match is None:
        return None
    days, hour, minute = match.groups()
    day = timezone.localdate() + timedelta(days=int(days or 0))
    return datetime.combine(day, time(int(hour or 0), int(minute or 0)))


def midnight(day):
    return day and datetime.combine(day, time.min)
