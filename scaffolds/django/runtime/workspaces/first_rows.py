"""The rows that an app begins with: fetched once at hand-over, loaded through the models, reported row by row.

In: an address, `{module.model: [rows]}` as JSON behind it; a row's `_id` is its name for references of others, `_at` its place in the file it
came from. Out: how many were loaded, and why the others were not. What doesn't fit is left out; the rest goes in.
"""

import json
import time
import urllib.request

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from django.utils.translation import gettext as _

from workspaces.demo import parsed
from workspaces.models import TenantModel
from workspaces.tenancy import tenant_scope

MAX_BYTES = 20 * 1024 * 1024
MAX_SECONDS = 600
MAX_FAULTS = 200
MAX_LENGTH = 300


def fetched(url):
    """The rows; none without an address."""
    if not url.startswith(("https://", "http://")):
        return {}
    with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310 - the scheme is checked above
        text = answer.read(MAX_BYTES + 1)
    if len(text) > MAX_BYTES:
        raise ValueError("The rows are larger than can be loaded.")
    return json.loads(text)


def load_first_rows(workspace, data):
    """In one transaction; does nothing when the workspace has rows already. Returns facts for the report."""
    models = {model._meta.label_lower: model for model in business_models()}
    loading = Loading(models)
    with tenant_scope(workspace):
        there = sum(model.objects.count() for model in models.values())
        if there:
            return {"rows_loaded": there, "rows_skipped": 0, "rows_left": 0, "rows_faults": []}
        loading.load(data)
    return loading.facts()


def business_models():
    return [
        model
        for model in apps.get_models()
        if issubclass(model, TenantModel) and model._meta.app_config.name.startswith("business.")
    ]


class Loading:
    def __init__(self, by_name):
        self.by_name = by_name
        self.saved, self.faults = {}, []
        self.loaded = self.skipped = self.left = 0
        self.until = time.monotonic() + MAX_SECONDS

    def load(self, data):
        """Rows whose references are saved go first; when no more can, the rest goes without theirs."""
        waiting = [(name, row) for name, rows in data.items() for row in rows]
        while waiting:
            later = [(name, row) for name, row in waiting if not self.take(name, row)]
            if len(later) == len(waiting):
                break
            waiting = later
        for name, row in waiting:
            self.take(name, row, is_last=True)

    def take(self, name, values, is_last=False):
        """False: it has to wait for others."""
        if time.monotonic() > self.until:
            self.left += 1
            return True
        model = self.by_name.get(name)
        if model is None:
            self.skip(values, _("There is no such thing here."))
            return True
        row = model()
        if not self.fill(row, values, is_last):
            return False
        self.save(row, values)
        return True

    def fill(self, row, values, is_last):
        fields = {field.name: field for field in row._meta.concrete_fields}
        for name, value in values.items():
            field = fields.get(name)
            if field is None or value is None:
                continue
            if not field.is_relation:
                self.set(row, field, value, values)
                continue
            found = self.saved.get((field.remote_field.model, str(value)))
            if found is None and not is_last:
                return False
            if found is None:
                self.fault(
                    values, f"{field.verbose_name}: " + _("The row it names was not loaded.")
                )
            setattr(row, field.name, found)
        return True

    def set(self, row, field, value, values):
        """A value that can't be read is left out; a field that needs one then refuses the row."""
        try:
            setattr(row, field.name, parsed(field, value))
        except (ValidationError, ValueError, TypeError, ArithmeticError) as error:
            self.fault(values, f"{field.verbose_name}: {worded(error)}")

    def save(self, row, values):
        try:
            with transaction.atomic():
                row.full_clean()
                row.save()
        except (ValidationError, DatabaseError, ValueError) as error:
            self.skip(values, worded(error))
            return
        self.loaded += 1
        if "_id" in values:
            self.saved[type(row), str(values["_id"])] = row

    def skip(self, values, why):
        self.skipped += 1
        self.fault(values, why)

    def fault(self, values, why):
        if len(self.faults) < MAX_FAULTS:
            place = values.get("_at") or values.get("_id") or "?"
            self.faults.append(f"{place}: {why}"[:MAX_LENGTH])

    def facts(self):
        return {
            "rows_loaded": self.loaded,
            "rows_skipped": self.skipped,
            "rows_left": self.left,
            "rows_faults": self.faults,
        }


def worded(error):
    if isinstance(error, ValidationError):
        if hasattr(error, "error_dict"):
            return "; ".join(
                f"{name}: {' '.join(texts)}" for name, texts in error.message_dict.items()
            )
        return " ".join(error.messages)
    return type(error).__name__ if isinstance(error, DatabaseError) else str(error)
