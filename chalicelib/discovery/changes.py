"""Changes to an MVS as a closed union: what a conversation, a model or a spreadsheet may ask for, and nothing else.

In: plain data, `{"op": …}` each. Out: frozen changes, or `InvalidMvs` naming every fault under `changes[n]`. Callers:
the guide, the interviewer, the spreadsheet reader; `applying.applied` carries them out. The surprise: `put_entity` and
`put_field` leave what they don't mention as it is, so a label can be changed without repeating sixty fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, TypeAdapter, ValidationError

from chalicelib.errors import InvalidMvs
from chalicelib.mvs import spec
from chalicelib.mvs.faults import fault, joined
from chalicelib.mvs.size import size_faults
from chalicelib.mvs.spec import Action, Key, Label, Locale, Part, Prose
from chalicelib.mvs.texts import headline, in_words, language_of

CHANGES_MAX = 200
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


class SetText(Part):
    op: Literal["set_text"]
    field: Literal["name", "summary", "problem"]
    text: Prose


class SetIndustry(Part):
    op: Literal["set_industry"]
    industry: Key


class SetCurrency(Part):
    op: Literal["set_currency"]
    currency: Currency


class SetLocales(Part):
    op: Literal["set_locales"]
    locales: tuple[Locale, ...]


class PutRole(Part):
    """Adds a role, or changes the one with this key."""

    op: Literal["put_role"]
    key: Key
    label: Label | None = None
    description: Prose | None = None


class RemoveRole(Part):
    op: Literal["remove_role"]
    key: Key


class PutEntity(Part):
    """Adds an entity, or changes the one with this key; given `fields` replace all of its fields."""

    op: Literal["put_entity"]
    key: Key
    label: Label | None = None
    plural: Label | None = None
    description: Prose | None = None
    title: Key | None = None
    fields: tuple[spec.FieldSpec, ...] | None = None


class RemoveEntity(Part):
    """With it go the fields that refer to it, its tiles and its examples."""

    op: Literal["remove_entity"]
    key: Key


class PutField(Part):
    """Adds a field at the end, or replaces the one with this key where it stands."""

    op: Literal["put_field"]
    entity: Key
    field: spec.FieldSpec


class RemoveField(Part):
    """With it go the rules, tiles and example values that use it."""

    op: Literal["remove_field"]
    entity: Key
    key: Key


class PutRule(Part):
    """Adds a rule, or replaces the one with the same `text`."""

    op: Literal["put_rule"]
    entity: Key
    rule: spec.Rule


class RemoveRule(Part):
    op: Literal["remove_rule"]
    entity: Key
    text: Prose


class PutWorkflow(Part):
    op: Literal["put_workflow"]
    entity: Key
    workflow: spec.Workflow


class RemoveWorkflow(Part):
    op: Literal["remove_workflow"]
    entity: Key


class SetPermissions(Part):
    """What a role may do with an entity; no actions at all: nothing."""

    op: Literal["set_permissions"]
    entity: Key
    role: Key
    actions: tuple[Action, ...]


class PutDashboard(Part):
    op: Literal["put_dashboard"]
    dashboard: spec.Dashboard


class RemoveDashboard(Part):
    op: Literal["remove_dashboard"]
    key: Key


class PutTile(Part):
    """Adds a tile, or replaces the one with the same label; with a `dashboard_label` it makes the dashboard if need be."""

    op: Literal["put_tile"]
    dashboard: Key
    dashboard_label: Label | None = None
    tile: spec.Tile


class RemoveTile(Part):
    op: Literal["remove_tile"]
    dashboard: Key
    label: Label


class SetSuccess(Part):
    op: Literal["set_success"]
    items: tuple[Prose, ...]


class SetOutOfScope(Part):
    op: Literal["set_out_of_scope"]
    items: tuple[Prose, ...]


class SetDemo(Part):
    """The example rows of an entity, all of them."""

    op: Literal["set_demo"]
    entity: Key
    rows: spec.DemoRows


Change = Annotated[
    SetText | SetIndustry | SetCurrency | SetLocales | PutRole | RemoveRole | PutEntity | RemoveEntity | PutField
    | RemoveField | PutRule | RemoveRule | PutWorkflow | RemoveWorkflow | SetPermissions | PutDashboard
    | RemoveDashboard | PutTile | RemoveTile | SetSuccess | SetOutOfScope | SetDemo,
    Field(discriminator="op"),
]  # fmt: skip
READER: TypeAdapter[tuple[Change, ...]] = TypeAdapter(
    Annotated[tuple[Change, ...], Field(max_length=CHANGES_MAX)]
)


def read_changes(data: object, *, language: str = "en") -> tuple[Change, ...]:
    """Raises `InvalidMvs` with every fault, however hostile the data."""
    spoken = language_of(language)
    if too_large := size_faults(data):
        raise InvalidMvs(
            headline(1, spoken), errors=[in_words(one, spoken) for one in too_large], count=1
        )
    try:
        return READER.validate_python(data)
    except ValidationError as error:
        found = [_described(one, language) for one in error.errors(include_url=False)]
        raise InvalidMvs(
            headline(len(found), spoken), errors=found[:CHANGES_MAX], count=len(found)
        ) from None


def as_data(change: Part) -> dict[str, Any]:
    """As it is kept and sent: without what was not said."""
    return {"op": vars(change)["op"], **change.model_dump(mode="json", exclude_defaults=True)}


def unknown(
    index: int, member: str, value: str, known: Mapping[str, Any], language: str
) -> InvalidMvs:
    """A change that names something which is not there."""
    spoken = language_of(language)
    found = fault(f"changes[{index}].{member}", "not_one_of", value=value, known=tuple(known))
    return InvalidMvs(headline(1, spoken), errors=[in_words(found, spoken)], count=1)


def _described(one: Any, language: str) -> dict[str, str]:
    """Pydantic names the branch of the union in its locations; that name is ours and goes."""
    index, *rest = one["loc"] or ("",)
    path = joined(["changes", index, *rest[1:]])
    cure = (
        "Use only the operations and members of the list."
        if language_of(language) == "en"
        else "Use solo las operaciones y los miembros de la lista."
    )
    return {"path": path, "message": str(one["msg"])[:300], "cure": cure}
