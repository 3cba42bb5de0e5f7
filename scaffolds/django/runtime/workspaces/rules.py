"""Rules of the business, declared on a model as `rules = [...]`.

A rule is any callable that takes the row and raises ValidationError. All of them run on every form, API write,
transition and demo row, and all their messages are shown together.
"""

import dataclasses
from dataclasses import dataclass
from decimal import Decimal

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils.translation import gettext as _

EMPTY = (None, "", [], ())


@dataclass(frozen=True)
class Range:
    """The field lies between minimum and maximum, ends included."""

    field: str
    minimum: Decimal | int | None = None
    maximum: Decimal | int | None = None
    message: str = ""

    def __call__(self, row):
        value = getattr(row, self.field)
        if value is None:
            return
        is_low = self.minimum is not None and value < self.minimum
        is_high = self.maximum is not None and value > self.maximum
        if is_low or is_high:
            raise ValidationError({self.field: self.message or self.default_message()})

    def default_message(self):
        if self.maximum is None:
            return _("At least %(minimum)s.") % {"minimum": self.minimum}
        if self.minimum is None:
            return _("At most %(maximum)s.") % {"maximum": self.maximum}
        return _("Between %(minimum)s and %(maximum)s.") % {
            "minimum": self.minimum,
            "maximum": self.maximum,
        }


@dataclass(frozen=True)
class InOrder:
    """`first` comes strictly before `then`, when both are given."""

    first: str
    then: str
    message: str = ""

    def __call__(self, row):
        first, then = getattr(row, self.first), getattr(row, self.then)
        if first is not None and then is not None and first >= then:
            raise ValidationError({self.then: self.message or _("Must be later.")})


@dataclass(frozen=True)
class RequiredWhen:
    """The field is filled in when another one has one of these values: `field_is={"status": ["cancelled"]}`."""

    field: str
    field_is: dict = dataclasses.field(default_factory=dict)
    message: str = ""

    def __call__(self, row):
        applies = all(getattr(row, name) in values for name, values in self.field_is.items())
        # A reference's id, not its row: that one may be another workspace's, which the form or API is about to refuse.
        if applies and getattr(row, row._meta.get_field(self.field).attname) in EMPTY:
            raise ValidationError({self.field: self.message or _("Needed here.")})


def broken_rules(row):
    """Field → messages of every rule this row breaks."""
    found = {}
    for rule in row.rules:
        try:
            rule(row)
        except ValidationError as error:
            for name, messages in by_field(error).items():
                found.setdefault(name, []).extend(messages)
    return found


def by_field(error):
    if hasattr(error, "error_dict"):
        return error.message_dict
    return {NON_FIELD_ERRORS: error.messages}
