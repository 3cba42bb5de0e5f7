"""The order of the checks, and what becomes of their answers.

    source ─┐
    inside ─┼─▶ policies · prepare ─▶ database_attack · over_http (boots, attacks pages and API) · business_tests
    migrate ┘

Standard library only. Two children run at a time: the task has two cores.
"""

import contextlib
import re
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

from selfcheck.children import Answer, end_group, hear, plain_environment

ROLES_OF_CHILDREN = {
    "source": ("source.compiles", "source.secrets"),
    "inside": ("source.templates", "django.check", "migrations.match_models"),
    "migrate": ("migrations.apply", "migrations.safe"),
    "policies": ("isolation.policies",),
    "prepare": (),
    "database_attack": ("isolation.database_attack",),
    "over_http": ("app.boots", "isolation.ui_attack", "isolation.api_attack"),
    "business_tests": ("app.tests",),
}
"""Which child answers which checks; what another child says about them is not heard."""
ALL_CHECKS = tuple(id for ids in ROLES_OF_CHILDREN.values() for id in ids)
SECONDS = {"source": 30, "inside": 60, "migrate": 120, "over_http": 240, "business_tests": 240}
APP_HOST = "app.selfcheck.test"
SLUG = re.compile(r"^[a-z][a-z0-9_.-]{0,79}$")
MODULE = re.compile(r"^[a-z][a-z0-9_]{0,62}$")


class Story:
    """One run: the task, the answers so far, the people and rows that were made for it."""

    def __init__(self, task, wanted):
        self.task = task
        self.wanted = wanted
        self.answers = {}
        self.reason = _not_run("the app could not be started")
        self.password = secrets.token_urlsafe(18)
        self.app = {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DATABASE_URL": task["DATABASE_URL"],
            "SECRET_KEY": secrets.token_urlsafe(50),
            "APP_URL": f"https://{APP_HOST}",
            "ALLOWED_HOSTS": APP_HOST,
            "LOG_LEVEL": "WARNING",
        }

    def ask(self, child, given=None, owner=False):
        if child not in self.wanted:
            return Answer()
        environment = self.app if child in ("inside", "prepare", "business_tests") else {}
        if owner:
            environment = self.app | {"DATABASE_OWNER_URL": self.task["DATABASE_OWNER_URL"]}
        if child == "business_tests":
            environment |= {"APP_URL": "http://localhost"}  # Django's test client speaks no HTTPS
        allowed = ROLES_OF_CHILDREN[child]
        answer = hear(child, allowed, given or {}, environment, SECONDS.get(child, 90))
        self.answers[child] = answer
        return answer

    def urls(self):
        return {"app": self.task["DATABASE_URL"], "owner": self.task["DATABASE_OWNER_URL"]}


def tell(task, wanted=frozenset(ROLES_OF_CHILDREN)):
    """Every check of the wanted children, run or accounted for, in a fixed order."""
    story = Story(task, wanted)
    with ThreadPoolExecutor(max_workers=3) as pool:
        first = [
            pool.submit(story.ask, "migrate", _migrations(task), owner=True),
            pool.submit(story.ask, "inside"),
            pool.submit(story.ask, "source"),
        ]
        ready = [future.result() for future in first]
        if all(_usable(answer) for answer in ready[:2]):
            _attack(story, pool, ready[1].handed_on)
        else:
            story.reason = _why_not(ready[:2])
    asked = [(child, id) for child, ids in ROLES_OF_CHILDREN.items() for id in ids]
    return [_verdict(story, child, id) for child, id in asked if child in wanted]


def _attack(story, pool, known):
    """Everything that needs the tables and the app itself."""
    with served(story) as address:
        policies = pool.submit(story.ask, "policies", story.urls() | known)
        prepared = story.ask("prepare", {"password": story.password})
        policies.result()
        given = story.urls() | known | prepared.handed_on
        given |= {"address": address, "host": APP_HOST, "password": story.password}
        if prepared.problem:
            story.reason = _not_run(f"preparing two workspaces {prepared.problem}. {prepared.tail}")
            return
        tests = pool.submit(story.ask, "business_tests")
        story.ask("database_attack", given)
        story.ask("over_http", given)
        tests.result()


