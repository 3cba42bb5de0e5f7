"""Small tables on a detail page: the rows of other models that refer to this one."""

from dataclasses import dataclass

from django.urls import resolve

from pages.base import url_of
from pages.listing import references
from workspaces.permissions import may

SHOWN = 10


@dataclass(frozen=True)
class RelatedTable:
    model: type
    columns: list[str]
    rows: list
    count: int
    list_url: str
    create_url: str

    @property
    def label(self):
        return self.model._meta.verbose_name_plural


def related_tables(row, names, membership):
    relations = [row._meta.get_field(name) for name in names]
    allowed = [one for one in relations if may(membership, "view", one.related_model)]
    return [related_table(row, relation, membership) for relation in allowed]


def related_table(row, relation, membership):
    model, field = relation.related_model, relation.field
    columns = [name for name in columns_of(model) if name != field.name][:5]
    rows = model._default_manager.filter(**{field.name: row}).select_related(
        *references(model, columns)
    )
    narrowed = f"?{field.name}={row.pk}"
    can_create = may(membership, "create", model) and field.editable
    return RelatedTable(
        model=model,
        columns=columns,
        rows=list(rows[:SHOWN]),
        count=rows.count(),
        list_url=url_of(model, "list") + narrowed,
        create_url=url_of(model, "create") + narrowed if can_create else "",
    )


def columns_of(model):
    """The columns the model's own list shows."""
    page = resolve(url_of(model, "list")).func.view_class
    return list(page.columns)
