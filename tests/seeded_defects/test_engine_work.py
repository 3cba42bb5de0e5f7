"""The gates are checked with modules as engines hand them in: defective ones are stopped, sound ones are not."""

from __future__ import annotations

import os
from collections.abc import Iterable

import pytest

from tests.seeded_defects.engine_defects import ENGINE_GROUPS, REFUSED
from tests.seeded_defects.engine_work import Work, sound_clinic, stopped_before_running
from tests.seeded_defects.laboratory import EVERYBODY, Laboratory
from tests.seeded_defects.published import engine_part, part, publish
from tests.seeded_defects.sound_work import SOUND

EXECUTED = tuple(work for works, _ in ENGINE_GROUPS.values() for work in works)
WORKS = REFUSED + EXECUTED
Found = set[tuple[str, str, str | None]]

each = pytest.mark.parametrize


def named(work: Work) -> str:
    return work.id


def together(works: Iterable[Work]) -> dict[str, str]:
    """One app with all of these in it; none of them writes another's files."""
    tree, taken = dict(sound_clinic()), set()
    for work in works:
        files = work.written()
        assert not taken & files.keys(), work.id
        taken |= files.keys()
        tree |= files
    return tree


def found_in(laboratory: Laboratory, works: Iterable[Work], children: tuple[str, ...]) -> Found:
    return {
        (check["id"], finding["rule"], finding["module"])
        for check in laboratory.checks(together(works), children)
        for finding in check["findings"]
    }


@pytest.fixture(scope="module")
def caught(laboratory: Laboratory) -> dict[str, bool]:
    answers = {work.id: (work.gate, work.rule) in stopped_before_running(work) for work in REFUSED}
    for works, children in ENGINE_GROUPS.values():
        found = found_in(laboratory, works, children)
        for work in works:
            blamed = work.module if work.is_blamed else None
            answers[work.id] = (work.gate, work.rule, blamed) in found
    return answers


@pytest.fixture(scope="module")
def alarms(laboratory: Laboratory) -> dict[str, str]:
    """Sound work → what was said against it; what names no module is said of all."""
    found = found_in(laboratory, SOUND, EVERYBODY)
    told = {}
    for work in SOUND:
        said = [rule for _, rule, module in found if module in (work.module, None)]
        before = [rule for _, rule in stopped_before_running(work)]
        told[work.id] = ", ".join(sorted({*before, *said}))
    return told


@each("work", REFUSED, ids=named)
def test_a_defective_module_is_stopped_before_anything_is_executed(work: Work) -> None:
    assert (work.gate, work.rule) in stopped_before_running(work)


@each("work", EXECUTED, ids=named)
def test_what_only_running_shows_passes_the_gates_before(work: Work) -> None:
    assert stopped_before_running(work) == set()


@each("work", EXECUTED, ids=named)
def test_running_shows_it_unless_only_a_reader_can_see_it(
    work: Work, caught: dict[str, bool]
) -> None:
    assert caught[work.id] is not bool(work.missed)


@each("work", SOUND, ids=named)
def test_sound_work_is_not_refused(work: Work, alarms: dict[str, str]) -> None:
    assert alarms[work.id] == ""


def test_what_is_published_of_engines_is_what_was_seen(
    caught: dict[str, bool], alarms: dict[str, str]
) -> None:
    text = engine_part(WORKS, caught, SOUND, alarms)
    if os.environ.get("UPDATE_DOCS") == "1":
        publish(1, text)
    assert part(1) == text


def test_no_two_works_have_one_name() -> None:
    assert len({work.id for work in WORKS + SOUND}) == len(WORKS + SOUND)
