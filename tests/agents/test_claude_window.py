"""Every way an answer can end or fail, through the official SDK against the server that speaks its protocol."""

import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise

import pytest

from chalicelib.adapters import claude_patience
from chalicelib.adapters.claude import ClaudeChat
from chalicelib.agents.ports import Block, Message
from chalicelib.errors import ModelAccountRefused, ModelBusy, QuestionTooLong
from tests.claude_server import scripted as say
from tests.claude_server.questions import NOTE, Note, question
from tests.claude_server.server import served

GOOD = say.says(json=NOTE)


@contextmanager
def asking(*script, **more):
    """`script`: what is said to one request after the other; the last of them from then on."""

    def brain(asked):
        return script[min(asked.number, len(script)) - 1]

    with served(brain, **more) as server:
        yield server, ClaudeChat(server.key, server.url)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """The SDK's own pauses between tries, a hundred times shorter; their number and order stay."""
    import anthropic._base_client as sdk

    monkeypatch.setattr(sdk, "INITIAL_RETRY_DELAY", 0.005)


# answers


def test_an_answer_comes_in_the_shape_that_was_asked_for_with_what_it_cost():
    with asking(GOOD) as (_, chat):
        answer = chat.ask(question())
    assert answer.reply == Note(**NOTE)
    assert (answer.stop_reason, answer.fault) == ("end_turn", "")
    assert answer.usage.input_tokens > 0
    assert answer.usage.output_tokens == 1 + len("Let me think.") // 4 + 1 + -(
        -len(answer.text.encode()) // 4
    )


def test_the_text_is_told_while_it_grows():
    told = []
    with asking(GOOD) as (_, chat):
        answer = chat.ask(question(), told.append)
    assert len(told) > 5
    assert all(later.startswith(earlier) for earlier, later in pairwise(told))
    assert told[-1] == answer.text


def test_the_shape_the_effort_and_the_limits_are_asked_for_and_nothing_else():
    with asking(GOOD) as (server, chat):
        chat.ask(question(effort="high"))
    body = server.bodies[0]
    assert set(body) == {"model", "max_tokens", "messages", "system", "output_config", "stream"}
    assert body["output_config"]["effort"] == "high"
    assert body["output_config"]["format"]["schema"]["title"] == "Note"
    assert body["max_tokens"] == 1000


def test_a_role_without_an_effort_says_none():
    with asking(GOOD) as (server, chat):
        chat.ask(question(effort=""))
    assert "effort" not in server.bodies[0]["output_config"]


def test_marked_blocks_are_marked_and_empty_ones_left_out():
    with asking(GOOD) as (server, chat):
        chat.ask(question(system=(Block("one", is_cached=True), Block(""), Block("two"))))
    assert server.bodies[0]["system"] == [
        {"type": "text", "text": "one", "cache_control": {"type": "ephemeral"}},
        {"type": "text", "text": "two"},
    ]


def test_the_rest_of_an_answer_is_asked_for_without_a_shape():
    so_far = '{"title": "Cl'
    rest = question(text_so_far=so_far)
    rest = replace(
        rest,
        messages=(
            *rest.messages,
            Message("assistant", (Block(so_far),)),
            Message("user", (Block("Go on."),)),
        ),
    )
    with asking(say.says('ínica", "lines": []}')) as (server, chat):
        answer = chat.ask(rest)
    assert "format" not in server.bodies[0]["output_config"]
    assert (answer.text, answer.reply) == ('ínica", "lines": []}', None)


def test_what_is_cached_is_counted_as_such():
    long = question(system=(Block("word " * 2000, is_cached=True),))
    with asking(GOOD) as (_, chat):
        first, second = chat.ask(long), chat.ask(long)
    assert first.usage.cache_write_tokens > 2000
    assert second.usage.cache_read_tokens == first.usage.cache_write_tokens
    assert second.usage.cache_write_tokens == first.usage.cache_read_tokens == 0


@pytest.mark.parametrize(
    "reason",
    [
        "max_tokens",
        "refusal",
        "model_context_window_exceeded",
        "pause_turn",
        "stop_sequence",
        "tool_use",
    ],
)
def test_every_stop_reason_arrives_with_its_text_and_its_cost(reason):
    with asking(replace(GOOD, stop_reason=reason)) as (_, chat):
        answer = chat.ask(question())
    assert answer.stop_reason == reason
    assert answer.text == GOOD.text
    assert answer.usage.output_tokens > 20


def test_a_reason_nobody_knows_is_unknown():
    with asking(replace(GOOD, stop_reason="tired")) as (_, chat):
        assert chat.ask(question()).stop_reason == "unknown"


