"""The MVS: what a business asked for, as one validated model.

In: plain data (from YAML, JSON or discovery). Out: a frozen `Mvs`. Callers: everybody downstream of discovery.
The surprise: everything here is untrusted text. Keys are the only words that ever become identifiers, and their form
is closed (`Key`); labels and prose stay data. Cross-references are checked in `mvs/references.py`.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, StringConstraints

MAX_ENTITIES = 60
MAX_FIELDS = 60
MAX_ROLES = 20
MAX_DEMO_ROWS = 200
MAX_DASHBOARDS = 20
MAX_LISTED = 100
"""Options of a choice, rules, transitions, values of a condition, lines of prose."""

Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$", max_length=40)]
Label = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
Prose = Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000)]
Locale = Literal["es", "en"]

FieldType = Literal[
    "text", "long_text", "integer", "decimal", "money", "boolean", "date", "datetime",
    "email", "phone", "url", "choice", "reference", "file", "computed",
]  # fmt: skip
Action = Literal["view", "create", "edit", "delete"]


def _number(value: Any) -> Any:
    """Pydantic asks this of the other scalars too."""
    return float(value) if isinstance(value, Decimal) else value


Number = Annotated[Decimal, PlainSerializer(_number, return_type=Any, when_used="json")]
"""Stays a number in JSON, so that an MVS written out and read again is the same one; 14 digits fit a float."""
Scalar = str | int | Number | bool


class Part(BaseModel):
    """Base of every part of the spec: closed (unknown keys are faults) and frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Role(Part):
    """A kind of person in the business. `owner` exists in every app and may do everything."""

    key: Key
    label: Label
    description: Prose = ""


class Option(Part):
    key: Key
    label: Label


class FieldSpec(Part):
    """One field of an entity. Which attributes apply depends on `type`; `references.py` says so precisely."""

    key: Key
    label: Label
    type: FieldType
    help: Annotated[str, StringConstraints(max_length=200)] = ""
    required: bool = False
    unique: bool = False
    default: Scalar | None = None
    options: tuple[Option, ...] = Field(default=(), max_length=MAX_LISTED)
    """choice: the values."""
    to: Key | None = None
    """reference: the entity pointed at."""
    on_delete: Literal["protect", "cascade", "clear"] = "protect"
    """reference: what happens to this row when the one pointed at is deleted."""
    formula: Annotated[str, StringConstraints(max_length=200)] | None = None
    """computed: + - * / ( ) over this entity's number and money fields, numbers, and days(from, to)."""


class Condition(Part):
    """`field` has one of the values `is` (choice/state keys, booleans or numbers)."""

    field: Key
    one_of: tuple[Scalar, ...] = Field(min_length=1, max_length=MAX_LISTED)


class NoOverlap(Part):
    """Two rows with the same `resource` may not overlap in [start, end). Without an end a row goes on for ever; without a
    resource or a start it doesn't count."""

    type: Literal["no_overlap"]
    text: Prose
    resource: Key
    start: Key
    end: Key
    unless: Condition | None = None


class Range(Part):
    """`field` lies between `min` and `max`, ends included; at least one is given."""

    type: Literal["range"]
    text: Prose
    field: Key
    min: Decimal | None = None
    max: Decimal | None = None


class RequiredWhen(Part):
    """`field` must be filled in when the condition holds."""

    type: Literal["required_when"]
    text: Prose
    field: Key
    when: Condition


class InOrder(Part):
    """`first` is strictly before `then` (both dates or both datetimes) when both are given."""

    type: Literal["in_order"]
    text: Prose
    first: Key
    then: Key


class InWords(Part):
    """A rule in plain words; an engine may turn it into code, the offline one only records it."""

    type: Literal["in_words"]
    text: Prose


Rule = Annotated[NoOverlap | Range | RequiredWhen | InOrder | InWords, Field(discriminator="type")]


class Transition(Part):
    key: Key
    label: Label
    sources: tuple[Key, ...] = Field(min_length=1, max_length=MAX_LISTED)
    target: Key
    roles: tuple[Key, ...] = Field(min_length=1, max_length=MAX_ROLES + 1)
    """Who may, besides the owner; `[owner]` alone: nobody else."""


class Workflow(Part):
    """A life cycle on a choice field: its options are the states, only transitions change it."""

    field: Key
    initial: Key
    transitions: tuple[Transition, ...] = Field(min_length=1, max_length=MAX_LISTED)


class Entity(Part):
    key: Key
    label: Label
    plural: Label
    description: Prose = ""
    title: Key
    """The field that names a row on screens and in references."""
    fields: tuple[FieldSpec, ...] = Field(min_length=1, max_length=MAX_FIELDS)
    permissions: dict[Key, tuple[Action, ...]] = Field(default_factory=dict)
    """Role key → what it may do. Owners may do everything; a role not named may do nothing."""
    rules: tuple[Rule, ...] = Field(default=(), max_length=MAX_LISTED)
    workflow: Workflow | None = None


class Tile(Part):
    """One number or small chart: rows counted, or a number field summed, perhaps by group."""

    label: Label
    entity: Key
    measure: Literal["count", "sum"] = "count"
    field: Key | None = None
    """sum: the integer, decimal or money field."""
    where: Condition | None = None
    group_by: Key | None = None
    """A choice or reference field: one bar a value."""


class Dashboard(Part):
    key: Key
    label: Label
    tiles: tuple[Tile, ...] = Field(min_length=1, max_length=12)
    roles: tuple[Key, ...] = Field(default=(), max_length=MAX_ROLES + 1)
    """Who sees it besides the owner; empty: everybody."""


DemoRow = dict[str, Scalar | None]
DemoRows = Annotated[tuple[DemoRow, ...], Field(max_length=MAX_DEMO_ROWS)]


class Mvs(Part):
    """The whole minimum viable solution. Shapes only: `references.faults(mvs)` checks what points where."""

    fragua: Literal[1]
    name: Label
    locales: tuple[Locale, ...] = Field(default=("es",), min_length=1)
    """The first is the app's default language."""
    industry: Key
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] = "EUR"
    summary: Prose
    problem: Prose
    roles: tuple[Role, ...] = Field(min_length=1, max_length=MAX_ROLES)
    entities: tuple[Entity, ...] = Field(min_length=1, max_length=MAX_ENTITIES)
    dashboards: tuple[Dashboard, ...] = Field(default=(), max_length=MAX_DASHBOARDS)
    success: tuple[Prose, ...] = Field(default=(), max_length=MAX_LISTED)
    """Numbers that tell success, in words."""
    out_of_scope: tuple[Prose, ...] = Field(default=(), max_length=MAX_LISTED)
    demo: dict[Key, DemoRows] = Field(default_factory=dict)
    """Entity key → rows. A row may carry `_id`, which reference fields of other rows name."""
