"""Workflows: the states exist, every transition leads somewhere, and those who may take it can see the row.

In: an entity and its workflow. Out: faults. Callers: `references`. The surprise: a state nobody can reach is a fault,
a state nobody can leave is not: life cycles end.
"""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.mvs.faults import Fault, fault
from chalicelib.mvs.spec import Entity, FieldSpec, Mvs, Transition, Workflow

OWNER = "owner"


def workflow_faults(mvs: Mvs, entity: Entity, workflow: Workflow, path: str) -> Iterator[Fault]:
    field = next((field for field in entity.fields if field.key == workflow.field), None)
    if field is None:
        known = tuple(field.key for field in entity.fields)
        yield fault(f"{path}.field", "unknown_field", value=workflow.field, known=known)
        return
    if field.type != "choice":
        wanted = ("choice",)
        yield fault(f"{path}.field", "wrong_type", value=field.key, type=field.type, wanted=wanted)
        return
    yield from _state_faults(field, workflow, path)
    for index, transition in enumerate(workflow.transitions):
        where = f"{path}.transitions[{index}]"
        yield from _transition_faults(field, transition, where)
        yield from _who_faults(mvs, entity, transition, where)


def _state_faults(field: FieldSpec, workflow: Workflow, path: str) -> Iterator[Fault]:
    states = tuple(option.key for option in field.options)
    if workflow.initial not in states:
        yield fault(f"{path}.initial", "unknown_state", value=workflow.initial, known=states)
        return
    if field.default is not None and field.default != workflow.initial:
        where = f"{path}.initial"
        yield fault(where, "default_is_not_initial", value=workflow.initial, other=field.default)
    unreachable = [state for state in states if state not in _reachable(workflow)]
    if unreachable:
        yield fault(f"{path}.transitions", "unreachable_states", value=unreachable)


def _reachable(workflow: Workflow) -> set[str]:
    reached, size = {workflow.initial}, 0
    while len(reached) > size:
        size = len(reached)
        reached |= {t.target for t in workflow.transitions if reached & set(t.sources)}
    return reached


def _transition_faults(field: FieldSpec, transition: Transition, path: str) -> Iterator[Fault]:
    states = tuple(option.key for option in field.options)
    if transition.target not in states:
        yield fault(f"{path}.target", "unknown_state", value=transition.target, known=states)
    for index, source in enumerate(transition.sources):
        where = f"{path}.sources[{index}]"
        if source not in states:
            yield fault(where, "unknown_state", value=source, known=states)
        elif source == transition.target:
            yield fault(where, "goes_nowhere", value=source)
        elif source in transition.sources[:index]:
            yield fault(where, "repeated_value", value=source)


def _who_faults(mvs: Mvs, entity: Entity, transition: Transition, path: str) -> Iterator[Fault]:
    known = (OWNER, *(role.key for role in mvs.roles))
    for index, role in enumerate(transition.roles):
        where = f"{path}.roles[{index}]"
        if role not in known:
            yield fault(where, "unknown_role", value=role, known=known)
        elif role in transition.roles[:index]:
            yield fault(where, "repeated_value", value=role)
        elif role != OWNER and not entity.permissions.get(role):
            yield fault(where, "transition_unseen", value=role, entity=entity.key)
