"""Which columns name rows of other sheets.

In: drafted entities. Out: the same with references in place of such columns. Callers: `reading`. The surprise: that all values
of a column occur in another proves little for small numbers, so those need a name that says what they point at.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chalicelib.discovery.spreadsheets.entities import Draft, DraftEntity
from chalicelib.discovery.spreadsheets.naming import free, stems
from chalicelib.discovery.spreadsheets.typed import Misread, Typed
from chalicelib.mvs.spec import Scalar

NAMED_SHARE, UNNAMED_SHARE = 0.8, 0.95
UNNAMED_DIFFERENT = 3
DISTINCT_SHARE = 0.95
POINTS = frozenset({"text", "integer", "choice", "email"})
POINTED_AT = frozenset({"text", "integer", "email"})
GENERIC = stems(
    "id código cod nombre name número nº code number fecha date estado status tipo type email correo notas notes"
)


@dataclass(frozen=True)
class Key:
    """A column by whose values rows can be told apart."""

    entity: DraftEntity
    field: Draft
    rows: dict[str, str]
    """Folded value → name of the row; a value that stands twice names none."""
    ambiguous: frozenset[str]


@dataclass(frozen=True)
class Link:
    key: Key
    is_named: bool
    share: float

    @property
    def weight(self) -> tuple[bool, float, bool]:
        return self.is_named, self.share, self.key.field.unique


def link(entities: Sequence[DraftEntity]) -> None:
    keys = [key for entity in entities for key in _keys(entity)]
    for entity in entities:
        for field in entity.fields:
            if field.typed.type in POINTS and (found := _best(entity, field, keys)):
                _point(entity, field, found)
    _loosen_circles(entities)


def _keys(entity: DraftEntity) -> Iterator[Key]:
    for field in entity.fields:
        if field.typed.type not in POINTED_AT:
            continue
        rows: dict[str, str] = {}
        twice: set[str] = set()
        folds = field.folds
        for name, fold in zip(entity.row_names, folds, strict=True):
            if fold and fold in rows:
                twice.add(fold)
            elif fold:
                rows[fold] = name
        filled = sum(bool(fold) for fold in folds)
        if len(rows) > 1 and len(rows) >= DISTINCT_SHARE * filled:
            clear = {fold: name for fold, name in rows.items() if fold not in twice}
            yield Key(entity, field, clear, frozenset(twice))


def _best(entity: DraftEntity, field: Draft, keys: Sequence[Key]) -> Link | None:
    folds = [fold for fold in field.folds if fold]
    if not folds:
        return None
    found = [
        link
        for key in keys
        if key.field is not field and (link := _link(entity, field, folds, key)) is not None
    ]
    return max(found, key=lambda one: one.weight, default=None)


def _link(entity: DraftEntity, field: Draft, folds: Sequence[str], key: Key) -> Link | None:
    share = sum(fold in key.rows or fold in key.ambiguous for fold in folds) / len(folds)
    is_named = _names(entity, field, key)
    if key.entity is entity and (not is_named or _is_own_key(field, key)):
        return None
    if is_named:
        return Link(key, True, share) if share >= NAMED_SHARE else None
    is_telling = all(not fold.isdigit() for fold in set(folds)) and key.field.typed.type == "text"
    enough = share >= UNNAMED_SHARE and len(set(folds)) >= UNNAMED_DIFFERENT
    repeats = len(set(folds)) < len(folds)
    return Link(key, False, share) if is_telling and enough and repeats else None


def _names(entity: DraftEntity, field: Draft, key: Key) -> bool:
    """«ID cliente» and «Cliente» point at Clientes; so does «SKU» at whatever has a «SKU»."""
    own, theirs = stems(field.label), stems(key.entity.label) | stems(key.entity.plural)
    if key.entity.fields and theirs & own - GENERIC:
        return True
    same = stems(key.field.label)
    own_key = next((each for each in entity.fields if each.unique), None)
    return bool(own) and own == same and not own <= GENERIC and field is not own_key


def _is_own_key(field: Draft, key: Key) -> bool:
    """Within one sheet only a column that names another one's values can point: «Jefe» at «Nombre»."""
    return field.unique or len(set(key.rows)) == len(set(field.folds))


def _point(entity: DraftEntity, field: Draft, found: Link) -> None:
    values: list[Scalar | None] = []
    faults: list[Misread] = []
    for index, (cell, fold) in enumerate(zip(field.cells, field.folds, strict=True)):
        values.append(found.key.rows.get(fold))
        if cell is not None and values[-1] is None:
            is_twice = fold in found.key.ambiguous
            faults.append(
                Misread(index, "ambiguous_reference" if is_twice else "unknown_reference")
            )
    field.typed = Typed("reference", values, faults)
    field.to = found.key.entity.key
    field.required = len(values) > 2 and all(value is not None for value in values)
    field.unique = False
    bare = (
        field.key.removesuffix("_id")
        .removeprefix("id_")
        .removesuffix("_code")
        .removeprefix("codigo_")
    )
    if bare and bare != field.key:
        field.key = free("field", bare, [each.key for each in entity.fields if each is not field])
    taken = {each.key for each in entity.fields}
    while f"{field.key}_id" in taken:
        field.key = free("field", f"{field.key}_ref", taken)


def _loosen_circles(entities: Sequence[DraftEntity]) -> None:
    """Rows that need each other could never be made: the reference that closes a circle may be empty."""
    needs: dict[str, set[str]] = {entity.key: set() for entity in entities}
    for entity in entities:
        for field in entity.fields:
            if not field.to or not field.required:
                continue
            if field.to == entity.key or entity.key in _reached(needs, field.to):
                field.required = False
            else:
                needs[entity.key].add(field.to)


def _reached(needs: dict[str, set[str]], start: str) -> set[str]:
    reached, ahead = {start}, [start]
    while ahead:
        fresh = needs.get(ahead.pop(), set()) - reached
        reached |= fresh
        ahead += fresh
    return reached
