"""Valid rows out of nothing: fills in what a model requires, in the order its rules want it."""

import itertools
from datetime import datetime, time, timedelta
from decimal import Decimal

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models
from django.utils import timezone

from workspaces.constraints import NoOverlap
from workspaces.fields import PhoneField
from workspaces.rules import InOrder, Range, RequiredWhen

counter = itertools.count(1)


def make(model, /, **given):
    row = model(**values(model, **given))
    if given:  # what is all ours is valid by itself, and the database's constraints see it too
        row.full_clean()
    row.save()
    return row


def values(model, /, **given):
    """Python values for all required fields, with `given` on top."""
    found = {
        field.name: sample(field)
        for field in model._meta.concrete_fields
        if is_needed(field, given)
    }
    found |= given
    for _round in range(3):  # a rule may depend on what an earlier one filled in
        for rule in [*orders(model), *model.rules]:
            satisfy(model, rule, found, given)
    return found


def is_needed(field, given):
    is_ours = (
        field.editable and not field.auto_created and not isinstance(field, models.GeneratedField)
    )
    return (
        is_ours
        and not field.has_default()
        and not (field.blank or field.null)
        and field.name not in given
    )


def sample(field):  # noqa: C901, PLR0911 - one line per kind of field
    number = next(counter)
    if field.is_relation:
        return make(field.remote_field.model)
    if field.flatchoices:
        return field.flatchoices[0][0]
    if isinstance(field, models.FileField):
        return SimpleUploadedFile(f"sample-{number}.txt", b"sample", "text/plain")
    if isinstance(field, models.DateTimeField):
        return timezone.make_aware(datetime.combine(day(number), time(9)))
    if isinstance(field, models.DateField):
        return day(number)
    if isinstance(field, models.BooleanField):
        return False
    if isinstance(field, models.DecimalField):
        return Decimal(number % 90 + 10)
    if isinstance(field, models.IntegerField):
        return number
    if isinstance(field, models.EmailField):
        return f"sample{number}@example.com"
    if isinstance(field, models.URLField):
        return f"https://example.com/{number}"
    if isinstance(field, PhoneField):
        return f"+34 600 {number:06d}"
    return f"Sample {number}"[: field.max_length]


def day(number):
    return timezone.localdate() + timedelta(days=number)


def orders(model):
    """A span without overlap has its start before its end, declared or not."""
    spans = [one for one in model._meta.constraints if isinstance(one, NoOverlap)]
    return [InOrder(span.start, span.end) for span in spans]


def satisfy(model, rule, found, given):
    if isinstance(rule, InOrder):
        put_in_order(rule, found, given)
    elif isinstance(rule, Range) and rule.field not in given and found.get(rule.field) is not None:
        found[rule.field] = clamped(rule, found[rule.field])
    elif isinstance(rule, RequiredWhen) and found.get(rule.field) in (None, ""):
        field = model._meta.get_field(rule.field)
        if rule.field not in given and applies(rule, model, found):
            found[rule.field] = sample(field)


def put_in_order(rule, found, given):
    first, then = found.get(rule.first), found.get(rule.then)
    if first is None or then is None or first < then:
        return
    step = timedelta(hours=1) if isinstance(first, datetime) else timedelta(days=1)
    if rule.then not in given:
        found[rule.then] = first + step
    elif rule.first not in given:
        found[rule.first] = then - step


def clamped(rule, value):
    kind = type(value)
    if rule.minimum is not None and value < rule.minimum:
        return kind(rule.minimum)
    if rule.maximum is not None and value > rule.maximum:
        return kind(rule.maximum)
    return value


def applies(rule, model, found):
    def value_of(name):
        field = model._meta.get_field(name)
        return found[name] if name in found else field.get_default()

    return all(value_of(name) in wanted for name, wanted in rule.field_is.items())


def form_data(model_or_row, /, **given):
    """The same values as a browser posts them."""
    if isinstance(model_or_row, type):
        found = defaults(model_or_row) | values(model_or_row, **given)
    else:
        found = current(model_or_row) | given
    posted = {name: as_posted(value) for name, value in found.items()}
    return {name: value for name, value in posted.items() if value is not None}


def defaults(model):
    """What an empty form shows already."""
    return {field.name: field.get_default() for field in editable(model) if field.has_default()}


def current(row):
    return {field.name: getattr(row, field.name) for field in editable(row)}


def editable(model):
    fields = [
        field for field in model._meta.concrete_fields if field.editable and not field.auto_created
    ]
    return [
        field
        for field in fields
        if not isinstance(field, (models.FileField, models.GeneratedField))
    ]


def as_posted(value):
    """A box that is not ticked and an empty date are not posted at all."""
    if isinstance(value, bool):
        return "on" if value else None
    if isinstance(value, models.Model):
        return value.pk
    if isinstance(value, datetime):
        return timezone.localtime(value).strftime("%Y-%m-%dT%H:%M")
    return value


def json_data(model, /, **given):
    """The same values as API input: references by id, no files."""
    found = values(model, **given)
    fields = {name: model._meta.get_field(name) for name in found}
    return {
        fields[name].attname: value.pk if isinstance(value, models.Model) else value
        for name, value in found.items()
        if not isinstance(fields[name], models.FileField)
    }
