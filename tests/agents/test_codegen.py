"""One module's writer: what it is told, what is mended, and what becomes of a module that can't be mended."""

from __future__ import annotations

import pytest

from chalicelib.errors import Cancelled, ModelAccountRefused, ModelBusy
from chalicelib.generation.briefing import Brief, Wanted
from tests.agents.business import (
    BASELINE,
    DESIGN,
    RULES,
    SENTENCE,
    TESTS,
    file_of_tests,
    requirement,
    rules_file,
    written,
)
from tests.agents.scripted import Desktop, answer, words

TOLD = Brief(
    goal="Que la agenda sea de fiar.",
    risks=("Una visita sin día.",),
    wanted=(Wanted(requirement(), SENTENCE, "La segunda visita se rechaza."),),
)


def writing(*brains, module="visit", notes=(), brief=TOLD, **options):
    desk = Desktop(*brains, stage="GenerateModule", module=module, **options)
    base = BASELINE if module == "visit" else {}
    desk.files = desk.engine.write_module(DESIGN, module, base, notes, brief)
    return desk


def changed(desk):
    return {path for path, text in desk.files.items() if BASELINE.get(path) != text}


def test_a_rule_in_words_becomes_code_and_the_test_that_proves_it():
    desk = writing(written())
    assert changed(desk) == {RULES, TESTS}
    assert len(desk.chat.asked) == 1
    assert desk.engine.note == "Ahora se comprueba que no se cite dos veces."


def test_a_writer_is_told_its_module_its_rule_and_the_files_and_nothing_of_the_prefix_again():
    own = writing(written()).said[0]
    for told in (
        SENTENCE,
        "test_one_visit_a_day",
        "Que la agenda",
        "Una visita sin día",
        "rechaza",
    ):
        assert told in own
    assert BASELINE[RULES].strip() in own
    assert "class Visit(TenantModel)" not in own


@pytest.mark.parametrize(
    ("reply", "fault"),
    [
        (written(files={"business/visit/models.py": "x = 1\n"}), "may not be written"),
        (written(files={"business/patient/rules.py": "x = 1\n"}), "may not be written"),
        (written(files={"../../etc/passwd": "x"}), "may not be written"),
        (written(files={"business/visit/templates/other/list.html": "x"}), "not a file of the"),
        (written(files={RULES: "import os\n" + rules_file()}), "forbidden-import"),
        (written(files={RULES: rules_file() + "\nx = eval('1')\n"}), "forbidden-call"),
        (written(files={RULES: rules_file() + "def broken(:\n"}), "syntax"),
        (written(files={RULES: rules_file() + "# \u200bsee\n"}), "invisible"),
        (written(files={RULES: ""}), "is empty"),
        (written(files={RULES: rules_file().replace("500", "5000")}), "entries of RULES"),
        (written(files={TESTS: None}), "needs test_one_visit_a_day"),
        (
            written(files={TESTS: file_of_tests().replace("self.assert", "self.look")}),
            "must stay as it was",
        ),
        (
            written(
                files={TESTS: file_of_tests() + "\n    def assertIn(self, *given):\n        pass\n"}
            ),
            "only methods called test_",
        ),
        (
            written(files={"business/visit/templates/visit/list.html": "<script>x</script>"}),
            "unsafe-markup",
        ),
        (
            written(
                summary="The rule is now checked for each of the rows and it is not saved when it is"
                " not kept by the people who are in the app."
            ),
            "language 'es'",
        ),
    ],
)
def test_what_can_not_be_used_is_sent_back_with_what_was_wrong(reply, fault):
    desk = writing(reply, written())
    assert fault in desk.said[1]
    assert changed(desk) == {RULES, TESTS}
    assert fault in desk.told[0]


def test_a_mend_shows_the_writer_its_own_reply_and_keeps_every_byte_before_it():
    desk = writing(written(files={RULES: ""}), written())
    first, second = desk.chat.asked
    assert second.system == first.system
    assert second.messages[0] == first.messages[0]
    assert second.messages[1].speaker == "assistant"
    assert [q.purpose for q in (first, second)] == [
        "GenerateModule#1#visit#0",
        "GenerateModule#1#visit#1",
    ]


def test_after_two_mends_a_module_keeps_its_baseline_and_the_run_says_so():
    desk = writing(written(files={RULES: ""}))
    assert len(desk.chat.asked) == 3
    assert changed(desk) == set()
    assert "Kept its baseline" in desk.engine.note
    assert "is empty" in desk.engine.note


def test_words_that_are_no_reply_are_sent_back_as_well():
    desk = writing("I have written the file for you!", written())
    assert changed(desk) == {RULES, TESTS}
    assert len(desk.chat.asked[1].messages) == 1


def test_a_file_in_a_fence_is_the_file():
    fenced = f"```python\n{rules_file()}```"
    desk = writing(written(files={RULES: fenced}))
    assert desk.files[RULES] == rules_file()


def test_a_reply_that_is_too_long_is_asked_for_file_by_file():
    def brain(question):
        said = question.messages[-1].blocks[-1].text
        if "Reply with this one file" not in said and "." not in question.purpose.split("#")[2]:
            return answer(question, '{"files": [', "max_tokens")
        if f"nothing else: `{RULES}`" in said:
            return written(files={TESTS: None})
        return written(files={RULES: None})

    desk = writing(brain)
    assert changed(desk) == {RULES, TESTS}
    assert any("one by one" in told for told in desk.told)


@pytest.mark.parametrize("stop", ["refusal", "model_context_window_exceeded"])
def test_a_writer_who_declines_leaves_the_baseline(stop):
    desk = writing(lambda question: answer(question, "no", stop))
    assert changed(desk) == set()
    assert "Kept its baseline" in desk.engine.note


def test_a_writer_who_can_not_be_paid_is_not_asked():
    desk = writing(written(), budget=10)
    assert desk.chat.asked == []
    assert changed(desk) == set()
    assert "Kept its baseline" in desk.engine.note


@pytest.mark.parametrize("kind", [ModelBusy, ModelAccountRefused, Cancelled])
def test_what_the_world_or_a_person_did_is_raised(kind):
    with pytest.raises(kind):
        writing(kind("x"))


def test_a_module_that_needs_no_writer_costs_nothing():
    desk = writing(written(), module="patient", brief=Brief())
    assert desk.chat.asked == []
    assert "nothing to add" in desk.engine.note


def test_a_repair_comes_with_the_notes_and_the_files_they_are_about():
    earlier = {**BASELINE, RULES: rules_file() + "# first try\n"}
    brief = Brief(wanted=TOLD.wanted, earlier=earlier)
    desk = writing(written(), notes=("test: one_visit_a_day failed",), brief=brief, round_=2)
    assert "one_visit_a_day failed" in desk.said[0]
    assert "# first try" in desk.said[0]
    assert desk.chat.asked[0].purpose == "GenerateModule#2#visit#0"


def test_a_first_attempt_is_told_of_no_other():
    brief = Brief(wanted=TOLD.wanted, earlier={RULES: "# first try\n"})
    assert "# first try" not in writing(written(), brief=brief).said[0]


def test_a_stage_that_runs_again_asks_the_same_words():
    one, other = writing(written()), writing(written())
    assert words(one.chat.asked[0]) == words(other.chat.asked[0])
