"""A model that says what a test tells it to, asked through the real asker, purse and recorder.

In: a brain: from a question to a reply, a text, an answer, or an error to raise. Out: an engine, and the questions it asked.
Callers: the tests beside it. The surprise: `good` answers every role as an engineer who does his work would, so a test says
only what is different.
"""

from __future__ import annotations

import json
import re

from chalicelib.agents import replies
from chalicelib.agents.asking import Asker
from chalicelib.agents.claude import ClaudeEngine
from chalicelib.agents.ports import Answer, Usage
from chalicelib.agents.prices import load_prices
from chalicelib.agents.purses import Allowance
from chalicelib.agents.reading import read_reply
from chalicelib.agents.recordings import BucketRecorder
from chalicelib.generation.ports import Stage
from chalicelib.generation.run import Run
from chalicelib.settings import Settings
from tests.run_fakes import Artifacts
from tests.stepfunctions.lambdas import RUN

SETTINGS = Settings(
    stage="dev",
    artifact_bucket="artifacts",
    run_table="runs",
    opus_model="claude-opus-5-5",
    sonnet_model="claude-sonnet-5-5",
    haiku_model="claude-haiku-5-5",
)


class Scripted:
    """Implements `Chat`."""

    def __init__(self, *brains):
        """Each answers one question, the last one all that follow."""
        self.brains = list(brains)
        self.asked = []

    def ask(self, question, on_text=None):
        self.asked.append(question)
        brain = self.brains.pop(0) if len(self.brains) > 1 else self.brains[0]
        said = brain(question) if callable(brain) else brain
        if isinstance(said, Exception):
            raise said
        if isinstance(said, Answer):
            return said
        return answer(question, said)


def answer(question, said, stop_reason="end_turn"):
    text = said if isinstance(said, str) else said.model_dump_json()
    reply, fault = read_reply(text, question.reply)
    return Answer(
        text=text, reply=reply, fault=fault, stop_reason=stop_reason, usage=Usage(10, 10),
        model=question.model, ms=1,
    )  # fmt: skip


class Desktop:
    """One stage with its engine."""

    def __init__(self, *brains, stage="Orchestrate", module=None, round_=1, budget=10**8, **run):
        self.run = Run(**{**RUN, "engine": "claude", **run})
        self.chat, self.purse, self.told = Scripted(*brains), Allowance(budget), []
        self.artifacts = Artifacts()
        recorder = BucketRecorder(self.run, self.artifacts)
        asker = Asker(self.chat, self.purse, recorder, load_prices())
        stage = Stage(stage, round_, module)
        self.engine = ClaudeEngine(self.run, stage, asker, SETTINGS, self.told.append)

    @property
    def said(self):
        """The newest words of each question."""
        return [question.messages[-1].blocks[-1].text for question in self.chat.asked]


def block(text, name):
    """What stands between the marks of a block."""
    found = re.search(rf'<data-(\w+) name="{name}">\n(.*?)\n</data-\1>', text, re.DOTALL)
    return found[2]


def words(question):
    return "\n".join(
        [
            *(each.text for each in question.system),
            *(each.text for message in question.messages for each in message.blocks),
        ]
    )


def good(question):
    """The reply of somebody who does the work."""
    return {
        replies.Briefings: _briefings,
        replies.PrdAdditions: _additions,
        replies.DesignChoices: _choices,
        replies.WrittenModule: lambda text: replies.WrittenModule(files=(), summary=""),
        replies.Judgement: _judgement,
    }[question.reply](words(question))


def _briefings(text):
    return replies.Briefings(
        modules=[
            {
                "module": each["module"],
                "goal": "Que nada se pierda.",
                "risks": [],
                "in_code": list(each["in_words"]),
                "is_worth_writing": bool(each["in_words"]),
            }
            for each in json.loads(block(text, "plan"))
        ]
    )


def _additions(text):
    ids = [line.split(":")[0] for line in block(text, "requirements").splitlines()]
    is_first = "Write `narrative`" in text
    return replies.PrdAdditions(
        narrative=["Hoy se apunta en papel."] if is_first else [],
        journeys=[],
        acceptance=[{"requirement": id_, "text": "Se ve en la lista."} for id_ in ids],
    )


def _choices(text):
    lines = [] if block(text, "rules") == "(none)" else block(text, "rules").splitlines()
    return replies.DesignChoices(
        entities=[],
        navigation=[],
        rules=[coded(json.loads(line)["requirement"]) for line in lines],
    )


def coded(requirement, name="rule_is_kept", **changes):
    return {
        "requirement": requirement, "how": "coded", "why": "Se puede comprobar.", "test_name": name, "type": None,
        "field": None, "min": None, "max": None, "first": None, "then": None, "resource": None, "start": None,
        "end": None, "when_field": None, "when_one_of": [], **changes,
    }  # fmt: skip


def _judgement(text):
    lines = [json.loads(line) for line in block(text, "requirements").splitlines()]
    return replies.Judgement(verdicts=[verdict(each["id"]) for each in lines], objections=[])


def verdict(requirement, status="met", **changes):
    return {
        "requirement": requirement, "status": status, "file": None, "line": None,
        "evidence": "Su prueba pasó.", **changes,
    }  # fmt: skip
