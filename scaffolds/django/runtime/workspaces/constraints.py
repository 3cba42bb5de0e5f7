"""Constraints of the business, held by the database and explained to people."""

from django.core.exceptions import ValidationError
from django.db import DEFAULT_DB_ALIAS, models
from django.db.models import F, Q
from django.db.models.sql import Query
from django.utils.translation import gettext_lazy as _


class UniqueInTenant(models.UniqueConstraint):
    """Unique within the workspace; two workspaces may use the same value."""

    def __init__(self, *, fields, name, **kwargs):
        own = [field for field in fields if field != "tenant"]
        super().__init__(fields=["tenant", *own], name=name, **kwargs)

    def validate(self, model, instance, exclude=None, using=DEFAULT_DB_ALIAS):
        """Like Django's, but the tenant is never left out and the message stands at the field."""
        own = self.fields[1:]
        if exclude and not set(own).isdisjoint(exclude):
            return
        try:
            super().validate(model, instance, set(exclude or ()) - {"tenant"}, using)
        except ValidationError:
            raise ValidationError({own[0]: self.message(model, own)}) from None

    def message(self, model, own):
        if self.violation_error_message != self.default_violation_error_message:
            return self.violation_error_message
        labels = ", ".join(str(model._meta.get_field(name).verbose_name) for name in own)
        return _("There is already one with the same %(fields)s.") % {"fields": labels}


class NoOverlap(models.BaseConstraint):
    """Two rows with the same resource may not overlap in [start, end); an empty end means "still going on".

    `unless` (a Q over this row's fields) names the rows that do not count, such as the cancelled ones.
    """

    default_violation_error_message = _("This overlaps with another one.")

    def __init__(self, *, name, resource, start, end, unless=None, violation_error_message=None):
        super().__init__(name=name, violation_error_message=violation_error_message)
        self.resource, self.start, self.end, self.unless = resource, start, end, unless

    def deconstruct(self):
        path, args, kwargs = super().deconstruct()
        kwargs |= {"resource": self.resource, "start": self.start, "end": self.end}
        if self.unless is not None:
            kwargs["unless"] = self.unless
        return path, args, kwargs

    def __eq__(self, other):
        return isinstance(other, NoOverlap) and self.deconstruct() == other.deconstruct()

    __hash__ = None

    def constraint_sql(self, model, schema_editor):
        quote = schema_editor.quote_name
        return f"constraint {quote(self.name)} exclude using gist ({self.parts(model, quote)}){self.where(model, schema_editor)}"

    def create_sql(self, model, schema_editor):
        table = schema_editor.quote_name(model._meta.db_table)
        return f"alter table {table} add {self.constraint_sql(model, schema_editor)}"

    def remove_sql(self, model, schema_editor):
        quote = schema_editor.quote_name
        return f"alter table {quote(model._meta.db_table)} drop constraint {quote(self.name)}"

    def parts(self, model, quote):
        """GiST over ranges alone: no extension is needed. An end before its start counts as no time at all."""
        start, end = (quote(model._meta.get_field(name).column) for name in (self.start, self.end))
        is_datetime = isinstance(model._meta.get_field(self.start), models.DateTimeField)
        span = "tstzrange" if is_datetime else "daterange"
        until = f"case when {end} < {start} then {start} else {end} end"
        return f"{self.same_resource(model, quote)} with &&, {span}({start}, {until}) with &&"

    def same_resource(self, model, quote):
        """A row's id belongs to one workspace; any other value is told apart per workspace by its hash."""
        field = model._meta.get_field(self.resource)
        key = quote(field.column)
        if not field.is_relation:
            key = f"hashtextextended({quote('tenant_id')}::text || ' ' || {key}::text, 0)"
        return f"int8range({key}, {key}, '[]')"

    def where(self, model, schema_editor):
        column = schema_editor.quote_name(model._meta.get_field(self.resource).column)
        start = schema_editor.quote_name(model._meta.get_field(self.start).column)
        filled = f"{column} is not null and {start} is not null"
        if self.unless is None:
            return f" where ({filled})"
        where = Query(model=model, alias_cols=False).build_where(self.unless)
        compiler = Query(model=model).get_compiler(connection=schema_editor.connection)
        sql, params = where.as_sql(compiler, schema_editor.connection)
        excused = sql % tuple(schema_editor.quote_value(value) for value in params)
        return f" where ({filled} and not coalesce({excused}, false))"

    def validate(self, model, instance, exclude=None, using=DEFAULT_DB_ALIAS):
        if exclude and not {self.resource, self.start, self.end}.isdisjoint(exclude):
            return
        if self.is_excused(model, instance, using):
            return
        if self.others(model, instance, using).exists():
            raise ValidationError(
                {self.start: str(self.get_violation_error_message())}, code="overlap"
            )

    def is_excused(self, model, instance, using):
        start, end = getattr(instance, self.start), getattr(instance, self.end)
        resource = getattr(instance, model._meta.get_field(self.resource).attname)
        if resource in (None, "") or start is None or (end is not None and end <= start):
            return True
        return self.unless is not None and self.unless.check(values_of(instance), using=using)

    def others(self, model, instance, using):
        start, end = getattr(instance, self.start), getattr(instance, self.end)
        found = model._default_manager.using(using).filter(
            Q(**{f"{self.end}__gt": start}) | Q(**{f"{self.end}__isnull": True}),
            **{self.resource: getattr(instance, model._meta.get_field(self.resource).attname)},
            **{f"{self.start}__isnull": False},
        )
        if end is not None:
            found = found.filter(**{f"{self.start}__lt": end})
        found = found.exclude(pk=instance.pk).exclude(**{f"{self.end}__lte": F(self.start)})
        return found if self.unless is None else found.exclude(self.unless)


def values_of(instance):
    fields = instance._meta.concrete_fields
    return {field.name: getattr(instance, field.attname) for field in fields}