def test_a_reply_longer_than_allowed_is_cut_and_still_says_what_it_cost():
    with asking(GOOD) as (_, chat):
        answer = chat.ask(question(output_tokens_max=50))
    assert (answer.stop_reason, answer.reply) == ("max_tokens", None)
    assert answer.text == GOOD.text[: len(answer.text)]
    assert answer.usage.output_tokens == 50


@pytest.mark.parametrize(
    ("told", "fault"),
    [
        (say.malformed(NOTE), "JSON"),
        (say.says(json={"title": "x"}), "lines: Field required"),
        (say.says(json={"title": "x", "lines": [], "more": 1}), "more: Extra inputs"),
        (say.says(""), "empty"),
        (say.says("I'd rather not."), "JSON"),
        (say.malformed_tool_input(), "JSON"),
    ],
    ids=["malformed", "incomplete", "more", "empty", "prose", "tool input"],
)
def test_what_can_not_be_read_is_an_answer_that_says_why(told, fault):
    with asking(told) as (_, chat):
        answer = chat.ask(question())
    assert answer.reply is None
    assert fault in answer.fault
    assert answer.usage.output_tokens > 0


def test_fences_and_prose_around_a_reply_are_taken_off():
    with asking(say.fenced(NOTE)) as (_, chat):
        assert chat.ask(question()).reply == Note(**NOTE)


def test_a_reply_that_comes_as_the_input_of_a_tool_is_read():
    with asking(replace(GOOD, as_tool=True, stop_reason="tool_use")) as (_, chat):
        assert chat.ask(question()).reply == Note(**NOTE)


# streams that break


@pytest.mark.parametrize("abruptly", [False, True], ids=["quietly", "with a reset"])
def test_a_dropped_stream_is_an_answer_that_stopped_for_no_reason_and_was_paid_for(abruptly):
    with asking(say.dropped(GOOD, 60, abruptly=abruptly)) as (server, chat):
        answer = chat.ask(question())
    assert (answer.stop_reason, answer.reply) == ("none", None)
    assert answer.fault
    assert answer.usage.input_tokens > 0
    assert answer.usage.output_tokens >= len(answer.text) / 4
    assert len(server.requests) == 1


@pytest.mark.parametrize("breaks", [say.garbled, say.overloaded_midway])
def test_a_stream_that_goes_wrong_is_not_taken_for_an_answer(breaks):
    with asking(breaks(GOOD, 60)) as (_, chat):
        answer = chat.ask(question())
    assert (answer.stop_reason, answer.reply) == ("none", None)
    assert answer.fault.startswith("The stream broke off")


def test_a_whole_text_without_its_end_is_not_taken_for_an_answer():
    with asking(say.dropped(GOOD, len(GOOD.text))) as (_, chat):
        answer = chat.ask(question())
    assert (answer.stop_reason, answer.reply) == ("none", None)


def test_a_stream_that_drips_ends_at_the_deadline_although_there_are_pings():
    with asking(say.slow(GOOD, pause_s=0.1)) as (_, chat):
        started = time.monotonic()
        answer = chat.ask(question(timeout_s=0.5))
        took = time.monotonic() - started
    assert answer.stop_reason == "none"
    assert answer.usage.input_tokens > 0
    assert 0.4 < took < 1.5


def test_silence_ends_it_before_the_deadline(monkeypatch):
    monkeypatch.setattr(claude_patience, "SILENCE_S", 0.2)
    with asking(say.slow(GOOD, wait_s=5)) as (server, chat), pytest.raises(ModelBusy) as raised:
        chat.ask(question())
    assert raised.value.facts["was_sent"]
    assert len(server.requests) == 1


# refusals of the provider


@pytest.mark.parametrize(
    "refused",
    [
        say.rate_limited(),
        say.rate_limited(0.01),
        say.overloaded(),
        say.broken(500),
        say.broken(503),
        say.refuses(408, "timeout_error"),
    ],
    ids=["429", "429 with retry-after", "529", "500", "503", "408"],
)
def test_the_sdk_tries_again_what_may_pass_and_gets_its_answer(refused):
    with asking(refused, refused, GOOD) as (server, chat):
        answer = chat.ask(question())
    assert answer.reply == Note(**NOTE)
    assert [asked.is_retry for asked in server.requests] == [False, True, True]


@pytest.mark.parametrize(
    "refused",
    [say.rate_limited(), say.overloaded(), say.broken(500), say.broken(504)],
    ids=["429", "529", "500", "504"],
)
def test_what_does_not_pass_after_two_more_tries_is_the_worlds_turn_and_cost_nothing(refused):
    with asking(refused) as (server, chat), pytest.raises(ModelBusy) as raised:
        chat.ask(question())
    assert len(server.requests) == 3
    assert not raised.value.facts.get("was_sent")


def test_retry_after_is_waited_for():
    with asking(say.rate_limited(0.3), GOOD) as (_, chat):
        started = time.monotonic()
        chat.ask(question())
    assert time.monotonic() - started >= 0.3


