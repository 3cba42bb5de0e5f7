"""What follows each kind of answer, what is spent on it, and what is never asked twice; through the SDK and the server."""

from contextlib import contextmanager
from dataclasses import replace

import pytest

from chalicelib.adapters.claude import ClaudeChat
from chalicelib.agents.asking import Asker
from chalicelib.agents.ports import Block
from chalicelib.agents.prices import load_prices
from chalicelib.agents.purses import Allowance
from chalicelib.agents.recordings import FolderRecorder
from chalicelib.errors import (
    BudgetReached,
    ModelAccountRefused,
    ModelBusy,
    ModelRefused,
    QuestionTooLong,
    ReplyTooLong,
    UnreadableReply,
)
from tests.claude_server import scripted as say
from tests.claude_server.questions import NOTE, Note, Shelf, question
from tests.claude_server.server import served

GOOD = say.says(json=NOTE)
DOLLAR = 1_000_000


class World:
    """An asker, and all that it spends, keeps and tells."""

    def __init__(self, server, budget):
        self.server = server
        self.purse = Allowance(budget)
        self.shelf = Shelf()
        self.told = []
        self.asker = Asker(
            ClaudeChat(server.key, server.url),
            self.purse,
            FolderRecorder("calls", self.shelf),
            load_prices(),
            self.told.append,
        )

    def ask(self, asked=None, on_text=None):
        return self.asker.ask(asked or question(), on_text)


@contextmanager
def world(*script, budget=DOLLAR, **more):
    """`script`: what is said to one request after the other; the last of them from then on."""

    def brain(asked):
        return script[min(asked.number, len(script)) - 1]

    with served(brain, **more) as server:
        yield World(server, budget)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    import anthropic._base_client as sdk

    monkeypatch.setattr(sdk, "INITIAL_RETRY_DELAY", 0.005)


def test_a_question_is_answered_booked_told_and_kept():
    with world(GOOD) as here:
        assert here.ask() == Note(**NOTE)
    [call] = here.purse.calls
    assert here.told == [call]
    assert (call.purpose, call.role, call.stop_reason) == (
        "GenerateModule#1#patient#0",
        "codegen",
        "end_turn",
    )
    assert call.cost_microdollars == load_prices().cost_microdollars(call.model, call.usage) > 0
    assert here.purse.committed_microdollars == call.cost_microdollars
    assert list(here.shelf.documents) == ["calls/GenerateModule-1-patient-0.json"]


def test_nothing_is_asked_that_could_cost_more_than_is_left():
    with world(GOOD, budget=9_000) as here, pytest.raises(BudgetReached):
        here.ask()
    assert here.server.requests == []
    assert here.purse.committed_microdollars == 0


def test_no_call_costs_more_than_was_reserved_for_it():
    long = question(system=(Block("words and words " * 3000, is_cached=True),))
    with world(GOOD) as here:
        here.ask(long)
    assert here.purse.spent_microdollars <= load_prices().worst_case_microdollars(long)


@pytest.mark.parametrize(
    ("told", "error"),
    [
        (say.declines(), ModelRefused),
        (say.declines('{"title": "Clí'), ModelRefused),
        (say.window_exceeded(), QuestionTooLong),
        (say.malformed(NOTE), UnreadableReply),
        (say.malformed_tool_input(), UnreadableReply),
        (say.says(""), UnreadableReply),
        (replace(GOOD, stop_reason="tired"), UnreadableReply),
    ],
    ids=["refusal", "refusal midway", "window", "malformed", "tool input", "empty", "unknown"],
)
def test_an_answer_that_can_not_be_used_was_paid_for_and_says_whose_turn_it_is(told, error):
    with world(told) as here, pytest.raises(error):
        here.ask()
    [call] = here.purse.calls
    assert call.stop_reason == told.stop_reason or call.stop_reason == "unknown"
    assert call.cost_microdollars > 0
    assert len(here.server.requests) == 1


def test_an_unreadable_reply_says_what_was_wrong_and_repeats_nothing_of_it():
    with (
        world(say.says(json={"title": 7, "secret": "words"})) as here,
        pytest.raises(UnreadableReply) as raised,
    ):
        here.ask()
    assert "lines: Field required" in raised.value.detail
    assert "words" not in raised.value.detail


@pytest.mark.parametrize("reason", ["end_turn", "stop_sequence", "tool_use"])
def test_every_complete_answer_counts(reason):
    with world(replace(GOOD, stop_reason=reason)) as here:
        assert here.ask() == Note(**NOTE)


def test_another_language_and_empty_texts_have_the_right_shape_so_the_role_must_look():
    note = {
        "title": "Clínica",
        "lines": ["Una línea que es más larga que cualquier nombre de campo."],
    }
    with world(say.foreign(note), say.emptied(note)) as here:
        foreign, emptied = here.ask(), here.ask(question(purpose="GenerateModule#1#patient#1"))
    assert (foreign.lines, emptied.lines) == ((say.GERMAN,), ("",))


# cut answers


def test_a_cut_answer_is_continued_and_read_as_one():
    grown = []
    with world(say.cut(NOTE, 0.5), say.rest_of(NOTE, 0.5)) as here:
        assert here.ask(on_text=grown.append) == Note(**NOTE)
    first, second = here.server.requests
    assert (first.shape, second.shape) == ("Note", "")
    assert second.is_rest
    assert [m["role"] for m in second.body["messages"]] == ["user", "assistant", "user"]
    assert [call.purpose for call in here.purse.calls] == [
        "GenerateModule#1#patient#0",
        "GenerateModule#1#patient#0.1",
    ]
    assert grown[-1] == GOOD.text
    assert grown == sorted(grown, key=len)


