"""The cached prefix: the same bytes for every writer of an app, most of what each of them reads, warmed by one call."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml

from chalicelib.adapters.claude import ClaudeChat
from chalicelib.agents import codegen, prefix
from chalicelib.agents.asking import Asker
from chalicelib.agents.claude import ClaudeEngine
from chalicelib.agents.prices import load_prices
from chalicelib.agents.purses import Allowance
from chalicelib.agents.recordings import BucketRecorder
from chalicelib.generation import scaffold
from chalicelib.generation.briefing import Brief, brief
from chalicelib.generation.plan import ModuleBrief, plan
from chalicelib.generation.ports import Stage
from chalicelib.generation.prd import prd
from chalicelib.generation.run import Run
from chalicelib.mvs.reading import read_mvs
from tests.agents.business import BASELINE, DESIGN, written
from tests.agents.scripted import SETTINGS, Desktop, words
from tests.claude_server.scripted import says
from tests.claude_server.server import served
from tests.run_fakes import Artifacts
from tests.stepfunctions.lambdas import RUN

EXAMPLES = sorted(Path("examples").glob("*.yaml"))
NOTHING = {"files": [], "summary": ""}


class App:
    """An example with a writer for every module."""

    def __init__(self, path):
        mvs = read_mvs(yaml.safe_load(path.read_text()))
        planned = plan(mvs)
        risk = "A row that is saved again must not count itself, and an empty date is no date."
        briefs = [
            ModuleBrief(module=each.name, goal="People rely on it." * 5, risks=(risk,) * 4)
            for each in planned.modules
        ]
        self.plan = planned.model_copy(update={"briefs": tuple(briefs)})
        self.prd = prd(mvs, self.plan)
        from chalicelib.generation.design import design

        self.design = design(mvs, self.plan)

    def write(self, engine, module):
        told = brief(self.plan, self.prd, module.name, {})
        base = scaffold.module_files(self.design, module)
        return engine.write_module(self.design, module.name, base, (), told)


APPS = {path.stem: App(path) for path in EXAMPLES}


def questions(app):
    for module in app.design.modules:
        prefix._contract.cache_clear()
        desk = Desktop(codegen.WrittenModule(**NOTHING), stage="GenerateModule", module=module.name)
        app.write(desk.engine, module)
        yield desk.chat.asked[0]


@pytest.mark.parametrize("name", APPS)
def test_every_writer_of_an_app_reads_the_same_bytes_first(name):
    asked = list(questions(APPS[name]))
    systems = {tuple(block.text.encode() for block in question.system) for question in asked}
    assert len(systems) == 1
    assert len(asked) == len(APPS[name].design.modules)
    assert all(block.is_cached for question in asked for block in question.system)


@pytest.mark.parametrize("name", APPS)
def test_most_of_what_a_writer_reads_is_that_prefix(name):
    for question in questions(APPS[name]):
        whole = len(words(question).encode())
        assert sum(len(block.text.encode()) for block in question.system) / whole >= 0.8


def test_what_warms_the_prefix_is_asked_for_in_the_same_words_shape_and_model():
    app = APPS["clinica-dental"]
    desk = Desktop(codegen.WrittenModule(**NOTHING), stage="Converge")
    desk.engine.prepare(app.design, app.plan)
    warm, writer = desk.chat.asked[0], next(questions(app))
    assert (warm.system, warm.reply, warm.model, warm.effort) == (
        writer.system,
        writer.reply,
        writer.model,
        writer.effort,
    )


def test_one_writer_alone_needs_no_warming():
    desk = Desktop(written(), stage="Converge")
    desk.engine.prepare(DESIGN, APPS["clinica-dental"].plan.model_copy(update={"briefs": ()}))
    assert desk.chat.asked == []


def test_apps_of_one_language_share_the_first_block():
    spanish = [app for app in APPS.values() if app.design.language == "es"]
    assert len({prefix.prefix(app.design)[0] for app in spanish}) == 1
    assert prefix.prefix(spanish[0].design)[1] != prefix.prefix(spanish[1].design)[1]


def test_the_prefix_holds_the_contract_the_design_and_all_models():
    text = "\n".join(block.text for block in prefix.prefix(DESIGN))
    assert "What the business layer builds on" in text
    assert "one_visit_a_day" in text
    for model in ("class Visit(TenantModel)", "class Patient(TenantModel)"):
        assert model in text
    assert "RULES = [" not in text.split('name="models"')[1]


def run_all(app, server, *, is_warmed):
    """Every module at once, as the state machine does, each with a process of its own."""
    run = Run(**{**RUN, "engine": "claude"})
    artifacts, purse = Artifacts(), Allowance(10**9)

    def engine(stage):
        chat = ClaudeChat(server.key, server.url)
        asker = Asker(chat, purse, BucketRecorder(run, artifacts), load_prices())
        return ClaudeEngine(run, stage, asker, SETTINGS)

    if is_warmed:
        engine(Stage("Converge")).prepare(app.design, app.plan)
    with ThreadPoolExecutor(len(app.design.modules)) as pool:
        list(
            pool.map(
                lambda each: app.write(engine(Stage("GenerateModule", 1, each.name)), each),
                app.design.modules,
            )
        )
    return [call.usage for call in purse.calls]


def cached_share(used):
    read = sum(each.cache_read_tokens for each in used)
    return read / sum(
        each.input_tokens + each.cache_write_tokens + each.cache_read_tokens for each in used
    )


@pytest.mark.parametrize("name", APPS)
def test_after_one_call_four_fifths_of_all_input_is_read_from_the_cache(name):
    with served(lambda asked: says(json=NOTHING)) as server:
        used = run_all(APPS[name], server, is_warmed=True)
    assert len(used) == 1 + len(APPS[name].design.modules)
    assert cached_share(used[1:]) >= 0.8
    assert min(cached_share([each]) for each in used[1:]) >= 0.8


def test_without_warming_writers_that_start_together_all_pay_in_full():
    app = APPS["clinica-dental"]
    all_have_asked = threading.Barrier(len(app.design.modules), timeout=60)

    def brain(asked):
        all_have_asked.wait()
        return says(json=NOTHING, wait_s=0.5)

    with served(brain) as server:
        used = run_all(app, server, is_warmed=False)
    assert cached_share(used[1:]) < 0.5


def test_a_mend_reads_the_prefix_and_the_task_from_the_cache():
    asked_for = []

    def brain(asked):
        asked_for.append(asked)
        faulty = written(files={"business/visit/rules.py": "import os\n"})
        return says((faulty if len(asked_for) == 1 else written()).model_dump_json())

    run, purse = Run(**{**RUN, "engine": "claude"}), Allowance(10**9)
    with served(brain) as server:
        chat = ClaudeChat(server.key, server.url)
        asker = Asker(chat, purse, BucketRecorder(run, Artifacts()), load_prices())
        engine = ClaudeEngine(run, Stage("GenerateModule", 1, "visit"), asker, SETTINGS)
        files = engine.write_module(DESIGN, "visit", BASELINE, (), Brief())
    assert files["business/visit/rules.py"] != BASELINE["business/visit/rules.py"]
    assert cached_share([purse.calls[1].usage]) >= 0.8
    assert json.dumps(asked_for[0].body["system"]) == json.dumps(asked_for[1].body["system"])
