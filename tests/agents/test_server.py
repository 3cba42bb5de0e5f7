"""The server that plays Claude keeps to what the real one does: strict, and exact about its cache."""

import json
import threading
import urllib.error
import urllib.request

import anthropic
import pytest

from tests.claude_server import scripted as say
from tests.claude_server.caching import PromptCache
from tests.claude_server.server import served

MODEL = "claude-opus-5-5"
GOOD = say.says("Hola.")


def body(**changed):
    return {
        "model": MODEL,
        "max_tokens": 100,
        "messages": [{"role": "user", "content": "Hi"}],
        **changed,
    }


def marked(text):
    return {"type": "text", "text": text, "cache_control": {"type": "ephemeral"}}


def plain(text):
    return {"type": "text", "text": text}


@pytest.fixture
def server():
    with served(lambda asked: GOOD) as running:
        yield running


@pytest.fixture
def client(server):
    with anthropic.Anthropic(api_key=server.key, base_url=server.url, max_retries=0) as client:
        yield client


def test_the_sdk_understands_an_answer_whole_and_streamed(client):
    whole = client.messages.create(**body())
    with client.messages.stream(**body()) as stream:
        streamed = stream.get_final_message()
    assert [each.content[-1].text for each in (whole, streamed)] == ["Hola.", "Hola."]
    assert whole.usage.output_tokens == streamed.usage.output_tokens
    assert [block.type for block in streamed.content] == ["thinking", "text"]


def test_tokens_are_counted_as_they_are_charged(client):
    asked = body(system="s" * 4000)
    counted = client.messages.count_tokens(
        model=MODEL, messages=asked["messages"], system=asked["system"]
    )
    assert counted.input_tokens == client.messages.create(**asked).usage.input_tokens


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"messages": []}, "first message"),
        ({"messages": [{"role": "user", "content": [plain("")]}]}, "non-empty"),
        (
            {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]},
            "prefill",
        ),
        ({"system": [marked(str(number)) for number in range(5)]}, "maximum of 4"),
        ({"temperature": 0.1}, "temperature"),
        ({"tool_choice": {"type": "any"}}, "forced tool use"),
        ({"thinking": {"type": "disabled"}}, "disabled"),
        ({"output_config": {"effort": "extreme"}}, "effort"),
        (
            {"output_config": {"format": {"type": "json_schema", "schema": {"type": "object"}}}},
            "additionalProperties",
        ),
        ({"max_tokens": 0}, "max_tokens"),
    ],
    ids=[
        "none",
        "empty",
        "prefill",
        "breakpoints",
        "sampling",
        "forced",
        "thinking",
        "effort",
        "open",
        "no room",
    ],
)
def test_what_the_real_one_refuses_is_refused(server, changed, told):
    request = urllib.request.Request(
        f"{server.url}/v1/messages",
        json.dumps(body(**changed)).encode(),
        {"x-api-key": server.key, "anthropic-version": "2026-10-21"},
    )
    with pytest.raises(urllib.error.HTTPError) as raised:
        urllib.request.urlopen(request)
    with raised.value as refused:
        assert refused.code == 400
        assert told in json.load(refused)["error"]["message"]


def test_a_refusal_has_the_sdks_own_class(server):
    server.brain = lambda asked: say.spend_limit()
    with (
        anthropic.Anthropic(api_key=server.key, base_url=server.url, max_retries=0) as client,
        pytest.raises(anthropic.RateLimitError) as raised,
    ):
        client.messages.create(**body())
    assert raised.value.error_code == "enforced_spend_limit_reached"
    assert raised.value.request_id == "req_0001"


