"""What is kept of a call, and how it is said again."""

import json

import pytest

from chalicelib.adapters.claude import ClaudeChat
from chalicelib.agents.asking import Asker
from chalicelib.agents.ports import Block, Message
from chalicelib.agents.prices import load_prices
from chalicelib.agents.purses import Allowance
from chalicelib.agents.recordings import BucketRecorder, FolderRecorder, Replay, digest
from chalicelib.errors import Conflict, NotFound
from chalicelib.generation.run import Run
from tests.claude_server import scripted as say
from tests.claude_server.questions import NOTE, Note, Shelf, question
from tests.claude_server.server import served

RUN = Run(
    generation_id="00000000-0000-4000-8000-000000000001",
    tenant_id="00000000-0000-4000-8000-000000000002",
    app_id="00000000-0000-4000-8000-000000000003",
    app_number=1,
    slug="clinic",
    version=1,
    locale="es",
    engine="claude",
)


def asker(chat, shelf):
    return Asker(chat, Allowance(1_000_000), FolderRecorder("calls", shelf), load_prices())


@pytest.fixture
def recorded():
    """A shelf with a call that was cut and continued."""
    script = [say.cut(NOTE), say.rest_of(NOTE)]
    shelf = Shelf()
    with served(lambda asked: script[asked.number - 1]) as server:
        asker(ClaudeChat(server.key, server.url), shelf).ask(question())
    return shelf


def test_a_recording_keeps_the_answer_and_of_the_question_its_digest(recorded):
    kept = json.loads(recorded.documents["calls/GenerateModule-1-patient-0.json"])
    assert kept["question_sha256"] == digest(question())
    assert kept["stop_reason"] == "max_tokens"
    assert kept["usage"]["output_tokens"] > 0
    assert "You write notes" not in json.dumps(kept)


def test_a_recorded_run_is_said_again_without_anybody_to_ask(recorded):
    again = Shelf()
    replay = Replay(recorded.documents.values())
    assert asker(replay, again).ask(question()) == Note(**NOTE)
    assert again.documents == recorded.documents


def test_the_whole_text_is_told_at_once(recorded):
    told = []
    asker(Replay(recorded.documents.values()), Shelf()).ask(question(), told.append)
    assert json.loads(told[-1]) == NOTE


@pytest.mark.parametrize(
    "changed",
    [
        {"system": (Block("You write notes. "),)},
        {"messages": (Message("user", (Block("Write two."),)),)},
        {"messages": (Message("assistant", (Block("Write one."),)),)},
        {"text_so_far": "{"},
    ],
    ids=["system", "messages", "speaker", "so far"],
)
def test_another_question_than_the_recorded_one_is_refused(recorded, changed):
    with pytest.raises(Conflict, match="Record the run anew"):
        Replay(recorded.documents.values()).ask(question(**changed))


@pytest.mark.parametrize(
    "changed", [{"model": "claude-opus-5-5"}, {"effort": "low"}, {"output_tokens_max": 9}], ids=str
)
def test_who_was_asked_and_how_is_no_part_of_the_question(recorded, changed):
    assert Replay(recorded.documents.values()).ask(question(**changed)).stop_reason == "max_tokens"


def test_what_was_never_asked_is_not_made_up(recorded):
    with pytest.raises(NotFound, match="GenerateModule#2"):
        Replay(recorded.documents.values()).ask(question(purpose="GenerateModule#2#patient#0"))


def test_a_runs_answers_lie_beside_its_documents():
    shelf = Shelf()
    with served(lambda asked: say.says(json=NOTE)) as server:
        answer = ClaudeChat(server.key, server.url).ask(question())
    BucketRecorder(RUN, shelf).keep(question(), answer)
    [key] = shelf.documents
    assert key == (
        f"generations/{RUN.tenant_id}/{RUN.generation_id}/calls/GenerateModule-1-patient-0.json"
    )
    assert BucketRecorder(RUN, shelf).recall(question()) == answer