@contextlib.contextmanager
def served(story):
    """The app as it will be run, on a port of this machine only."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = plain_environment() | story.app
    environment |= {"HOST": "127.0.0.1", "PORT": str(port), "WEB_CONCURRENCY": "1"}
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "serve"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,
        )
        try:
            yield ["127.0.0.1", port]
        finally:
            process.terminate()
            time.sleep(0.05)
            end_group(process)


def _migrations(task):
    return {"previous": task["PREVIOUS_MIGRATIONS"], "approved": task["APPROVED_MIGRATIONS"]}


def _usable(answer):
    """Whether there is an app to attack: it was asked, and it ended as it should."""
    broken = [id for id, check in answer.checks.items() if check.get("findings") and id in NEEDED]
    return answer.problem is None and not broken


NEEDED = ("migrations.apply", "django.check")
"""Without these there is no app to attack."""


def _verdict(story, child, id):
    """What the report says about one check: its own answer, cut to size, or why there is none."""
    answer = story.answers.get(child)
    if answer is None:
        return _failed(id, story.reason)
    said = answer.checks.get(id)
    if said is None:
        reason = answer.problem or "ended without a result"
        text = f"the check {reason}. {answer.tail}"
        return _failed(id, {"rule": "no-result", "message": text, **_place_in(answer.tail)})
    findings = [_finding(found) for found in _list(said.get("findings"))]
    if answer.problem and not findings:
        findings = [
            _finding(
                {"rule": "no-clean-end", "message": f"the check {answer.problem}. {answer.tail}"}
            )
        ]
    return {
        "id": id,
        "passed": not findings,
        "ms": _whole(said.get("ms")),
        "facts": {name: value for name, value in _facts(said.get("facts"))},
        "findings": findings,
    }


def _failed(id, found):
    return {"id": id, "passed": False, "ms": 0, "facts": {}, "findings": [_finding(found)]}


def _not_run(why):
    return {"rule": "not-run", "message": f"not run: {why}", **_place_in(why)}


def _why_not(answers):
    """The first reason why there is nothing to attack, with the place it names."""
    for answer in answers:
        for check in answer.checks.values():
            for found in _list(check.get("findings")):
                if isinstance(found, dict) and check["id"] in NEEDED:
                    return found | {
                        "rule": "not-run",
                        "message": f"not run: {found.get('message')}",
                    }
        if answer.problem:
            return _not_run(f"the app {answer.problem}. {answer.tail}")
    return _not_run("the app could not be started")


def _place_in(text):
    """The last place in the business layer that a traceback names."""
    found = re.findall(r'File "[^"]*/business/([^"]+)", line (\d+)', text)
    if not found:
        return {}
    file, line = found[-1]
    module = file.split("/")[0] if "/" in file else None
    return {"module": module, "file": f"business/{file}", "line": int(line)}


def _finding(found):
    """A finding in the closed shape of the report, whatever a child wrote."""
    found = found if isinstance(found, dict) else {"message": found}
    module, file, line, rule = (found.get(name) for name in ("module", "file", "line", "rule"))
    return {
        "module": module if isinstance(module, str) and MODULE.match(module) else None,
        "file": file[:300] if isinstance(file, str) else None,
        "line": line if isinstance(line, int) and line > 0 else None,
        "rule": rule if isinstance(rule, str) and SLUG.match(rule) else "unnamed",
        "message": str(found.get("message") or "no message")[:1800],
    }


def _facts(facts):
    for name, value in list((facts if isinstance(facts, dict) else {}).items())[:40]:
        if not SLUG.match(str(name)):
            continue
        if isinstance(value, list):
            yield name, [str(item)[:400] for item in value[:1500]]
        elif isinstance(value, str):
            yield name, value[:400]
        else:
            yield name, _whole(value)


def _list(value):
    return value if isinstance(value, list) else []


def _whole(value):
    return int(value) if isinstance(value, int) and 0 <= value < 10**12 else 0