def test_an_answer_ends_where_the_window_does():
    with (
        served(lambda asked: say.says("word " * 500), window_tokens=150) as server,
        anthropic.Anthropic(api_key=server.key, base_url=server.url) as client,
    ):
        answer = client.messages.create(**body(max_tokens=400))
    assert answer.stop_reason == "model_context_window_exceeded"
    with (
        served(lambda asked: GOOD, window_tokens=10) as server,
        anthropic.Anthropic(api_key=server.key, base_url=server.url) as client,
        pytest.raises(anthropic.BadRequestError, match="prompt is too long"),
    ):
        client.messages.create(**body(system="s" * 400))


# the cache


LONG = "p" * 4 * 2000
SHORT = "p" * 4 * 1000


def count(cache, *blocks, begins=True, key="", **changed):
    counted = cache.count(body(system=list(blocks), **changed), key)
    if begins:
        cache.began(counted)
    return counted.cache_read, counted.cache_write


def test_a_prefix_is_written_once_and_read_from_then_on():
    cache = PromptCache()
    assert count(cache, marked(LONG)) == (0, 2000)
    assert count(cache, marked(LONG)) == (2000, 0)


def test_a_prefix_under_the_minimum_is_never_kept():
    cache = PromptCache()
    assert count(cache, marked(SHORT)) == count(cache, marked(SHORT)) == (0, 0)


def test_a_prefix_that_is_not_marked_is_never_kept():
    cache = PromptCache()
    assert count(cache, plain(LONG)) == count(cache, plain(LONG)) == (0, 0)


def test_one_byte_more_is_another_prefix():
    cache = PromptCache()
    count(cache, marked(LONG))
    assert count(cache, marked(LONG[:-1] + "q"))[0] == 0


def test_what_follows_the_mark_may_differ():
    cache = PromptCache()
    count(cache, marked(LONG), plain("one"))
    assert count(cache, marked(LONG), plain("two")) == (2000, 0)


def test_an_entry_can_be_read_only_once_its_answer_began():
    cache = PromptCache()
    assert count(cache, marked(LONG), begins=False) == (0, 2000)
    assert count(cache, marked(LONG)) == (0, 2000)


def test_the_longest_known_prefix_is_read_and_the_rest_written():
    cache = PromptCache()
    count(cache, marked(LONG))
    assert count(cache, marked(LONG), marked("more" * 500)) == (2000, 500)
    assert count(cache, marked(LONG), marked("more" * 500)) == (2500, 0)


def test_a_longer_prefix_is_found_by_its_beginning_within_twenty_blocks():
    cache = PromptCache()
    count(cache, marked(LONG))
    near = [plain(str(number)) for number in range(15)]
    assert count(cache, plain(LONG), *near, marked("end"))[0] == 2000
    cache = PromptCache()
    count(cache, marked(LONG))
    far = [plain(str(number)) for number in range(25)]
    assert count(cache, plain(LONG), *far, marked("end"))[0] == 0


def test_the_model_the_shape_and_the_account_each_have_entries_of_their_own():
    cache = PromptCache()
    shape = {"output_config": {"format": {"type": "json_schema", "schema": {"title": "A"}}}}
    count(cache, marked(LONG))
    assert count(cache, marked(LONG), model="claude-sonnet-5-5")[0] == 0
    assert count(cache, marked(LONG), **shape)[0] == 0
    assert count(cache, marked(LONG), key="another")[0] == 0


def test_an_entry_lives_five_minutes_from_its_last_use():
    now = [0.0]
    cache = PromptCache(lambda: now[0])
    count(cache, marked(LONG))
    for later in (200, 400):
        now[0] = later
        assert count(cache, marked(LONG))[0] == 2000
    now[0] = 701
    assert count(cache, marked(LONG))[0] == 0


def test_calls_that_start_together_all_write(server):
    server.brain = lambda asked: say.slow(GOOD, wait_s=0.3)
    asked = body(system=[marked(LONG)])

    def ask():
        with anthropic.Anthropic(api_key=server.key, base_url=server.url) as client:
            client.messages.create(**asked)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [each.counted.cache_write for each in server.answered] == [2000] * 3
    ask()
    assert server.cached_share(skip=3) > 0.9
