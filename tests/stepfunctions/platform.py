"""The whole platform with nothing outside: real Lambdas' code, the real definition, everything else in memory.

In: an MVS, an engine, what the container host finds. Out: `Platform`, whose parts a test looks at. Callers: the tests beside it.
The surprise: S3 delivers every event twice here, and from another thread, as it may any day.
"""

from __future__ import annotations

import json
import re
import threading
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote_plus
from uuid import uuid4

import yaml

from chalicelib import events, tasks
from chalicelib.adapters.step_functions import StepFunctions
from chalicelib.agents.offline import Offline
from chalicelib.checks.report import MANDATORY, POSITIVE_FACTS
from chalicelib.deployment.ports import Answer
from chalicelib.generation import keys, lifecycle, scaffold
from chalicelib.generation.records import run_identity
from chalicelib.generation.run import Run
from chalicelib.generation.source_tree import SourceTree
from chalicelib.settings import Settings
from tests.deployment.fakes import World, push_base
from tests.fakes import Apps, Generations
from tests.run_fakes import Artifacts, Runs
from tests.stepfunctions.lambdas import TASKS

CLINIC = yaml.safe_load(Path("examples/clinica-dental.yaml").read_text())


def entity(key, label, plural, *fields):
    title = {"key": "title", "label": "Título", "type": "text", "required": True}
    return {
        "key": key,
        "label": label,
        "plural": plural,
        "title": "title",
        "fields": [title, *fields],
        "permissions": {"clerk": ["view", "create"]},
    }


def office(*entities):
    return {
        "fragua": 1,
        "name": "Consulta",
        "locales": ["es"],
        "industry": "office",
        "summary": "La consulta de un pueblo.",
        "problem": "Se pierden los papeles.",
        "roles": [{"key": "clerk", "label": "Oficinista"}],
        "entities": list(entities),
    }


PATIENT = entity("patient", "Paciente", "Pacientes")
VISIT = entity(
    "visit",
    "Visita",
    "Visitas",
    {"key": "patient", "label": "Paciente", "type": "reference", "to": "patient"},
)
SMALL = office(PATIENT, VISIT)
TINY = office(PATIENT)
SETTINGS = Settings(
    stage="dev",
    artifact_bucket="artifacts",
    run_table="runs",
    state_machine_arn="arn:aws:states:eu-west-1:123456789012:stateMachine:generate_app",
    base_image_tag="base-1",
    healthy_within_s=1,
)


def snake(name):
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


