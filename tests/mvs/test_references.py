"""What shapes can't see: each way to point nowhere, clash or ask for the impossible has its own fault at its own path."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.mvs import texts_en, texts_es
from chalicelib.mvs.reading import examined
from chalicelib.mvs.references import faults
from chalicelib.mvs.spec import Mvs
from tests.mvs.hostile import REFUSED_HOSTILE, Data, changed, small

Path = tuple[Any, ...]
FIELD, STAGE, TOTAL = (
    ("entities", 0, "fields"),
    ("entities", 1, "fields", 13),
    ("entities", 1, "fields", 6),
)
RULES, FLOW = ("entities", 1, "rules"), ("entities", 1, "workflow")
TILE = ("dashboards", 0, "tiles")


def with_part(path: Path, **attributes: Any) -> Callable[[Data], None]:
    """The small MVS with attributes of one part exchanged; None removes one."""

    def change(data: Any) -> None:
        for step in path:
            data = data[step]
        for name, value in attributes.items():
            data.pop(name, None)
            if value is not None:
                data[name] = value

    return change


def more(path: Path, *parts: Any) -> Callable[[Data], None]:
    def change(data: Any) -> None:
        for step in path:
            data = data[step]
        data.extend(parts)

    return change


def field(**attributes: Any) -> Callable[[Data], None]:
    return more(FIELD, {"key": "extra", "label": "Extra", "type": "text", **attributes})


def rule(**attributes: Any) -> Callable[[Data], None]:
    return more(RULES, {"text": "Because.", **attributes})


def circle(required: bool) -> Callable[[Data], None]:
    return field(type="reference", to="stay", required=required)


def rows_in_a_circle(data: Data) -> None:
    data["demo"]["place"][0]["inside"] = "other"


def titles_in_a_circle(data: Data) -> None:
    data["entities"][0]["title"] = "inside"


IN, EX = "entities[0].fields[6]", "entities[1].rules[4]"
CASES = [
    # keys
    (more(("roles",), {"key": "clerk", "label": "x"}), "roles[2].key", "duplicate_key"),
    (more(("roles",), {"key": "c_lerk", "label": "x"}), "roles[2].key", "lookalike_key"),
    (field(key="name"), f"{IN}.key", "duplicate_key"),
    (field(key="inside_id"), f"{IN}.key", "reference_column"),
    (field(key="pk"), f"{IN}.key", "reserved_word"),
    (more((*STAGE, "options"), {"key": "asked", "label": "x"}), "entities[1].fields[13].options[3].key", "duplicate_key"),
    (with_part((*FLOW, "transitions", 0), key="rate"), "entities[1].workflow.transitions[0].key", "transition_is_field"),
    (with_part((*FLOW, "transitions", 0), key="refuse"), "entities[1].workflow.transitions[1].key", "duplicate_key"),
    (more(("dashboards",), {"key": "overview", "label": "x", "tiles": [{"label": "x", "entity": "stay"}]}), "dashboards[1].key", "duplicate_key"),
    (with_part((), locales=["en", "en"]), "locales[1]", "repeated_value"),
    # titles and permissions
    (with_part(("entities", 0), title="nothing"), "entities[0].title", "unknown_field"),
    (with_part(("entities", 1), title="total"), "entities[1].title", "not_a_title"),
    (with_part(("entities", 0), title="plan"), "entities[0].title", "not_a_title"),
    (titles_in_a_circle, "entities[0].title", "circular_title"),
    (with_part(("entities", 0, "permissions"), boss=["view"]), "entities[0].permissions.boss", "unknown_role"),
    (with_part(("entities", 0, "permissions"), owner=["view"]), "entities[0].permissions.owner", "owner_is_implicit"),
    (with_part(("entities", 0, "permissions"), guest=["edit"]), "entities[0].permissions.guest", "acts_unseen"),
    (with_part(("entities", 0, "permissions"), guest=["view", "view"]), "entities[0].permissions.guest", "repeated_value"),
    # fields
    (field(type="choice"), f"{IN}.options", "choice_needs_options"),
    (field(options=[{"key": "a", "label": "A"}]), f"{IN}.options", "attribute_does_not_apply"),
    (field(to="stay"), f"{IN}.to", "attribute_does_not_apply"),
    (field(on_delete="cascade"), f"{IN}.on_delete", "attribute_does_not_apply"),
    (field(formula="1 + 1"), f"{IN}.formula", "attribute_does_not_apply"),
    (field(type="boolean", required=True), f"{IN}.required", "attribute_does_not_apply"),
    (field(type="long_text", unique=True), f"{IN}.unique", "attribute_does_not_apply"),
    (field(type="reference", to="stay", default="x"), f"{IN}.default", "attribute_does_not_apply"),
    (field(type="computed", formula="1", required=True), f"{IN}.required", "attribute_does_not_apply"),
    (field(type="reference"), f"{IN}.to", "reference_needs_to"),
    (field(type="reference", to="nobody"), f"{IN}.to", "unknown_entity"),
    (field(type="reference", to="stay", required=True, on_delete="clear"), f"{IN}.on_delete", "clear_needs_optional"),
    (circle(required=True), f"{IN}.required", "circular_requirement"),
    (field(type="reference", to="place", required=True), f"{IN}.required", "circular_requirement"),
    (field(default=7), f"{IN}.default", "not_text"),
    (field(type="integer", default="many"), f"{IN}.default", "not_a_number"),
    (field(type="integer", default=1.5), f"{IN}.default", "not_an_integer"),
    (field(type="money", default="0.001"), f"{IN}.default", "too_many_digits"),
    (field(type="boolean", default="true"), f"{IN}.default", "not_a_boolean"),
    (field(type="date", default="tomorrow"), f"{IN}.default", "not_a_date"),
    (field(type="datetime", default="2026-11-23"), f"{IN}.default", "not_a_datetime"),
    (field(type="email", default="nobody"), f"{IN}.default", "not_an_email"),
    (field(type="phone", default="call me"), f"{IN}.default", "not_a_phone"),
    (field(type="url", default="www.example"), f"{IN}.default", "not_a_url"),
    (field(type="url", default="http://[::1"), f"{IN}.default", "not_a_url"),
    (field(type="choice", options=[{"key": "a", "label": "A"}], default="b"), f"{IN}.default", "not_an_option"),
    (field(default="x" * 201), f"{IN}.default", "too_long_for_type"),
    (field(default="two\nlines"), f"{IN}.default", "not_one_line"),
    (field(unique=True, default="x"), f"{IN}.default", "default_on_unique"),
    # formulas
    (field(type="computed"), f"{IN}.formula", "computed_needs_formula"),
    (field(type="computed", formula="1 +"), f"{IN}.formula", "bad_formula"),
    (field(type="computed", formula="nothing * 2"), f"{IN}.formula", "unknown_field"),
    (field(type="computed", formula="name * 2"), f"{IN}.formula", "wrong_type"),
    (with_part(TOTAL, formula="days(since, called_at)"), "entities[1].fields[6].formula", "mixed_moments"),
    (with_part(TOTAL, formula="days(since, rate)"), "entities[1].fields[6].formula", "wrong_type"),
    (with_part(TOTAL, formula="span / 0"), "entities[1].fields[6].formula", "divides_by_zero"),
    (with_part(("entities", 1, "fields", 7), formula="total + 1"), "", ""),
    (field(type="computed", formula="extra + 1"), f"{IN}.formula", "circular_formula"),
    # rules
    (rule(type="range", field="nothing", min=1), f"{EX}.field", "unknown_field"),
    (rule(type="range", field="reason", min=1), f"{EX}.field", "wrong_type"),
    (rule(type="range", field="total", min=1), f"{EX}.field", "wrong_type"),
    (rule(type="range", field="nights"), EX, "range_needs_bound"),
    (rule(type="range", field="nights", min=5, max=2), f"{EX}.min", "range_upside_down"),
    (rule(type="range", field="nights", min=2), f"{EX}.field", "default_outside_range"),
    (rule(type="range", field="nights", min=0.5), f"{EX}.min", "not_an_integer"),
    (rule(type="in_order", first="since", then="since"), f"{EX}.then", "same_field"),
    (rule(type="in_order", first="since", then="called_at"), f"{EX}.then", "mixed_moments"),
    (rule(type="in_order", first="since", then="reason"), f"{EX}.then", "wrong_type"),
    (rule(type="no_overlap", resource="reason", start="since", end="until"), f"{EX}.resource", "wrong_type"),
    (rule(type="no_overlap", resource="place", start="since", end="called_at"), f"{EX}.end", "mixed_moments"),
    (rule(type="required_when", field="nothing", when={"field": "paid", "one_of": [True]}), f"{EX}.field", "unknown_field"),
    (rule(type="required_when", field="paid", when={"field": "stage", "one_of": ["asked"]}), f"{EX}.field", "wrong_type"),
    (rule(type="required_when", field="reason", when={"field": "paid", "one_of": [True]}), f"{EX}.field", "always_required"),
    (rule(type="required_when", field="weight", when={"field": "weight", "one_of": [1]}), f"{EX}.when.field", "same_field"),
    (rule(type="required_when", field="why_not", when={"field": "reason", "one_of": ["x"]}), f"{EX}.when.field", "wrong_type"),
    (rule(type="required_when", field="why_not", when={"field": "stage", "one_of": ["lost"]}), f"{EX}.when.one_of[0]", "not_an_option"),
    (rule(type="required_when", field="why_not", when={"field": "paid", "one_of": ["yes"]}), f"{EX}.when.one_of[0]", "not_a_boolean"),
    (rule(type="required_when", field="why_not", when={"field": "nights", "one_of": [1, 1]}), f"{EX}.when.one_of[1]", "repeated_value"),
    (rule(type="in_words", text=" "), f"{EX}.text", "empty_text"),
    # workflows
    (with_part(FLOW, field="nothing"), "entities[1].workflow.field", "unknown_field"),
    (with_part(FLOW, field="reason"), "entities[1].workflow.field", "wrong_type"),
    (with_part(FLOW, initial="lost"), "entities[1].workflow.initial", "unknown_state"),
    (with_part(STAGE, default="granted"), "entities[1].workflow.initial", "default_is_not_initial"),
    (more((*STAGE, "options"), {"key": "lost", "label": "x"}), "entities[1].workflow.transitions", "unreachable_states"),
    (with_part((*FLOW, "transitions", 0), target="lost"), "entities[1].workflow.transitions[0].target", "unknown_state"),
    (with_part((*FLOW, "transitions", 0), sources=["lost"]), "entities[1].workflow.transitions[0].sources[0]", "unknown_state"),
    (with_part((*FLOW, "transitions", 0), sources=["asked", "granted"]), "entities[1].workflow.transitions[0].sources[1]", "goes_nowhere"),
    (with_part((*FLOW, "transitions", 0), sources=["asked", "asked"]), "entities[1].workflow.transitions[0].sources[1]", "repeated_value"),
    (with_part((*FLOW, "transitions", 0), roles=["boss"]), "entities[1].workflow.transitions[0].roles[0]", "unknown_role"),
    (with_part((*FLOW, "transitions", 0), roles=["clerk", "clerk"]), "entities[1].workflow.transitions[0].roles[1]", "repeated_value"),
    (with_part((*FLOW, "transitions", 0), roles=["guest"]), "entities[1].workflow.transitions[0].roles[0]", "transition_unseen"),
    # dashboards
    (with_part(("dashboards", 0), roles=["boss"]), "dashboards[0].roles[0]", "unknown_role"),
    (with_part((*TILE, 0), entity="nothing"), "dashboards[0].tiles[0].entity", "unknown_entity"),
    (with_part((*TILE, 0), group_by="nothing"), "dashboards[0].tiles[0].group_by", "unknown_field"),
    (with_part((*TILE, 0), group_by="reason"), "dashboards[0].tiles[0].group_by", "wrong_type"),
    (with_part((*TILE, 0), field="nights"), "dashboards[0].tiles[0].field", "count_has_field"),
    (with_part((*TILE, 1), field=None), "dashboards[0].tiles[1].field", "sum_needs_field"),
    (with_part((*TILE, 1), field="total"), "dashboards[0].tiles[1].field", "wrong_type"),
    (with_part((*TILE, 2, "where"), one_of=["lost"]), "dashboards[0].tiles[2].where.one_of[0]", "not_an_option"),
    # demo rows
    (with_part(("demo",), nothing=[{}]), "demo.nothing", "unknown_entity"),
    (with_part(("demo", "stay", 0), colour="red"), "demo.stay[0].colour", "unknown_field"),
    (with_part(("demo", "stay", 0), place="nowhere"), "demo.stay[0].place", "unknown_row"),
    (with_part(("demo", "stay", 0), place=7), "demo.stay[0].place", "not_a_row_name"),
    (with_part(("demo", "stay", 0), total=7), "demo.stay[0].total", "not_settable"),
    (with_part(("demo", "stay", 0), since=None), "demo.stay[0].since", "demo_value_missing"),
    (with_part(("demo", "stay", 0), stage="lost"), "demo.stay[0].stage", "not_an_option"),
    (with_part(("demo", "place", 1), name="Plain"), "demo.place[1].name", "demo_value_repeated"),
    (with_part(("demo", "place", 1), _id="Plain"), "demo.place[1]._id", "duplicate_key"),
    (with_part(("demo", "place", 1), _id=7), "demo.place[1]._id", "not_a_row_name"),
    (rows_in_a_circle, "demo.place[0]", "circular_rows"),
    (with_part(("demo", "stay", 0), nights=31), "demo.stay[0].nights", "demo_breaks_rule"),
    (with_part(("demo", "stay", 0), why_not=None), "demo.stay[0].why_not", "demo_breaks_rule"),
    (with_part(("demo", "stay", 0), until="2026-11-23"), "demo.stay[0].until", "demo_breaks_rule"),
    (with_part(("demo", "stay", 0), stage="granted", place="other"), "demo.stay[1].since", "demo_breaks_rule"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "path", "code"), CASES)
def test_a_fault_is_found_where_it_is(change: Callable[[Data], None], path: str, code: str) -> None:
    found = {(one.path, one.code) for one in examined(changed(change))[1]}
    assert (path, code) in found or (code == "" and not found)


def test_the_small_mvs_has_no_fault() -> None:
    assert faults(Mvs.model_validate(small())) == []


def test_entities_may_know_each_other_in_a_circle_if_they_do_not_have_to() -> None:
    assert examined(changed(circle(required=False)))[1] == []


def test_a_cancelled_row_overlaps_with_nothing() -> None:
    assert examined(changed(with_part(("demo", "stay", 0), place="other")))[1] == []


def test_every_message_has_a_case_that_needs_it() -> None:
    changes = [change for change, _, _ in CASES] + [change for _, change, _ in REFUSED_HOSTILE]
    changes += [
        with_part(("entities", 0), label=None),
        with_part(("entities", 0, "fields", 0), required="perhaps"),
        with_part(("demo", "place", 0), name=[1]),
        with_part((), success="x", extra={1, 2}),
        with_part((*FLOW, "transitions", 0), sources=[]),
    ]
    told = {one.code for change in changes for one in examined(changed(change))[1]}
    assert sorted(set(texts_en.MESSAGES) - told) == []


def test_both_languages_have_the_same_messages_with_the_same_facts() -> None:
    assert list(texts_en.MESSAGES) == list(texts_es.MESSAGES)
    for code, (message, cure) in texts_en.MESSAGES.items():
        spanish = texts_es.MESSAGES[code]
        assert holes(message) == holes(spanish[0]), code
        assert holes(cure) == holes(spanish[1]), code


def holes(text: str) -> set[str]:
    from string import Formatter

    return {name for _, name, _, _ in Formatter().parse(text) if name}
