"""The platform's own catalogue: every blueprint, with and without every overlay, in both languages."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from chalicelib.catalog.blueprints import matching, starting_mvs
from chalicelib.catalog.languages import is_by_language
from chalicelib.catalog.parts import PARTS
from chalicelib.checks.rules import source_findings
from chalicelib.generation.plan import plan
from chalicelib.generation.scaffold import compile_app
from chalicelib.mvs.completeness import completeness
from chalicelib.mvs.reading import read_mvs
from chalicelib.mvs.spec import Locale, Mvs
from cli.mvs_file import load_mvs_file
from tests.catalogue import blueprints, overlays

BLUEPRINTS = {one.key: one for one in blueprints()}
OVERLAYS = {one.key: one for one in overlays()}
LOCALES: tuple[Locale, ...] = ("es", "en")
FILES = sorted(Path("scaffolds").glob("blueprints/*.yaml")) + sorted(
    Path("scaffolds").glob("overlays/*.yaml")
)
TEXTS = {"name", "label", "plural", "help", "text", "summary", "problem", "sentence"}

each_blueprint = pytest.mark.parametrize("key", BLUEPRINTS)
each_overlay = pytest.mark.parametrize("industry", OVERLAYS)
each_industry = pytest.mark.parametrize("industry", [None, *OVERLAYS])
each_locale = pytest.mark.parametrize("locale", LOCALES)
each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


@cache
def started(key: str, industry: str | None, locale: Locale) -> Mvs:
    overlay = OVERLAYS[industry] if industry else None
    return read_mvs(starting_mvs(BLUEPRINTS[key], overlay, locale), language=locale)


def test_there_are_enough_to_choose_from() -> None:
    assert len(BLUEPRINTS) >= 8
    assert len(OVERLAYS) >= 4


@each_file
def test_a_file_is_called_like_its_entry_and_every_reader_of_yaml_sees_the_same(path: Path) -> None:
    body = yaml.safe_load(path.read_text("utf-8"))
    assert body.get("key", body.get("industry")) == path.stem
    assert body == load_mvs_file(path)


@each_file
def test_every_text_is_there_in_both_languages(path: Path) -> None:
    assert list(monolingual(yaml.safe_load(path.read_text("utf-8")))) == []


def monolingual(value: Any, path: str = "") -> Any:
    if isinstance(value, dict) and is_by_language(value):
        if set(value) != {"es", "en"}:
            yield path
    elif isinstance(value, dict):
        for key, part in value.items():
            if key in TEXTS and isinstance(part, str) and "demo" not in path:
                yield f"{path}.{key}"
            yield from monolingual(part, f"{path}.{key}")
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from monolingual(part, f"{path}[{index}]")


@each_locale
@each_industry
@each_blueprint
def test_every_combination_is_valid_and_worth_building(
    key: str, industry: str | None, locale: Locale
) -> None:
    mvs = started(key, industry, locale)
    assert mvs.locales == (locale,)
    assert completeness(mvs, locale).score == 100


@each_locale
@each_industry
@each_blueprint
def test_every_combination_compiles(key: str, industry: str | None, locale: Locale) -> None:
    """The code is the same in both languages but for its texts, so it is judged in one: with accents."""
    mvs = started(key, industry, locale)
    tree = compile_app(mvs)
    if locale == "es":
        assert source_findings(tree, [module.name for module in plan(mvs).modules]) == ()


@each_blueprint
def test_a_blueprint_says_who_plays_which_part(key: str) -> None:
    played = [one.get("plays") for one in BLUEPRINTS[key].body["mvs"]["entities"]]
    assert {"event", "thing"} <= set(played)
    assert set(filter(None, played)) <= set(PARTS)
    assert all(played.count(part) <= 1 for part in PARTS)


def test_blueprints_differ_in_shape_not_only_in_nouns() -> None:
    shapes = [shape(started(key, None, "en")) for key in BLUEPRINTS]
    assert len(set(shapes)) == len(shapes)


def shape(mvs: Mvs) -> tuple[Any, ...]:
    """What is left of an MVS when every name is taken away: how many of what, and how it hangs together."""
    return tuple(
        sorted(
            (
                tuple(sorted(field.type for field in entity.fields)),
                tuple(sorted(rule.type for rule in entity.rules)),
                len(entity.workflow.transitions) if entity.workflow else 0,
                sum(field.to == entity.key for one in mvs.entities for field in one.fields),
            )
            for entity in mvs.entities
        )
    )


@each_locale
@each_overlay
@each_blueprint
def test_an_overlay_really_changes_the_mvs(key: str, industry: str, locale: Locale) -> None:
    plain, changed = started(key, None, locale), started(key, industry, locale)
    assert changed.industry == industry
    assert changed.summary != plain.summary
    assert counted(changed, "roles") > counted(plain, "roles")
    assert sum(len(e.fields) for e in changed.entities) > sum(len(e.fields) for e in plain.entities)
    assert changed.demo != plain.demo
    assert counted(changed, "success") > counted(plain, "success")


def counted(mvs: Mvs, member: str) -> int:
    return len(getattr(mvs, member))


@each_overlay
def test_an_overlay_brings_rules_and_things_of_its_own(industry: str) -> None:
    plain, changed = started("bookings", None, "en"), started("bookings", industry, "en")
    rules = [
        sum(len(entity.rules) for entity in mvs.entities if entity.key != "none")
        for mvs in (plain, changed)
    ]
    assert rules[0] < rules[1]
    assert counted(plain, "entities") < counted(changed, "entities")


@pytest.mark.parametrize(
    ("brief", "key", "industry"),
    [
        ("Clínica dental: agenda de citas para mis pacientes", "bookings", "health"),
        ("Un gimnasio con socios y cuotas mensuales", "memberships", None),
        ("We hire out tools and machines and keep deposits", "rentals", None),
        ("Gestionamos pisos, inquilinos y contratos de alquiler", "property", None),
        ("A help desk: tickets and complaints", "help_desk", None),
        ("Inventario de un almacén, con pedidos a proveedores", "inventory", None),
        ("Plumbers: breakdowns, technicians, work orders", "field_service", None),
        ("Consultora con proyectos, tareas y horas", "projects", None),
        ("A sales pipeline with leads and deals", "crm", None),
        ("Academia de idiomas: cursos, grupos y matrículas", "courses", "education"),
        ("Taller mecánico: coches, ITV y avisos", "field_service", "automotive"),
    ],
)
def test_a_brief_is_recognized(brief: str, key: str, industry: str | None) -> None:
    assert matching(brief, blueprints())[0].entry.key == key
    if industry:
        assert matching(brief, overlays())[0].entry.key == industry
