"""What an app will be, every name decided: the one document that templates, engines and reviewers work from.

In: built by `design.py`, or read back from its JSON. Out: `AppDesign`. Callers: scaffold, trace, agents, reviewers.
The surprise: names here are safe identifiers, everything else is still the customer's text and is quoted where it is used.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

from chalicelib.mvs.spec import Action, FieldType, Locale

Name = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9]*(_[A-Za-z0-9]+)*$", max_length=100)
]
Address = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
Value = str | int | bool
"""Numbers that are not whole, dates and moments are kept as their ISO or decimal text."""


class Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Choice(Shape):
    value: str
    label: str


class FieldDesign(Shape):
    name: Name
    key: str
    label: str
    help: str = ""
    type: FieldType
    required: bool = False
    unique: bool = False
    default: Value | None = None
    choices: tuple[Choice, ...] = ()
    choices_class: Name | None = None
    target: str | None = None
    """reference: the key of the entity pointed at."""
    on_delete: Literal["protect", "cascade", "clear"] = "protect"
    related_name: Name | None = None
    formula: str | None = None
    """computed: over the keys of this entity's fields."""
    is_asked_for: bool = False
    """Whether the MVS itself says that it must be given; a state is there without being asked for."""
    is_state: bool = False
    """The field of the workflow: only transitions change it."""

    @property
    def is_written(self) -> bool:
        """Whether people and programs may give it a value."""
        return self.type != "computed" and not self.is_state

    @property
    def is_nullable(self) -> bool:
        """Text is empty, everything else is null."""
        return (not self.required and self.type in NULLABLE) or self.on_delete == "clear"


NULLABLE = {"integer", "decimal", "money", "date", "datetime", "reference"}


class When(Shape):
    field: Name
    one_of: tuple[Value, ...]


class RuleDesign(Shape):
    requirement: str
    type: Literal["no_overlap", "range", "required_when", "in_order", "in_words", "coded"]
    """coded: in words in the MVS; an engine writes it as code, with a test of this name."""
    text: str
    name: Name
    """Of its test and, where the database keeps it, of its constraint."""
    field: Name | None = None
    minimum: str | None = None
    maximum: str | None = None
    first: Name | None = None
    then: Name | None = None
    resource: Name | None = None
    start: Name | None = None
    end: Name | None = None
    when: When | None = None


class TransitionDesign(Shape):
    requirement: str
    name: Name
    label: str
    sources: tuple[str, ...]
    target: str
    roles: tuple[str, ...]
    asks: tuple[Name, ...] = ()
    """Fields that must be filled in to arrive at the target."""


class WorkflowDesign(Shape):
    field: Name
    initial: str
    transitions: tuple[TransitionDesign, ...]


class Related(Shape):
    """Rows of another entity that point at this one."""

    entity: str
    field: Name
    name: Name


class EntityDesign(Shape):
    key: str
    module: Name
    class_name: Name
    variable: Name
    label: str
    plural: str
    description: str = ""
    address: Address
    is_main: bool
    """The entity its module is named after."""
    title: Name
    fields: tuple[FieldDesign, ...]
    permissions: dict[str, tuple[Action, ...]]
    rules: tuple[RuleDesign, ...] = ()
    workflow: WorkflowDesign | None = None
    ordering: tuple[str, ...]
    columns: tuple[Name, ...]
    search_fields: tuple[str, ...] = ()
    filters: tuple[Name, ...] = ()
    related: tuple[Related, ...] = ()
    later_fields: tuple[Name, ...] = ()
    """Asked for by a transition, so not when a row begins."""
    calendar_field: Name | None = None
    calendar_fields: tuple[Name, ...] = ()
    card_fields: tuple[Name, ...] = ()
    icon: str
    requirements: tuple[str, ...] = ()

    def field(self, name: str) -> FieldDesign:
        return next(field for field in self.fields if field.name == name)

    def roles_that_may(self, action: Action) -> tuple[str, ...]:
        return tuple(role for role, actions in self.permissions.items() if action in actions)

    @property
    def written_fields(self) -> tuple[FieldDesign, ...]:
        return tuple(field for field in self.fields if field.is_written)

    @property
    def stored_fields(self) -> tuple[FieldDesign, ...]:
        return tuple(field for field in self.fields if field.type != "computed")

    @property
    def checked_rules(self) -> tuple[RuleDesign, ...]:
        """Those the templates write; rules in plain words wait for somebody to write them."""
        return tuple(rule for rule in self.rules if rule.type not in ("in_words", "coded"))

    @property
    def coded_rules(self) -> tuple[RuleDesign, ...]:
        return tuple(rule for rule in self.rules if rule.type == "coded")


class ModuleDesign(Shape):
    name: Name
    label: str
    entities: tuple[EntityDesign, ...]
    depends_on: tuple[Name, ...] = ()
    requirements: tuple[str, ...] = ()


class RoleDesign(Shape):
    key: str
    label: str
    description: str = ""


class TileDesign(Shape):
    label: str
    entity: str
    measure: Literal["count", "sum"]
    field: Name | None = None
    when: When | None = None
    group_by: Name | None = None


class DashboardDesign(Shape):
    requirement: str
    name: Name
    class_name: Name
    label: str
    address: Address
    tiles: tuple[TileDesign, ...]
    roles: tuple[str, ...] = ()


class AppDesign(Shape):
    name: str
    language: Locale
    currency: str
    summary: str
    roles: tuple[RoleDesign, ...]
    modules: tuple[ModuleDesign, ...]
    dashboards: tuple[DashboardDesign, ...] = ()
    navigation: tuple[str, ...]
    """Entity keys in the order of the MVS."""
    demo: dict[str, tuple[dict[str, Value | None], ...]] = {}
    app_requirements: tuple[str, ...] = ()

    def to_json(self) -> str:
        return self.model_dump_json(indent=2, exclude_defaults=True)

    @classmethod
    def from_json(cls, text: str | bytes) -> AppDesign:
        return cls.model_validate_json(text)

    @property
    def entities(self) -> tuple[EntityDesign, ...]:
        return tuple(entity for module in self.modules for entity in module.entities)

    def entity(self, key: str) -> EntityDesign:
        return next(entity for entity in self.entities if entity.key == key)

    def module(self, name: str) -> ModuleDesign:
        return next(module for module in self.modules if module.name == name)