def test_an_answer_is_continued_twice_at_most():
    thirds = (
        say.cut(NOTE, 0.3),
        say.rest_of(NOTE, 0.3, 0.6, stop_reason="max_tokens"),
        say.rest_of(NOTE, 0.6),
    )
    with world(*thirds) as here:
        assert here.ask() == Note(**NOTE)
    with world(say.cut(NOTE, 0.3)) as here, pytest.raises(ReplyTooLong):
        here.ask()
    assert len(here.server.requests) == 3


def test_a_continuation_too_is_only_asked_for_what_is_left():
    asked = question()
    budget = load_prices().worst_case_microdollars(asked) + 1
    with (
        world(say.cut(NOTE), say.rest_of(NOTE), budget=budget) as here,
        pytest.raises(BudgetReached),
    ):
        here.ask(asked)
    assert len(here.server.requests) == 1


def test_a_model_that_only_thought_until_the_limit_is_not_continued():
    with world(say.says("", stop_reason="max_tokens")) as here, pytest.raises(ReplyTooLong):
        here.ask()
    assert len(here.server.requests) == 1


def test_a_continuation_that_does_not_fit_is_unreadable():
    with (
        world(say.cut(NOTE), say.says("```json\nand so on")) as here,
        pytest.raises(UnreadableReply),
    ):
        here.ask()


def test_a_paused_answer_goes_on():
    paused = say.says(GOOD.text[:40], stop_reason="pause_turn")
    with world(paused, say.says(GOOD.text[40:])) as here:
        assert here.ask() == Note(**NOTE)


def test_a_continuation_that_declines_is_a_refusal():
    with world(say.cut(NOTE), say.declines()) as here, pytest.raises(ModelRefused):
        here.ask()


# the world's faults


@pytest.mark.parametrize("breaks", [say.dropped, say.garbled, say.overloaded_midway])
def test_a_broken_answer_is_booked_under_a_name_of_its_own_and_the_next_try_counts(breaks):
    with world(breaks(GOOD, 60), GOOD) as here:
        with pytest.raises(ModelBusy):
            here.ask()
        assert here.shelf.documents == {}
        assert here.ask() == Note(**NOTE)
    failed, good = here.purse.calls
    assert failed.purpose.startswith("GenerateModule#1#patient#0~")
    assert (failed.stop_reason, good.purpose) == ("error", "GenerateModule#1#patient#0")
    assert failed.cost_microdollars > 0
    assert here.purse.committed_microdollars == here.purse.spent_microdollars


@pytest.mark.parametrize(
    ("refused", "error"),
    [
        (say.overloaded(), ModelBusy),
        (say.rate_limited(600), ModelBusy),
        (say.spend_limit(), ModelAccountRefused),
        (say.refuses(401, "authentication_error"), ModelAccountRefused),
        (say.too_long(), QuestionTooLong),
    ],
    ids=["529", "429", "spend limit", "401", "too long"],
)
def test_what_the_provider_refused_cost_nothing(refused, error):
    with world(refused) as here, pytest.raises(error):
        here.ask()
    [call] = here.purse.calls
    assert (call.cost_microdollars, call.stop_reason) == (0, "error")
    assert here.purse.committed_microdollars == 0


def test_a_question_that_was_sent_and_never_answered_stays_reserved():
    with world(say.slow(GOOD, wait_s=5)) as here, pytest.raises(ModelBusy):
        here.ask(question(timeout_s=0.3))
    assert here.purse.calls == ()
    worst = load_prices().worst_case_microdollars(question())
    assert here.purse.committed_microdollars == worst


# asked before


def test_a_stage_that_is_tried_again_is_given_the_answers_it_had():
    with world(GOOD) as here:
        here.ask()
        spent = here.purse.spent_microdollars
        assert here.ask() == Note(**NOTE)
    assert len(here.server.requests) == 1
    assert here.purse.committed_microdollars == spent


def test_a_question_that_changed_is_asked_anew():
    with world(GOOD) as here:
        here.ask()
        here.ask(question(system=(Block("You write short notes."),)))
    assert len(here.server.requests) == 2


def test_a_continued_answer_is_recalled_whole():
    with world(say.cut(NOTE), say.rest_of(NOTE)) as here:
        first = here.ask()
        assert here.ask() == first
    assert len(here.server.requests) == 2


def test_who_died_before_booking_is_booked_by_the_next():
    class Dies(Allowance):
        def settle(self, call, reserved_microdollars):
            raise KeyboardInterrupt

    with world(GOOD) as here:
        dying = Asker(
            ClaudeChat(here.server.key, here.server.url),
            Dies(DOLLAR),
            FolderRecorder("calls", here.shelf),
            load_prices(),
        )
        with pytest.raises(KeyboardInterrupt):
            dying.ask(question())
        here.purse.reserve(question().purpose, load_prices().worst_case_microdollars(question()))
        here.ask()
    assert len(here.server.requests) == 1
    assert here.purse.committed_microdollars == here.purse.spent_microdollars > 0