@pytest.mark.parametrize("after", [3600, "Wed, 21 Oct 2099 07:28:00 GMT"], ids=["seconds", "date"])
def test_a_retry_after_beyond_the_deadline_is_not_waited_for(after):
    with asking(say.rate_limited(after)) as (server, chat):
        started = time.monotonic()
        with pytest.raises(ModelBusy, match="asks us to wait"):
            chat.ask(question())
    assert time.monotonic() - started < 2
    assert len(server.requests) == 1


@pytest.mark.parametrize("after", ["inf", "1e400", "nan", "Mon, 01 Jan 99999 00:00:00 GMT"])
def test_a_retry_after_that_means_nothing_is_still_the_worlds_turn(after):
    with asking(say.rate_limited(after)) as (_, chat), pytest.raises(ModelBusy):
        chat.ask(question())


def test_half_a_character_is_no_reason_to_fail():
    with asking(say.says('{"text": "a\ud83d"}')) as (_, chat):
        answer = chat.ask(question())
    assert answer.text == '{"text": "a\N{REPLACEMENT CHARACTER}"}'


@pytest.mark.parametrize("status", [429, 400], ids=str)
def test_a_spend_limit_is_never_tried_again(status):
    told = r"spend limit.*request req_0001"
    with (
        asking(say.spend_limit(status)) as (server, chat),
        pytest.raises(ModelAccountRefused, match=told),
    ):
        chat.ask(question())
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "invalid_request_error"),
        (401, "authentication_error"),
        (402, "billing_error"),
        (403, "permission_error"),
        (404, "not_found_error"),
    ],
    ids=str,
)
def test_a_refused_account_is_an_operators_turn(status, kind):
    with (
        asking(say.refuses(status, kind, "Something about us.")) as (server, chat),
        pytest.raises(ModelAccountRefused, match=f"{status} {kind}") as raised,
    ):
        chat.ask(question())
    assert len(server.requests) == 1
    assert "about us" not in str(raised.value)


@pytest.mark.parametrize(
    "refused", [say.too_long(), say.refuses(413, "request_too_large")], ids=["400", "413"]
)
def test_a_question_beyond_the_window_is_too_long(refused):
    with asking(refused) as (_, chat), pytest.raises(QuestionTooLong):
        chat.ask(question())


def test_a_wrong_key_and_an_unknown_model_are_refused():
    with served(lambda asked: GOOD) as server:
        with pytest.raises(ModelAccountRefused, match="401"):
            ClaudeChat("another", server.url).ask(question())
        with pytest.raises(ModelAccountRefused, match="404"):
            ClaudeChat(server.key, server.url).ask(question(model="claude-2"))


def test_where_nobody_listens_it_is_the_worlds_turn_and_cost_nothing():
    with served(lambda asked: GOOD) as server:
        address = server.url
    with pytest.raises(ModelBusy) as raised:
        ClaudeChat("key", address).ask(question())
    assert raised.value.facts["was_sent"] is False


def test_a_redirect_is_not_followed_with_the_key():
    with served(lambda asked: GOOD) as other:
        moved = say.refuses(307, "moved", location=f"{other.url}/v1/messages")
        with asking(moved) as (_, chat), pytest.raises(ModelAccountRefused):
            chat.ask(question())
        assert other.requests == []


def test_nothing_of_the_environment_is_sent_along(monkeypatch):
    monkeypatch.setenv("ANTHROPIC_API_KEY", "somebody-elses")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:1")
    with asking(GOOD) as (server, chat):
        chat.ask(question())
    assert server.requests[0].headers["authorization"] == f"Bearer {server.key}"


def test_what_the_listener_raises_is_its_own():
    class Stop(Exception):
        pass

    def stop(_):
        raise Stop

    with asking(GOOD) as (_, chat), pytest.raises(Stop):
        chat.ask(question(), stop)


def test_eight_questions_at_once_go_through_one_window():
    with asking(say.slow(GOOD, wait_s=0.3)) as (server, chat):
        threads = [threading.Thread(target=chat.ask, args=(question(),)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert server.at_once_max == 8


def test_the_sdks_own_parser_would_lose_what_a_cut_answer_cost():
    """Why the window reads the events itself. When this fails, think again."""
    import anthropic
    import pydantic

    with served(lambda asked: GOOD) as server:
        client = anthropic.Anthropic(api_key=server.key, base_url=server.url)
        with client.messages.stream(
            model="claude-sonnet-5-5",
            max_tokens=50,
            messages=[{"role": "user", "content": "Write one."}],
            output_format=Note,
        ) as stream:
            with pytest.raises(pydantic.ValidationError):
                stream.until_done()
            assert stream.current_message_snapshot.stop_reason is None
            assert stream.current_message_snapshot.usage.output_tokens == 1
        client.close()
