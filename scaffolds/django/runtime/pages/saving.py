"""Saving with the database's refusals turned into words: a race two people lost, a row others still need."""

from collections import Counter

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _


def save_checked(row):
    """Validate everything, save, and give back what the database keeps; raises ValidationError, never IntegrityError."""
    row.full_clean()
    save_or_explain(row, row.save)
    row.refresh_from_db()
    return row


def save_or_explain(row, save):
    try:
        with transaction.atomic():
            save()
    except IntegrityError as error:
        raise ValidationError(broken_constraint(row, error)) from error
    return row


def broken_constraint(row, error):
    """What the database refused, in the constraint's own words."""
    name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
    for constraint in row._meta.constraints:
        if constraint.name == name:
            return str(constraint.get_violation_error_message())
    return _("This contradicts something that was saved meanwhile. Look again and retry.")


def explain(error: ProtectedError):
    """How many rows of which kinds keep this one from being deleted."""
    found = Counter(type(row) for row in error.protected_objects)
    uses = ", ".join(f"{count} {kind_of(model, count)}" for model, count in found.items())
    return _("It cannot be deleted while it is used by: %(uses)s.") % {"uses": uses}


def kind_of(model, count):
    meta = model._meta
    return meta.verbose_name if count == 1 else meta.verbose_name_plural
