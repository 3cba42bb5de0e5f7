"""One router per entity: list, read, create, change, delete and, with a workflow, transitions."""

from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404
from ninja import Body, PatchDict, Query, Router, Schema, Status

from api.access import require
from pages.listing import Listing
from pages.saving import save_checked


class Paging(Schema):
    search: str = ""
    sort: str = ""
    page: int = 1
    page_size: int | None = None


def entity_router(model, *, read, write, page):
    """Routes for `model`. `page` is its ListPage: search, filters and sorting are the same as on screen."""
    router = Router(tags=[str(model._meta.verbose_name_plural).capitalize()], by_alias=True)
    name = model.__name__
    page_of_rows = type(
        f"{name}Page",
        (Schema,),
        {"__annotations__": {"items": list[read], "count": int, "page": int, "page_size": int}},
    )

    def row(request, id):
        return get_object_or_404(model._default_manager, pk=id)

    @router.get("", response=page_of_rows, operation_id=f"list{name}", summary=f"List {name}")
    def index(request, paging: Query[Paging]):
        require(request, "view", model)
        listing = Listing(page, request.GET, search=paging.search, size=paging.page_size)
        found = listing.page(paging.page)
        return {
            "items": list(found.object_list),
            "count": found.paginator.count,
            "page": found.number,
            "page_size": found.paginator.per_page,
        }

    @router.post("", response={201: read}, operation_id=f"create{name}", summary=f"Create {name}")
    def create(request, values: write):
        require(request, "create", model)
        return Status(201, saved(assigned(model(), values.dict(exclude_unset=True))))

    @router.get("/{int:id}", response=read, operation_id=f"read{name}", summary=f"Read {name}")
    def show(request, id: int):
        require(request, "view", model)
        return row(request, id)

    @router.patch(
        "/{int:id}", response=read, operation_id=f"change{name}", summary=f"Change {name}"
    )
    def change(request, id: int, values: PatchDict[write]):
        require(request, "edit", model)
        return saved(assigned(row(request, id), values))

    @router.delete(
        "/{int:id}", response={204: None}, operation_id=f"delete{name}", summary=f"Delete {name}"
    )
    def delete(request, id: int):
        require(request, "delete", model)
        with transaction.atomic():
            row(request, id).delete()
        return Status(204, None)

    if model.workflow:
        add_transitions(router, model, read)
    return router


def add_transitions(router, model, read):
    name = model.__name__

    @router.post(
        "/{int:id}/transitions/{key}",
        response=read,
        operation_id=f"move{name}",
        summary=f"Move {name} to its next state",
    )
    def move(
        request, id: int, key: str, values: dict[str, str | int | float | bool | None] = Body(None)
    ):
        """The body may fill in what the next state asks for, and nothing else."""
        require(request, "view", model)
        if model.workflow.transition(key) is None:
            raise Http404
        with transaction.atomic():
            row = get_object_or_404(model._default_manager.select_for_update(of=("self",)), pk=id)
            step = model.workflow.begin(row, key, request.membership)
            asked = model.workflow.asks(row, step)
            assigned(row, {name: (values or {})[name] for name in asked if name in (values or {})})
            model.workflow.save(row, step)
        row.refresh_from_db()
        return row


def saved(row):
    """As the database has it now: computed columns filled in, amounts rounded."""
    save_checked(row).refresh_from_db()
    return row


def assigned(row, values):
    for name, value in values.items():
        field = field_named(row, name)
        is_empty_text = value is None and field.empty_strings_allowed and not field.null
        setattr(row, field.attname, "" if is_empty_text else value)
    return row


def field_named(row, name):
    """By its own name or its column's: `patient` and `patient_id` both carry an id."""
    return next(field for field in row._meta.concrete_fields if name in (field.name, field.attname))
