"""Traceability: which files fulfil a requirement, and which tests prove it.

In: the MVS and its design. Out: `Trace`, a line a requirement. Callers: the Assemble and Review stages, the owner.
The surprise: test ids are computed from the same names the templates use; a test of ours checks that each one exists.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator

from pydantic import BaseModel, ConfigDict

from chalicelib.generation import samples
from chalicelib.generation.app_design import AppDesign, EntityDesign, FieldDesign
from chalicelib.mvs.requirements import ACTIONS, Requirement, requirements
from chalicelib.mvs.spec import Mvs

APP_TESTS = "business.tests.test_app.AppTests"


class Traced(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    kind: str
    text: str
    module: str | None = None
    in_words: bool = False
    """In plain words only: nothing executed can prove it."""
    coded: bool = False
    """In plain words in the MVS; whoever writes the module writes it as code, with the test named here."""
    files: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    """As Django's test runner calls them."""


class Trace(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    requirements: tuple[Traced, ...]

    def as_written(self, baselines: Collection[str]) -> Trace:
        """What the templates alone wrote has no code for rules in words: `baselines` names those modules."""
        return Trace(
            requirements=tuple(
                each.model_copy(update={"coded": False, "in_words": True, "tests": ()})
                if each.coded and each.module in baselines
                else each
                for each in self.requirements
            )
        )

    def to_json(self) -> str:
        return self.model_dump_json(indent=2)

    @classmethod
    def from_json(cls, text: str | bytes) -> Trace:
        return cls.model_validate_json(text)


def trace(mvs: Mvs, design: AppDesign) -> Trace:
    actions: dict[str, list[str]] = {}
    return Trace(
        requirements=tuple(_traced(each, design, actions) for each in requirements(mvs)),
    )


def _traced(wanted: Requirement, design: AppDesign, seen: dict[str, list[str]]) -> Traced:
    entity = design.entity(wanted.entity) if wanted.entity else None
    place = Place(wanted, design, entity, seen.setdefault(wanted.about, []))
    files, tests = FINDERS.get(wanted.kind, _nowhere)(place)
    place.earlier.append(wanted.id)
    rule = entity and next((r for r in entity.rules if r.requirement == wanted.id), None)
    return Traced(
        id=wanted.id,
        kind=wanted.kind,
        text=wanted.text,
        module=entity.module if entity else None,
        in_words=wanted.kind == "success" or bool(rule and rule.type == "in_words"),
        coded=bool(rule and rule.type == "coded"),
        files=tuple(files),
        tests=tuple(tests),
    )


class Place:
    """A requirement and where to look; `earlier`: ids of those the MVS states in the same place before it."""

    def __init__(
        self,
        wanted: Requirement,
        design: AppDesign,
        entity: EntityDesign | None,
        earlier: list[str],
    ) -> None:
        self.wanted, self.design, self.earlier = wanted, design, earlier
        self.found = entity

    @property
    def entity(self) -> EntityDesign:
        assert self.found is not None
        return self.found

    @property
    def last(self) -> str:
        """The last word of where the MVS says it."""
        return self.wanted.about.rsplit(".", 1)[-1]

    def files(self, *names: str) -> list[str]:
        return [f"business/{self.entity.module}/{name}" for name in names]

    def page_tests(self, *names: str) -> list[str]:
        return [f"{tests_of(self.entity)}PageTests.{name}" for name in names]

    def api_tests(self, *names: str) -> list[str]:
        return [f"{tests_of(self.entity)}ApiTests.{name}" for name in names]


def tests_of(entity: EntityDesign) -> str:
    """`business.patient.tests.test_patient.Patient`"""
    file = samples.test_file_name(entity).removesuffix(".py")
    return f"business.{entity.module}.tests.{file}.{entity.class_name}"


Found = tuple[Iterable[str], Iterable[str]]


def _nowhere(place: Place) -> Found:
    """Fulfilled by the runtime, which every app shares."""
    return (), ()


def _isolation(place: Place) -> Found:
    entities = place.design.entities
    return (
        [f"business/{module.name}/migrations/0001_initial.py" for module in place.design.modules],
        [f"{tests_of(each)}PageTests.test_another_workspace_never_sees_it" for each in entities]
        + [f"{tests_of(each)}ApiTests.test_lists_only_rows_of_the_workspace" for each in entities],
    )


def _roles(place: Place) -> Found:
    tests = [f"{tests_of(each)}PageTests.test_who_may_view" for each in place.design.entities]
    return ["business/app.py", "business/permissions.py"], tests


def _records(place: Place) -> Found:
    files = place.files("models.py", "forms.py", "views.py", "urls.py", "api.py", "admin.py")
    tests = place.page_tests(*(f"test_who_may_{action}" for action in ACTIONS))
    whole = [] if samples.needs_file(place.entity) else ["test_from_creation_to_deletion"]
    return files, tests + place.api_tests(*whole)


def _field(place: Place) -> Found:
    field = next(each for each in place.entity.fields if each.key == place.last)
    promised = list(_promises(place, field))[len(place.earlier)]
    return place.files("models.py", "migrations/0001_initial.py"), promised


def _promises(place: Place, field: FieldDesign) -> Iterator[list[str]]:
    """The tests of each sentence the requirements say about a field, in their order."""
    if field.is_asked_for:
        yield place.page_tests("test_what_is_required") if field.is_written else _begins(place)
    if field.unique:
        yield place.page_tests(f"test_{field.name}_is_unique")
    if field.type == "choice":
        is_written = field.is_written
        yield place.page_tests(f"test_options_of_{field.name}") if is_written else _begins(place)
    if field.type == "reference":
        yield place.page_tests(f"test_deleting_its_{field.name}")
    if field.type == "computed":
        name = place.entity.class_name
        file = f"business.{place.entity.module}.tests.test_rules"
        yield [f"{file}.{name}ComputedTests.test_{field.name}"]


def _begins(place: Place) -> list[str]:
    initial = place.entity.workflow.initial if place.entity.workflow else ""
    return _workflow_tests(place, [f"test_begins_as_{initial}"])


def _permission(place: Place) -> Found:
    action = ACTIONS[len(place.earlier)]
    return ["business/permissions.py"], place.page_tests(f"test_who_may_{action}")


def _rule(place: Place) -> Found:
    rule = next(each for each in place.entity.rules if each.requirement == place.wanted.id)
    name = place.entity.class_name
    test = f"business.{place.entity.module}.tests.test_rules.{name}RuleTests.test_{rule.name}"
    if rule.type == "in_words":
        return place.files("rules.py"), ()
    return place.files("models.py" if rule.type == "no_overlap" else "rules.py"), [test]


def _workflow(place: Place) -> Found:
    workflow = place.entity.workflow
    assert workflow is not None
    tests = [f"test_begins_as_{workflow.initial}", "test_the_state_cannot_be_written"]
    return place.files("models.py"), _workflow_tests(place, tests)


def _transition(place: Place) -> Found:
    workflow = place.entity.workflow
    assert workflow is not None
    wanted = place.wanted.id
    transition = next(each for each in workflow.transitions if each.requirement == wanted)
    asked = samples.needed_on_the_way(place.entity, transition)
    tests = [
        f"test_who_may_{transition.name}",
        f"test_where_{transition.name}_leads",
        *(f"test_{transition.name}_needs_{field}" for field in asked),
    ]
    return place.files("models.py", "views.py"), _workflow_tests(place, tests)


def _workflow_tests(place: Place, names: list[str]) -> list[str]:
    file = samples.workflow_test_file_name(place.entity).removesuffix(".py")
    room = f"business.{place.entity.module}.tests.{file}.{place.entity.class_name}WorkflowTests"
    return [f"{room}.{name}" for name in names]


def _dashboard(place: Place) -> Found:
    key = place.wanted.about.split(".")[1]
    return (
        ["business/dashboards.py"],
        [
            f"{APP_TESTS}.test_who_sees_dashboard_{key}",
            f"{APP_TESTS}.test_what_dashboard_{key}_shows",
        ],
    )


def _demo(place: Place) -> Found:
    return ["business/demo.py", "business/demo.json"], [f"{APP_TESTS}.test_demo_rows_can_be_loaded"]


FINDERS: dict[str, Callable[[Place], Found]] = {
    "isolation": _isolation,
    "roles": _roles,
    "records": _records,
    "field": _field,
    "permission": _permission,
    "rule": _rule,
    "workflow": _workflow,
    "transition": _transition,
    "dashboard": _dashboard,
    "demo": _demo,
}
