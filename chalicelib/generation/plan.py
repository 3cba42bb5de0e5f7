"""The plan: which modules an app has, in which order they build on each other, and what each must fulfil.

In: an `Mvs` without faults. Out: `Plan`. Callers: the Orchestrate and Design stages.
The surprise: entities that refer to each other in a circle can't be split, so they share one module.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import BaseModel, ConfigDict

from chalicelib.mvs.requirements import requirements
from chalicelib.mvs.spec import Mvs


class PlannedModule(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    """The key of its first entity."""
    entities: tuple[str, ...]
    depends_on: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()


class ModuleBrief(BaseModel):
    """What an orchestrator says of a module; rules say nothing of the kind."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    module: str
    goal: str
    risks: tuple[str, ...] = ()
    in_code: tuple[str, ...] = ()
    """Requirements in plain words that can become code."""
    is_worth_writing: bool = True


class Plan(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    modules: tuple[PlannedModule, ...]
    app_requirements: tuple[str, ...] = ()
    """Requirements that no single module fulfils: people, dashboards, success numbers."""
    briefs: tuple[ModuleBrief, ...] = ()

    def to_json(self) -> str:
        return self.model_dump_json(indent=2, exclude=None if self.briefs else {"briefs"})

    @classmethod
    def from_json(cls, text: str | bytes) -> Plan:
        return cls.model_validate_json(text)


def plan(mvs: Mvs) -> Plan:
    targets = _references(mvs)
    groups = list(_circles(targets))
    home = {entity: group[0] for group in groups for entity in group}
    wanted = requirements(mvs)
    modules = tuple(
        PlannedModule(
            name=group[0],
            entities=group,
            depends_on=_depends_on(group, targets, home),
            requirements=tuple(each.id for each in wanted if each.entity in group),
        )
        for group in groups
    )
    rest = tuple(each.id for each in wanted if each.entity is None)
    return Plan(modules=modules, app_requirements=rest)


def _references(mvs: Mvs) -> dict[str, tuple[str, ...]]:
    """Entity → the entities it points at, both in the order of the MVS."""
    known = {entity.key for entity in mvs.entities}
    return {
        entity.key: tuple(
            dict.fromkeys(field.to for field in entity.fields if field.to in known and field.to)
        )
        for entity in mvs.entities
    }


def _depends_on(
    group: tuple[str, ...], targets: Mapping[str, tuple[str, ...]], home: Mapping[str, str]
) -> tuple[str, ...]:
    homes = (home[target] for entity in group for target in targets[entity])
    return tuple(dict.fromkeys(name for name in homes if name != group[0]))


def _circles(targets: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    """Strongly connected groups, those pointed at first (Tarjan), members in the order of the MVS."""
    position = {entity: number for number, entity in enumerate(targets)}
    index: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    found: list[tuple[str, ...]] = []

    def visit(entity: str) -> None:
        index[entity] = lowest[entity] = len(index)
        stack.append(entity)
        for target in targets[entity]:
            if target not in index:
                visit(target)
                lowest[entity] = min(lowest[entity], lowest[target])
            elif target in stack:
                lowest[entity] = min(lowest[entity], index[target])
        if lowest[entity] == index[entity]:
            group = stack[stack.index(entity) :]
            del stack[stack.index(entity) :]
            found.append(tuple(sorted(group, key=position.__getitem__)))

    for entity in targets:
        if entity not in index:
            visit(entity)
    yield from found
