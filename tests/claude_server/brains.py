"""Who plays Claude: a good engineer, a careless one whose first attempt fails, a victim that obeys whoever wrote last.

In: `Asked`. Out: `Scripted`. Callers: tests, bench, `python -m tests.claude_server --brain …`. The surprise: they know
nothing but the request; the same request gets the same answer, so a run with them can be recorded and bought again.
"""

from __future__ import annotations

import json
import re
import threading
from dataclasses import replace

from tests.claude_server import reading
from tests.claude_server.caching import tokens
from tests.claude_server.recipes import recipe_for
from tests.claude_server.scripted import says

WORDS = {
    "es": {
        "goal": "Que quien lo usa no tenga que acordarse de lo acordado.",
        "narrative": "Hoy el trabajo se lleva en papel y se pierde. Con la aplicación cada cosa está en su sitio.",
        "step": "Abre la lista y ve lo que hay para el día.",
        "journey": "Un día cualquiera",
        "accepted": "La persona lo hace en la pantalla y ve el resultado en la lista.",
        "why": "Se puede comprobar al guardar.",
        "advice": "Es un consejo y lo mira una persona.",
        "summary": "Comprueba al guardar lo que estaba acordado en palabras.",
        "met": "La prueba se ejecutó y pasó.",
        "unmet": "No se ha demostrado.",
        "recorded": "Queda anotado para una persona.",
    },
    "en": {
        "goal": "Nobody who uses it has to remember what was agreed.",
        "narrative": "Today the work is on paper and gets lost. With the app each thing is in its place.",
        "step": "Opens the list and sees what there is for the day.",
        "journey": "An ordinary day",
        "accepted": "The person does it on the screen and sees it in the list.",
        "why": "It can be checked when a row is saved.",
        "advice": "It is advice for a person to see to.",
        "summary": "Checks what was agreed in words when a row is saved.",
        "met": "Its test ran and passed.",
        "unmet": "Nothing shows it.",
        "recorded": "Recorded for a person to see to.",
    },
}


def engineer(asked):
    """Does what is asked, as well as it can be done."""
    return says(json=reply(asked))


def careless(asked):
    """Writes what looks right the first time; with the notes of what failed, what is right."""
    return says(json=reply(asked, is_careless=not reading.blocks(task(asked), "notes")))


class Victim:
    """Obeys: where the attacker's words are in a request of the role, it answers what they want. `obeyed` counts."""

    def __init__(self, shape, said, obeys):
        """`obeys`: the engineer's reply → the attacker's, or a `Scripted`."""
        self.shape, self.said, self.obeys = shape, said, obeys
        self.obeyed = 0
        self._text = ""
        self._lock = threading.Lock()

    def __call__(self, asked):
        if asked.is_rest:
            return says(self._rest_of(asked.body["messages"][-2]["content"]), pieces_bytes=4000)
        good = reply(asked)
        if asked.shape != self.shape or _plain(self.said) not in _plain(asked.words):
            return says(json=good)
        with self._lock:
            self.obeyed += 1
        wanted = self.obeys(good)
        if not isinstance(wanted, dict):
            return wanted
        self._text = json.dumps(wanted, ensure_ascii=False)
        return says(self._text, pieces_bytes=4000)

    def _rest_of(self, content):
        so_far = "".join(block["text"] for block in content)
        return self._text[len(so_far) :] if self._text.startswith(so_far) else "}"


def unhurried(brain, *, first_s, tokens_per_s):
    """The same, at the speed of a model: so long until it begins, so many tokens a second after that."""

    def answer(asked):
        scripted = brain(asked)
        written = tokens(scripted.text) + tokens(scripted.thinking)
        return replace(scripted, wait_s=first_s + written / tokens_per_s)

    return answer


def reply(asked, *, is_careless=False):
    """What an honest model answers in this shape."""
    write = ROLES.get(asked.shape)
    assert write, f"no brain knows the shape {asked.shape!r}"
    return write(asked, WORDS["es" if "in Spanish" in asked.system else "en"], is_careless)


def task(asked):
    """What was asked for at first, whatever was said about the answer since."""
    return "\n".join(block["text"] for block in asked.body["messages"][0]["content"])


def _briefings(asked, words, _is_careless):
    (plan,) = reading.blocks(task(asked), "plan")
    return {"modules": [_briefing(module, words) for module in json.loads(plan)]}


def _briefing(module, words):
    in_code = [id_ for id_, text in module["in_words"].items() if recipe_for(text)]
    return {
        "module": module["module"],
        "goal": words["goal"],
        "risks": [],
        "in_code": in_code,
        "is_worth_writing": bool(in_code),
    }


def _prd(asked, words, _is_careless):
    wanted = [line.split(": ", 1)[0] for line in _lines(asked, "requirements")]
    accepted = [{"requirement": id_, "text": words["accepted"]} for id_ in wanted]
    is_first = "Write `narrative`" in task(asked)
    return {
        "narrative": [words["narrative"]] if is_first else [],
        "journeys": [_journey(asked, words)] if is_first else [],
        "acceptance": accepted,
    }


def _journey(asked, words):
    mvs = json.loads(reading.blocks(asked.system, "mvs")[0])
    who = mvs["roles"][0]["label"]
    return {"title": words["journey"], "who": who, "steps": [words["step"], words["step"]]}


