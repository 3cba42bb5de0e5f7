"""The orchestrator: a word to the writer of each module, and which modules need one at all.

In: the MVS and its plan by rules. Out: the plan with briefs. Callers: the engine. The surprise: the plan itself, which
modules there are and what depends on what, is not the model's to change; its reply has no place for it.
"""

from __future__ import annotations

import json

from chalicelib.agents.language import is_in
from chalicelib.agents.mending import Desk, plain
from chalicelib.agents.prompting import prompt
from chalicelib.agents.replies import Briefings
from chalicelib.generation.plan import ModuleBrief, Plan
from chalicelib.mvs.requirements import Requirement, requirements
from chalicelib.mvs.spec import InWords, Mvs


def briefed(desk: Desk, mvs: Mvs, plan: Plan) -> Plan:
    in_words = rules_in_words(mvs)
    language = mvs.locales[0]
    question = desk.question(
        "orchestrator",
        [plain(prompt("orchestrator", "system", language=language))],
        [plain(prompt("orchestrator", "task", mvs=said(mvs), plan=_plan(plan, in_words)))],
        Briefings,
    )
    reply = desk.answer(question, lambda given: _faults(given, plan, in_words, language))
    briefs = {each.module: ModuleBrief(**each.model_dump()) for each in reply.modules}
    return plan.model_copy(update={"briefs": tuple(briefs[each.name] for each in plan.modules)})


def said(mvs: Mvs) -> str:
    """The MVS as a prompt shows it: without example rows, which teach nothing and cost much."""
    data = mvs.model_dump(mode="json", exclude={"demo"}, exclude_defaults=True)
    return json.dumps(data, ensure_ascii=False)


def rules_in_words(mvs: Mvs) -> tuple[Requirement, ...]:
    places = {
        f"entities.{entity.key}.rules[{index}]"
        for entity in mvs.entities
        for index, rule in enumerate(entity.rules)
        if isinstance(rule, InWords)
    }
    return tuple(each for each in requirements(mvs) if each.about in places)


def _plan(plan: Plan, in_words: tuple[Requirement, ...]) -> str:
    modules = [
        {
            "module": module.name,
            "entities": module.entities,
            "depends_on": module.depends_on,
            "in_words": {e.id: e.text for e in in_words if e.entity in module.entities},
        }
        for module in plan.modules
    ]
    return json.dumps(modules, ensure_ascii=False, indent=1)


def _faults(
    given: Briefings, plan: Plan, in_words: tuple[Requirement, ...], language: str
) -> list[str]:
    planned = [module.name for module in plan.modules]
    if sorted(each.module for each in given.modules) != sorted(planned):
        return [f"Brief each of these modules exactly once: {', '.join(planned)}."]
    known = {
        module.name: {each.id for each in in_words if each.entity in module.entities}
        for module in plan.modules
    }
    faults = [
        f"{each.module}: {id_!r} is not one of its rules in words."
        for each in given.modules
        for id_ in each.in_code
        if id_ not in known[each.module]
    ]
    words = [text for each in given.modules for text in (each.goal, *each.risks)]
    return faults if is_in(words, language) else [*faults, f"Write in the language {language!r}."]
