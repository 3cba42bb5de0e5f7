"""Saving with the database's refusals turned into words: a race two people lost, a row others still need."""

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
    """Which rows keep this one from being deleted."""
    rows = list(error.protected_objects)
    kind = rows[0]._meta.verbose_name_plural if len(rows) > 1 else rows[0]._meta.verbose_name
    return _("It cannot be deleted while %(count)s %(kind)s refer to it.") % {
        "count": len(rows),
        "kind": kind,
    }