class Platform:
    def __init__(self, *, model=None, findings=None, mvs=SMALL):
        self.world = World()
        push_base(self.world.registry)
        self.world.effects.clear()
        self.apps = Apps()
        self.generations = Generations(self.apps)
        self.artifacts = Artifacts(self._s3_event)
        self.runs = Runs()
        self.host = Host(self, findings or (lambda tree, round_: []))
        self.threads, self.crashes, self._turn = [], [], threading.Lock()
        self.tenant = uuid4()
        app = self.apps.create(self.tenant, name="Clínica", locale="es", mvs=mvs, by="test")
        started = self.generations.start(
            self.tenant,
            app.id,
            engine="offline",
            idempotency_key="one",
            request_sha256="0",
            by="test",
        )
        self.generation_id = started.generation.id
        self.run = Run(**run_identity(app, started.generation))
        self.artifacts.write(
            keys.document(self.run, "mvs.json"), json.dumps(mvs, default=str).encode()
        )
        self.wires = SimpleNamespace(
            settings=SETTINGS,
            artifacts=self.artifacts,
            runs=self.runs,
            model_for=lambda run, stage: model or Offline(),
            scaffold=scaffold,
            generations=self.generations,
            app_databases=self.world.databases,
            image_registry=self.world.registry,
            containers=self.host,
            routes=self.world.routes,
            secrets=self.world.secrets,
            app_probe=SimpleNamespace(ask=lambda url: Answer(200, self.run.generation_id)),
        )

    @property
    def lambdas(self):
        return {name: self._lambda(name) for name in (*TASKS, "CleanUp")}

    def _lambda(self, name):
        def answer(event):
            # A Lambda has its process to itself; `ast.parse` of Python 3.11 breaks when threads share one.
            with self._turn:
                self._speak_to_the_machine()
                return getattr(tasks, snake(name))(event, self.wires)

        return answer

    def _speak_to_the_machine(self):
        """Made inside the interpreter's fixture, so that it is the interpreter."""
        if not hasattr(self.wires, "machine"):
            self.wires.machine = StepFunctions(SETTINGS)

    @property
    def row(self):
        return self.generations.read(self.tenant, self.generation_id)

    def cancel(self):
        lifecycle.cancel(
            self.tenant, self.generation_id, by="test", generations=self.generations, runs=self.runs
        )

    def document(self, name):
        return self.artifacts.json(keys.document(self.run, name))

    def stages_told(self, status):
        return [each["stage"] for each in self.runs.told if each["status"] == status]

    def settled(self):
        for thread in self.threads:
            thread.join(10)
        assert self.crashes == []

    def put_by_task(self, key, content):
        """Not an effect of a Lambda: it happens whatever becomes of them."""
        self.artifacts.objects[key] = content
        self._s3_event(key)

    def _s3_event(self, key):
        record = {"s3": {"object": {"key": quote_plus(key, safe="/")}}}
        thread = threading.Timer(0.02, self._deliver, args=({"Records": [record, record]},))
        self.threads.append(thread)
        thread.start()

    def _deliver(self, event):
        try:
            with self._turn:
                events.process_artifact(event, self.wires)
                events.process_artifact(event, self.wires)
        except Exception as error:
            self.crashes.append(error)


class Host:
    """A container host: every one-off task ends at once with a report. `findings(tree, round)` is what checks find."""

    def __init__(self, platform, findings):
        self._platform, self._findings = platform, findings
        self._containers = platform.world.containers
        self.spoil = lambda report: report

    def __getattr__(self, name):
        return getattr(self._containers, name)

    def start_task(self, definition_arn, started_by):
        """The task runs, even when whoever started it died before hearing so."""
        try:
            return self._containers.start_task(definition_arn, started_by)
        finally:
            self._run(definition_arn)

    def _run(self, definition_arn):
        definition = self._containers.definitions[definition_arn]["containerDefinitions"][0]
        environment = {pair["name"]: pair["value"] for pair in definition["environment"]}
        kind = {"selfcheck.run": "checks", "migrate_app": "migrate"}.get(
            definition["command"][-1], definition["command"][-1]
        )
        report = self.spoil(self._report(kind, environment))
        if report is not None:
            key = environment["REPORT_URL"].removeprefix("memory://")
            self._platform.put_by_task(key, json.dumps(report).encode())

    def _report(self, kind, environment):
        round_ = int(environment["ROUND"])
        checks = self._checks(round_) if kind == "checks" else []
        return {
            "version": 1,
            "kind": kind,
            "nonce": environment["REPORT_NONCE"],
            "generation_id": environment["GENERATION_ID"],
            "round": round_,
            "started_at": datetime.now(UTC).isoformat(),
            "ms": 0,
            "passed": all(check["passed"] for check in checks),
            "checks": checks,
        }

    def _checks(self, round_):
        platform = self._platform
        tree = SourceTree.from_zip(platform.artifacts.objects[keys.bundle(platform.run, round_)])
        trace = platform.document("trace.json")
        ran = sorted({test for each in trace["requirements"] for test in each["tests"]})
        found = self._findings(tree, round_)
        checks = []
        for name in sorted(MANDATORY["checks"]):
            facts = dict.fromkeys(POSITIVE_FACTS.get(name, ()), 1)
            if name == "app.tests":
                facts["ran"] = ran
            mine = [each for check, each in found if check == name]
            checks.append(
                {"id": name, "passed": not mine, "ms": 0, "facts": facts, "findings": mine}
            )
        return checks


def finding(check, module, message, rule="attack"):
    return check, {"module": module, "file": None, "line": None, "rule": rule, "message": message}
