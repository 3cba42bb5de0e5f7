"""Values that tests write: one that fits each field, and pairs that keep and break each rule.

In: the design. Out: source of values. Callers: the test templates. The surprise: moments tied by "this before that"
rules get their sample dates together, so that a sample which breaks one rule keeps the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from chalicelib.generation import formula
from chalicelib.generation.app_design import (
    EntityDesign,
    FieldDesign,
    RuleDesign,
    TransitionDesign,
)
from chalicelib.generation.django_code import value
from chalicelib.generation.python_code import py

FOR_TEMPLATES = (
    "asked_on_the_way", "breaking", "changed_field", "excused", "for_every_state", "has_limits", "keeping", "needed_on_the_way", "needs_file",
    "operands", "outcome", "period", "required", "required_in_json", "sample", "screens", "span", "state_after",
)  # fmt: skip
YEAR = 2030
STEP = {"integer": Decimal(1), "money": Decimal("0.01"), "decimal": Decimal("0.0001")}
EMPTY_TEXT = ("text", "long_text", "email", "phone", "url", "choice")


def test_file_name(entity: EntityDesign) -> str:
    """`test_patient.py`, unless that is the name of the rules' tests."""
    return f"test_{entity.variable}.py" if entity.variable != "rules" else "test_rules_pages.py"


def workflow_test_file_name(entity: EntityDesign) -> str:
    return f"test_{entity.variable}_workflow.py"


def sample(field: FieldDesign) -> str | None:
    """A value that fills the field; None where only the test helpers can make one."""
    texts = {
        "text": "Sample",
        "long_text": "Sample",
        "email": "sample@example.com",
        "phone": "+34 600 000 000",
        "url": "https://example.com/",
        "integer": 1,
        "decimal": "1",
        "money": "1",
        "boolean": True,
        "date": f"{YEAR}-05-06",
        "datetime": f"{YEAR}-05-06T10:00",
    }
    if field.type == "choice":
        return py(field.choices[0].value)
    return value(field, texts[field.type]) if field.type in texts else None


def empty(field: FieldDesign) -> str:
    return py("") if field.type in EMPTY_TEXT or field.type == "file" else "None"


def keywords(values: dict[str, str]) -> str:
    return ", ".join(f"{name}={text}" for name, text in values.items())


def for_every_state(entity: EntityDesign) -> str:
    """Keywords, with a comma before them, of all fields that some state asks for."""
    field = entity.workflow.field if entity.workflow else ""
    names = dict.fromkeys(str(rule.field) for rule in _rules_about(entity, field))
    values = {name: _sample_of_many(entity, entity.field(name)) for name in names}
    return "".join(f", {name}={text}" for name, text in values.items() if text)


def _sample_of_many(entity: EntityDesign, field: FieldDesign) -> str | None:
    """A sample; of a unique field another one for each row made."""
    if field.type == "reference":
        return f"self.make({entity.class_name}.{field.name}.field.related_model)"
    count = f"{entity.class_name}.objects.count()"
    if field.unique and field.type == "text":
        return f'f"Sample {{{count}}}"'
    return count if field.unique and field.type == "integer" else sample_in(entity, field)


def sample_in(entity: EntityDesign, field: FieldDesign) -> str | None:
    """A sample that fits among others: a moment which something must come after is long ago, any other far ahead."""
    text = sample(field)
    if text is None or field.type not in ("date", "datetime"):
        return text
    orders = [rule for rule in entity.rules if rule.type == "in_order"]
    is_early = field.name in [r.first for r in orders] and field.name not in [
        r.then for r in orders
    ]
    return text.replace(str(YEAR), "2001" if is_early else "2090")


def state_after(entity: EntityDesign, transition: TransitionDesign) -> dict[str, str]:
    """Every state → where the transition leaves the row."""
    states = [
        choice.value
        for choice in entity.field(str(entity.workflow and entity.workflow.field)).choices
    ]
    return {state: transition.target if state in transition.sources else state for state in states}


def _rules_about(entity: EntityDesign, field: str) -> Iterator[RuleDesign]:
    for rule in entity.rules:
        if rule.type == "required_when" and rule.when and rule.when.field == field:
            yield rule


def keeping(entity: EntityDesign, rule: RuleDesign) -> Iterator[str]:
    """Keywords of rows that keep the rule."""
    if rule.type == "range":
        for bound in (rule.minimum, rule.maximum):
            if bound is not None:
                yield keywords({str(rule.field): value(entity.field(str(rule.field)), bound)})
    elif rule.type == "in_order":
        yield keywords(_moments(entity, str(rule.first), str(rule.then), hours=1))
    elif rule.type == "required_when" and rule.when and rule.field:
        deciding = entity.field(rule.when.field)
        field = entity.field(rule.field)
        if text := sample(field):
            yield keywords({deciding.name: value(deciding, rule.when.one_of[0]), field.name: text})
        if (other := _another(deciding, rule)) is not None:
            yield keywords({deciding.name: other, field.name: empty(field)})


def breaking(entity: EntityDesign, rule: RuleDesign) -> Iterator[str]:
    """Keywords of rows that break the rule."""
    if rule.type == "range":
        field = entity.field(str(rule.field))
        for bound, sign in ((rule.minimum, -1), (rule.maximum, 1)):
            if bound is not None:
                beyond = Decimal(bound) + sign * STEP[field.type]
                yield keywords({field.name: value(field, _whole(field, beyond))})
    elif rule.type == "in_order":
        yield keywords(_moments(entity, str(rule.first), str(rule.then), hours=0))
    elif rule.type == "required_when" and rule.when and rule.field:
        deciding = entity.field(rule.when.field)
        for one in rule.when.one_of:
            yield keywords(
                {deciding.name: value(deciding, one), rule.field: empty(entity.field(rule.field))}
            )