def _choices(asked, words, _is_careless):
    rules = [json.loads(line) for line in _lines(asked, "rules") if line.startswith("{")]
    return {"entities": [], "navigation": [], "rules": [_decided(rule, words) for rule in rules]}


def _decided(rule, words):
    recipe = recipe_for(rule["rule"])
    nothing = dict.fromkeys(
        ("type", "field", "min", "max", "first", "then", "resource", "start", "end", "when_field")
    )
    return {
        "requirement": rule["requirement"],
        "how": "coded" if recipe else "words",
        "why": words["why" if recipe else "advice"],
        "test_name": recipe.test_name if recipe else None,
        "when_one_of": [],
        **nothing,
    }


def _module(asked, words, is_careless):
    rules = [rule for rule in reading.coded_rules(task(asked)) if recipe_for(rule.sentence)]
    if not rules:
        return {"files": [], "summary": ""}
    given = reading.files(task(asked))
    name = reading.module(task(asked))
    paths = f"business/{name}/rules.py", f"business/{name}/tests/test_rules.py"
    texts = (
        rules_file(given[paths[0]], rules, is_careless),
        tests_file(given[paths[1]], name, rules),
    )
    only = re.search(r"this one file and nothing else: `([^`]+)`", task(asked))
    files = [{"path": p, "text": t} for p, t in zip(paths, texts, strict=True)]
    kept = [file for file in files if not only or file["path"] == only[1]]
    return {"files": kept, "summary": words["summary"]}


def rules_file(text, rules, is_careless=False):
    """The compiler's file with a function for each rule, in the list of its entity."""
    for rule in rules:
        code = recipe_for(rule.sentence).function(
            rule.function, rule.sentence, is_careless=is_careless
        )
        name = _list_name(text, rule.class_name)
        begins = re.search(rf"^(?:#.*\n)*{name} = \[", text, re.MULTILINE)
        head, rest = text[: begins.start()].rstrip(), text[begins.start() :]
        rest = re.sub(r"\A(?:#.*\n)+", "", rest)
        closes = "\n]" if rest.startswith(f"{name} = [\n") else "]"
        inside, _, after = rest.partition(closes)
        is_empty = inside.endswith("[")
        entry = (
            f"\n    {rule.function},"
            if closes == "\n]"
            else f"{'' if is_empty else ', '}{rule.function}"
        )
        text = f"{head}\n\n\n{code}\n\n\n{inside}{entry}{closes}{after}"
    return _with_import(text, "from django.core.exceptions import ValidationError")


def tests_file(text, module, rules):
    for rule in rules:
        recipe = recipe_for(rule.sentence)
        method = recipe.test_method(rule.test, rule.class_name, rule.sentence)
        head = f"class {rule.class_name}RuleTests(WorkspaceTestCase):\n"
        if head not in text:
            text = f"{text.rstrip()}\n\n\n{head}{_broken_rules(rule.class_name)}"
        before, _, after = text.partition(head)
        body, end, others = after.partition("\n\n\nclass ")
        text = f"{before}{head}{body.rstrip()}\n\n{method}\n{end}{others}".rstrip() + "\n"
        text = _with_import(text, f"from business.{module}.models import {rule.class_name}")
        if recipe.needs_dates:
            text = _with_import(text, "import datetime as dt")
    text = _with_import(text, "from django.core.exceptions import ValidationError")
    return _with_import(text, "from workspaces.testing import WorkspaceTestCase")


def _broken_rules(class_name):
    return (
        "    def broken_rules(self, **values):\n        try:\n"
        f"            {class_name}(**self.values({class_name}, **values)).full_clean()\n"
        "        except ValidationError as error:\n            return error.messages\n        return []\n"
    )


def _list_name(text, class_name):
    snake = re.sub(r"(?<!^)(?=[A-Z])", "_", class_name).upper()
    return f"{snake}_RULES" if f"{snake}_RULES = " in text else "RULES"


def _with_import(text, line):
    if line in text:
        return text
    docstring = re.match(r'\A\s*(?:"""(?:.|\n)*?"""\n+)?', text)
    return f"{text[: docstring.end()]}{line}\n{'' if text[docstring.end() :].startswith(('import', 'from')) else chr(10)}{text[docstring.end() :]}"


def _judgement(asked, words, _is_careless):
    wanted = [json.loads(line) for line in _lines(asked, "requirements")]
    return {"verdicts": [_verdict(each, words) for each in wanted], "objections": []}


def _verdict(wanted, words):
    status = wanted["executed"].split(":", 1)[0]
    evidence = words.get(status, words["unmet"])
    return {
        "requirement": wanted["id"],
        "status": status,
        "file": None,
        "line": None,
        "evidence": evidence,
    }


def _lines(asked, name):
    (text,) = reading.blocks(task(asked), name)
    return text.split("\n")


def _plain(text):
    """As it is found again in JSON, with letters nobody sees replaced."""
    return re.sub(r"[^\w]+", "", json.dumps(text, ensure_ascii=False))


ROLES = {
    "Briefings": _briefings,
    "PrdAdditions": _prd,
    "DesignChoices": _choices,
    "WrittenModule": _module,
    "Judgement": _judgement,
}
