"""The engine's stages before any code: what a model may add to the rules' work, and that nothing it says can break a run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from chalicelib.agents import replies
from chalicelib.agents.describing import PORTION
from chalicelib.agents.language import is_in
from chalicelib.agents.offline import Offline
from chalicelib.agents.recordings import Replay
from chalicelib.errors import Cancelled, ModelAccountRefused, ModelBusy
from chalicelib.generation import scaffold
from chalicelib.generation.trace import trace
from chalicelib.mvs.reading import read_mvs
from tests.agents.business import MVS, PLAN, SENTENCE, requirement
from tests.agents.scripted import Desktop, answer, block, coded, good

ACADEMY = read_mvs(yaml.safe_load(Path("examples/academia-cursos.yaml").read_text()))
RULES = Offline()
ENGLISH = (
    "The people who work with this app see at once what is to be done and by whom it was done, and"
    " there is no other list that they have to look at when it is late."
)


def staged(stage, *brains, **options):
    desk = Desktop(*brains, stage=stage, **options)
    desk.made = {
        "Orchestrate": lambda: desk.engine.orchestrate(MVS),
        "WritePrd": lambda: desk.engine.write_prd(MVS, PLAN),
        "Design": lambda: desk.engine.design(MVS, PLAN),
    }[stage]()
    return desk


BY_RULES = {
    "Orchestrate": RULES.orchestrate(MVS),
    "WritePrd": RULES.write_prd(MVS, PLAN),
    "Design": RULES.design(MVS, PLAN),
}


@pytest.mark.parametrize("stage", BY_RULES)
@pytest.mark.parametrize(
    "stop", ["refusal", "model_context_window_exceeded", "max_tokens", "unknown"]
)
def test_a_stage_without_a_usable_answer_is_done_by_rules_and_says_so(stage, stop):
    desk = staged(stage, lambda question: answer(question, "{", stop))
    assert desk.made == BY_RULES[stage]
    assert "By rules alone" in desk.engine.note


@pytest.mark.parametrize("stage", BY_RULES)
def test_a_stage_that_nobody_can_pay_is_done_by_rules_and_asks_nobody(stage):
    desk = staged(stage, good, budget=1)
    assert desk.made == BY_RULES[stage]
    assert desk.chat.asked == []
    assert "By rules alone" in desk.engine.note


@pytest.mark.parametrize("stage", BY_RULES)
@pytest.mark.parametrize("said", ["", "Sure!", "[]", '{"a": 1}', "```json\n{}\n```", "null"])
def test_a_reply_in_no_shape_is_mended_twice_and_then_left(stage, said):
    desk = staged(stage, said)
    assert desk.made == BY_RULES[stage]
    assert len(desk.chat.asked) == 3


@pytest.mark.parametrize("stage", BY_RULES)
@pytest.mark.parametrize("kind", [ModelBusy, ModelAccountRefused, Cancelled])
def test_what_the_world_or_a_person_did_is_raised(stage, kind):
    with pytest.raises(kind):
        staged(stage, kind("x"))


@pytest.mark.parametrize("stage", BY_RULES)
def test_a_reply_that_can_be_used_needs_one_question(stage):
    desk = staged(stage, good)
    assert desk.made != BY_RULES[stage]
    assert desk.engine.note == ""
    assert [question.purpose for question in desk.chat.asked] == [f"{stage}#1#-#0"]


@pytest.mark.parametrize("stage", BY_RULES)
def test_a_fault_is_told_and_the_second_reply_counts(stage):
    desk = staged(stage, "{", good)
    assert desk.made == staged(stage, good).made
    assert desk.chat.asked[1].purpose == f"{stage}#1#-#1"
    assert "mended" in desk.told[0]


@pytest.mark.parametrize("stage", BY_RULES)
def test_a_stage_that_runs_again_pays_nothing_twice(stage):
    first = staged(stage, "{", good)
    second = Desktop(ModelBusy("nobody answers"), stage=stage)
    second.artifacts.objects.update(first.artifacts.objects)
    made = {
        "Orchestrate": lambda: second.engine.orchestrate(MVS),
        "WritePrd": lambda: second.engine.write_prd(MVS, PLAN),
        "Design": lambda: second.engine.design(MVS, PLAN),
    }[stage]()
    assert made == first.made


def test_a_plan_keeps_its_modules_whatever_the_orchestrator_says():
    made = staged("Orchestrate", good).made
    assert made.model_copy(update={"briefs": ()}) == PLAN
    assert {each.module: each.in_code for each in made.briefs} == {
        "patient": (),
        "visit": (requirement(),),
    }


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda modules: modules[:1], "exactly once"),
        (lambda modules: [*modules, {**modules[0], "module": "admin"}], "exactly once"),
        (lambda modules: [{**modules[0], "in_code": ["R1"]}, modules[1]], "not one of its rules"),
        (lambda modules: [{**modules[0], "goal": ENGLISH}, modules[1]], "language 'es'"),
    ],
)
def test_a_brief_that_makes_no_sense_is_sent_back(spoil, fault):
    def bad(question):
        modules = [each.model_dump() for each in good(question).modules]
        return replies.Briefings(modules=spoil(modules))

    desk = staged("Orchestrate", bad, good)
    assert fault in desk.said[1]
    assert desk.made.briefs


def test_every_requirement_gets_its_criterion_and_none_is_invented():
    made = staged("WritePrd", good).made
    assert [each.requirement for each in made.acceptance] == [each.id for each in made.requirements]
    assert made.engine == "claude"
    assert "modelo de lenguaje (Claude)" in made.to_markdown()
    assert "Se da por bueno si: Se ve en la lista." in made.to_markdown()


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda said: {**said, "acceptance": said["acceptance"][1:]}, "no acceptance for R1"),
        (
            lambda said: {
                **said,
                "acceptance": [*said["acceptance"], {"requirement": "R999", "text": "x"}],
            },
            "not asked for: R999",
        ),
        (lambda said: {**said, "acceptance": said["acceptance"] * 2}, "names an id twice"),
        (lambda said: {**said, "narrative": []}, "narrative is empty"),
        (lambda said: {**said, "narrative": [ENGLISH] * 9}, "at most 8"),
        (
            lambda said: {
                **said,
                "acceptance": [{**each, "text": ENGLISH} for each in said["acceptance"]],
            },
            "language 'es'",
        ),
        (
            lambda said: {**said, "journeys": [{"title": "x", "who": "Nobody", "steps": ["x"]}]},
            "`who` is one of",
        ),
    ],
)
def test_criteria_that_make_no_sense_are_sent_back(spoil, fault):
    def bad(question):
        return json.dumps(spoil(good(question).model_dump(mode="json")))

    desk = staged("WritePrd", bad, good)
    assert fault in desk.said[1]
    assert desk.made.engine == "claude"


def test_many_requirements_go_in_portions_that_share_what_they_are_about():
    plan = RULES.orchestrate(ACADEMY)
    desk = Desktop(good, stage="WritePrd")
    made = desk.engine.write_prd(ACADEMY, plan)
    assert len(made.acceptance) == len(made.requirements) > PORTION
    assert [q.purpose for q in desk.chat.asked] == ["WritePrd#1#-#0", "WritePrd#1#part2#0"]
    assert desk.chat.asked[0].system == desk.chat.asked[1].system
    assert desk.chat.asked[0].system[-1].is_cached


def test_a_portion_that_fails_leaves_the_whole_to_the_rules():
    plan = RULES.orchestrate(ACADEMY)
    desk = Desktop(good, "no", stage="WritePrd")
    assert desk.engine.write_prd(ACADEMY, plan) == RULES.write_prd(ACADEMY, plan)


def rule(**changes):
    """What the designer says of the one rule in words."""

    def brain(question):
        said = good(question).model_dump()
        return replies.DesignChoices(**{**said, "rules": [{**coded(requirement()), **changes}]})

    return brain


def the_rule(made):
    return next(each for each in made.entity("visit").rules if each.requirement == requirement())


def test_a_rule_in_words_becomes_one_with_a_test_of_its_name():
    made = staged("Design", rule(test_name="one_visit_a_day")).made
    assert (the_rule(made).type, the_rule(made).name) == ("coded", "one_visit_a_day")
    traced = next(each for each in trace(MVS, made).requirements if each.id == requirement())
    assert traced.tests == ("business.visit.tests.test_rules.VisitRuleTests.test_one_visit_a_day",)
    assert (traced.coded, traced.in_words) == (True, False)


def test_a_rule_in_words_that_a_typed_one_can_say_becomes_compiled_code():
    desk = staged("Design", rule(how="typed", type="in_order", first="held_on", then="ends_on"))
    assert the_rule(desk.made).type == "in_order"
    text = scaffold.module_files(desk.made, desk.made.module("visit"))["business/visit/rules.py"]
    assert f'InOrder("held_on", "ends_on", message="{SENTENCE}")' in " ".join(text.split())
    assert "sin comprobar" not in text


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"how": "typed"}, "needs type"),
        ({"how": "typed", "type": "range", "field": "title", "min": "1"}, "rules"),
        ({"how": "typed", "type": "range", "field": "nowhere", "min": "1"}, "nowhere"),
        ({"how": "typed", "type": "no_overlap", "resource": "patient", "start": "held_on"}, "end"),
        ({"test_name": None}, "needs test_name"),
        ({"test_name": "Robert'); drop table"}, "no test name"),
        ({"test_name": "x" * 60}, "no test name"),
        ({"requirement": "R1"}, "exactly once"),
    ],
)
def test_a_choice_about_a_rule_that_can_not_be_is_sent_back(changes, fault):
    desk = staged("Design", rule(**changes), rule())
    assert fault in desk.said[1]
    assert the_rule(desk.made).type == "coded"


def test_a_typed_rule_that_the_example_rows_break_is_sent_back():
    data = MVS.model_dump(mode="json")
    data["demo"] = {
        "patient": [{"_id": "ana", "title": "Ana"}],
        "visit": [
            {"title": "V1", "patient": "ana", "held_on": "2026-05-02", "ends_on": "2026-05-01"}
        ],
    }
    mvs = read_mvs(data)
    desk = Desktop(
        rule(how="typed", type="in_order", first="held_on", then="ends_on"), stage="Design"
    )
    made = desk.engine.design(mvs, PLAN)
    assert the_rule(made).type == "in_words"
    assert "demo" in desk.said[1]


@pytest.mark.parametrize(
    ("look", "fault"),
    [
        ({"columns": ["held_on", "title"]}, "columns begin with 'title'"),
        ({"columns": ["title", "password"]}, "columns begin with"),
        ({"filters": ["title"]}, "filters are at most"),
        ({"icon": "skull"}, "no icon 'skull'"),
        ({"entity": "user"}, "no entity 'user'"),
    ],
)
def test_a_look_that_can_not_be_is_sent_back(look, fault):
    whole = {"entity": "visit", "columns": None, "filters": None, "icon": None, **look}

    def brain(question):
        return good(question).model_copy(update={"entities": (replies.EntityChoice(**whole),)})

    desk = staged("Design", brain, good)
    assert fault in desk.said[1]


def test_a_look_that_can_be_is_what_the_screens_show():
    look = replies.EntityChoice(
        entity="visit", columns=("title", "held_on"), filters=("held_on",), icon="clock"
    )

    def brain(question):
        changes = {"entities": (look,), "navigation": ("visit", "patient")}
        return good(question).model_copy(update=changes)

    made = staged("Design", brain).made
    text = scaffold.module_files(made, made.module("visit"))["business/visit/views.py"]
    assert 'columns = ["title", "held_on"]' in text
    assert made.navigation == ("visit", "patient")
    assert made.entity("visit").icon == "clock"


def test_a_design_keeps_what_only_rules_decide():
    made = staged("Design", good).made
    before = BY_RULES["Design"]
    for entity in made.entities:
        known = before.entity(entity.key)
        assert (entity.fields, entity.permissions) == (known.fields, known.permissions)


def test_example_rows_are_told_to_nobody():
    desk = Desktop(good, stage="Orchestrate")
    desk.engine.orchestrate(ACADEMY)
    assert "demo" not in json.loads(block(desk.said[0], "mvs"))


def test_a_recorded_stage_is_replayed_by_the_same_words():
    first = staged("Design", "{", good)
    replay = Replay([text for key, text in first.artifacts.objects.items() if "/calls/" in key])
    assert staged("Design", replay.ask).made == first.made


@pytest.mark.parametrize(
    ("text", "language", "fits"),
    [
        (ENGLISH, "en", True),
        (ENGLISH, "es", False),
        (
            "Quien atiende ve en la lista lo que hay que hacer y con quién se habló, sin mirar en la otra.",
            "es",
            True,
        ),
        (
            "Quien atiende ve en la lista lo que hay que hacer y con quién se habló, sin mirar en la otra.",
            "en",
            False,
        ),
        ("OK", "es", True),
        ("", "en", True),
        (f"{ENGLISH} «El alta de la ficha» y «La baja».", "en", True),
    ],
)
def test_a_language_is_known_by_its_small_words(text, language, fits):
    assert is_in([text], language) is fits


@pytest.mark.parametrize(
    "shape",
    [
        replies.Briefings,
        replies.PrdAdditions,
        replies.DesignChoices,
        replies.WrittenModule,
        replies.Judgement,
    ],
)
def test_shapes_stay_small_enough_to_be_compiled_by_a_provider(shape):
    """Everything is asked for, nothing nested in itself, and few things may be two things: grammars grow by these."""
    schema = shape.model_json_schema()
    parts = [schema, *schema.get("$defs", {}).values()]
    fields = [field for part in parts for field in part.get("properties", {}).values()]
    assert sum("anyOf" in field for field in fields) <= 16
    assert all(set(part["properties"]) == set(part["required"]) for part in parts)
    assert all(part["additionalProperties"] is False for part in parts)
