"""The PRD's own words: what work will be like, who goes which way, and how each requirement is seen to hold.

In: the MVS and the PRD by rules. Out: the PRD with them. Callers: the engine.
The surprise: requirements go in portions, so that no reply grows beyond its limit; what the business asked for stands in
front of each of them in the same bytes, and is paid in full once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from chalicelib.agents.language import is_in
from chalicelib.agents.mending import Desk, kept, plain
from chalicelib.agents.planning import said
from chalicelib.agents.ports import Question
from chalicelib.agents.prompting import prompt
from chalicelib.agents.replies import PrdAdditions
from chalicelib.generation.prd import WORDS, Accepted, Journey, Prd, Requirement
from chalicelib.mvs.spec import Mvs

PORTION: Final = 120
"""Requirements in one question: some ten thousand tokens of criteria."""


def described(desk: Desk, mvs: Mvs, prd: Prd) -> Prd:
    replies = [_answered(desk, mvs, prd, number) for number in range(len(_portions(prd)))]
    return prd.model_copy(
        update={
            "engine": "claude",
            "narrative": replies[0].narrative,
            "journeys": tuple(Journey(**each.model_dump()) for each in replies[0].journeys),
            "acceptance": tuple(
                Accepted(**each.model_dump()) for reply in replies for each in reply.acceptance
            ),
        }
    )


def _portions(prd: Prd) -> list[Sequence[Requirement]]:
    return [prd.requirements[at : at + PORTION] for at in range(0, len(prd.requirements), PORTION)]


def _answered(desk: Desk, mvs: Mvs, prd: Prd, number: int) -> PrdAdditions:
    wanted = _portions(prd)[number]
    return desk.answer(
        _question(desk, mvs, prd, wanted, number),
        lambda given: list(_faults(given, prd, wanted, is_first=number == 0)),
    )


def _question(
    desk: Desk, mvs: Mvs, prd: Prd, wanted: Sequence[Requirement], number: int
) -> Question[PrdAdditions]:
    task = prompt(
        "prd",
        "task",
        first=wanted[0].id,
        last=wanted[-1].id,
        total=len(prd.requirements),
        is_first=number == 0,
        requirements="\n".join(f"{each.id}: {each.text}" for each in wanted),
    )
    system = plain(prompt("prd", "system", language=prd.language))
    material = kept(prompt("prd", "material", mvs=said(mvs)))
    part = f"part{number + 1}" if number else ""
    return desk.question("prd", [system, material], [plain(task)], PrdAdditions, part=part)


def _faults(
    given: PrdAdditions, prd: Prd, wanted: Sequence[Requirement], *, is_first: bool
) -> Iterator[str]:
    answered = [each.requirement for each in given.acceptance]
    if missing := [each.id for each in wanted if each.id not in answered]:
        yield f"There is no acceptance for {', '.join(missing)}."
    if invented := sorted(set(answered) - {each.id for each in wanted}):
        yield f"These ids were not asked for: {', '.join(invented)}."
    if len(answered) != len(set(answered)):
        yield "acceptance names an id twice."
    if is_first and not given.narrative:
        yield "narrative is empty."
    if not is_first and (given.narrative or given.journeys):
        yield "narrative and journeys stay empty in this part."
    people = {WORDS[prd.language]["owner"], *(person.label for person in prd.people)}
    for journey in given.journeys:
        if journey.who not in people or not journey.steps:
            yield f"The journey {journey.title!r} needs steps, and `who` is one of {sorted(people)}."
    steps = [step for journey in given.journeys for step in journey.steps]
    accepted = [each.text for each in given.acceptance]
    if not is_in([*given.narrative, *steps, *accepted], prd.language):
        yield f"Write in the language {prd.language!r}."