def _whole(field: FieldDesign, number: Decimal) -> int | str:
    return int(number) if field.type == "integer" else str(number)


def _another(field: FieldDesign, rule: RuleDesign) -> str | None:
    """A value of the deciding field under which the rule asks nothing."""
    taken = rule.when.one_of if rule.when else ()
    if field.type == "boolean":
        return next((py(each) for each in (False, True) if each not in taken), None)
    if field.type == "choice":
        return next((py(each.value) for each in field.choices if each.value not in taken), None)
    return py(max(int(Decimal(str(each))) for each in taken) + 1)


def _moments(entity: EntityDesign, first: str, then: str, hours: int) -> dict[str, str]:
    return {
        first: at_hour(entity.field(first), 9),
        then: at_hour(entity.field(then), 9 + hours),
    }


def at_hour(field: FieldDesign, hour: int) -> str:
    """`at` and `day` stand at the head of the test file: an hour of one day, a day of one month."""
    if field.type == "date":
        return f"day({hour})"
    return f"at({hour})"


def period(entity: EntityDesign, rule: RuleDesign, start: int, end: int) -> str:
    """Keywords of a row that lasts from one hour to another, and that the rule counts."""
    counted = keywords(_counted(entity, rule))
    return span(entity, rule, start, end) + (f", {counted}" if counted else "")


def span(entity: EntityDesign, rule: RuleDesign, start: int, end: int) -> str:
    first, last = entity.field(str(rule.start)), entity.field(str(rule.end))
    return keywords({first.name: at_hour(first, start), last.name: at_hour(last, end)})


def _counted(entity: EntityDesign, rule: RuleDesign) -> dict[str, str]:
    """Nothing, unless a row that says nothing would be one that the rule does not count."""
    if rule.when is None:
        return {}
    field = entity.field(rule.when.field)
    begins_as = False if field.type == "boolean" and field.default is None else field.default
    other = _another(field, rule) if begins_as in rule.when.one_of else None
    return {} if other is None else {field.name: other}


def excused(entity: EntityDesign, rule: RuleDesign) -> str:
    """Keywords under which a no-overlap rule does not count the row."""
    assert rule.when is not None
    field = entity.field(rule.when.field)
    return keywords({field.name: value(field, rule.when.one_of[0])})


def operands(entity: EntityDesign, field: FieldDesign) -> str:
    """Keywords of a row with a sample number, all different, in every operand of the formula."""
    fields = {each.key: each for each in entity.fields}
    numbers = _numbers(field, fields)
    return keywords({fields[key].name: _number(fields[key], raw) for key, raw in numbers.items()})


def outcome(entity: EntityDesign, field: FieldDesign) -> str:
    """What the formula gives for `operands`."""
    fields = {each.key: each for each in entity.fields}
    result = formula.evaluate(field, fields, _numbers(field, fields))
    if result is None:
        return "None"
    return str(int(result)) if result == result.to_integral_value() else py(result.normalize())


def _numbers(field: FieldDesign, fields: Mapping[str, FieldDesign]) -> dict[str, int]:
    return {key: 3 * n + 1 for n, key in enumerate(formula.operands(field, fields), start=1)}


def _number(field: FieldDesign, raw: int) -> str:
    if field.type in ("date", "datetime"):
        return at_hour(field, raw)
    return py(Decimal(raw)) if field.type in ("decimal", "money") else py(raw)


def changed_field(entity: EntityDesign) -> str | None:
    """A plain text that a test may overwrite."""
    plain = [f for f in entity.written_fields if f.type in ("text", "long_text")]
    free = [f for f in plain if f.name not in {rule.field for rule in entity.rules}]
    return free[0].name if free else None


def asked_on_the_way(entity: EntityDesign, transition: TransitionDesign) -> str:
    """What a person answers when the transition asks, as the inside of a dict; nothing where a browser must help."""
    fields = [entity.field(name) for name in needed_on_the_way(entity, transition)]
    if any(field.type in ("datetime", "file", "reference") for field in fields):
        return ""
    return ", ".join(f"{py(field.name)}: {sample_in(entity, field)}" for field in fields)


def has_limits(entity: EntityDesign) -> bool:
    """Whether some value of a field can be refused by itself."""
    return any(field.unique or field.type == "choice" for field in entity.written_fields)


def screens(entity: EntityDesign) -> list[str]:
    """The pages that show many rows."""
    more = {"calendar": entity.calendar_field, "board": entity.workflow}
    return ["list", *(name for name, reason in more.items() if reason)]


def needs_file(entity: EntityDesign) -> bool:
    """Programs can't send files, so such a row begins on a screen."""
    return any(field.type == "file" and field.required for field in entity.fields)


def required(entity: EntityDesign) -> list[str]:
    return [field.name for field in entity.written_fields if field.required]


def required_in_json(entity: EntityDesign) -> list[str]:
    """What a program must send: no defaults, no files; references by their id."""
    wanted = [f for f in entity.written_fields if f.required and f.default is None]
    return [
        f"{field.name}_id" if field.type == "reference" else field.name
        for field in wanted
        if field.type != "file"
    ]


def needed_on_the_way(entity: EntityDesign, transition: TransitionDesign) -> tuple[str, ...]:
    """What the target asks for and the first source does not."""
    field = entity.workflow.field if entity.workflow else ""
    source = transition.sources[0]
    has = {r.field for r in _rules_about(entity, field) if r.when and source in r.when.one_of}
    return tuple(name for name in dict.fromkeys(transition.asks) if name not in has)
