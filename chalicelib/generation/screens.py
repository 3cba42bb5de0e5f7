"""What a screen shows of an entity: columns, filters, search, order, icon. Sensible choices, made once.

In: resolved fields of an entity. Out: names of fields. Callers: `design.py`.
The surprise: none of this is in the MVS; people ask for rows and rules, not for columns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chalicelib.generation.app_design import FieldDesign, RuleDesign, WorkflowDesign

COLUMNS_MAX = 6
FILTERS_MAX = 4
SEARCHED_MAX = 4
SHORT_TEXT = ("text", "email", "phone")
MOMENTS = ("date", "datetime")
NOT_A_COLUMN = ("long_text", "file", "url")
FILTERED = ("choice", "boolean", "reference", *MOMENTS)

ICONS = {
    "users": "patient client customer student paciente cliente alumno member persona guest",
    "user": "practitioner employee teacher technician instructor profesional empleado profesor tecnico staff dentist",
    "calendar": "appointment booking session class cita reserva sesion clase visit visita lesson schedule",
    "clock": "shift timesheet hour turno hora",
    "truck": "delivery vehicle shipment entrega vehiculo envio trip",
    "wrench": "job workorder work_order repair maintenance reparacion mantenimiento intervention equipment equipo tool asset",
    "tag": "treatment product item category rate tarifa tratamiento producto articulo categoria price part",
    "book": "course subject curso asignatura lesson_plan",
    "receipt": "invoice payment factura cobro pago receipt charge fee",
    "file": "estimate quote contract document presupuesto contrato documento",
    "building": "room chair site warehouse sala sillon local almacen location branch classroom aula",
    "clipboard": "inspection report order survey checklist pedido orden inspeccion enrollment enrolment matricula",
    "key": "rental alquiler lease",
    "graduation": "grade certificate exam nota certificado examen degree",
    "box": "stock inventory unit existencias material",
    "star": "review valoracion rating",
    "phone": "call contact llamada contacto lead",
    "map": "route zone ruta zona area",
}

ICONS_OFFERED = frozenset(
    {
        *ICONS,
        "list",
        "chart",
        "euro",
        "heart",
        "home",
        "mail",
        "folder",
        "check",
        "briefcase",
        "cart",
        "layers",
    }
)
"""Those that the runtime's docs/business-layer.md lists."""


def icon(key: str) -> str:
    words = {key, *key.split("_")}
    return next((name for name, about in ICONS.items() if words & set(about.split())), "list")


def columns(fields: Sequence[FieldDesign], title: str) -> tuple[str, ...]:
    """The title first, then what tells rows apart, in the order of the form."""
    wanted = [f for f in fields if f.name != title and f.type not in NOT_A_COLUMN]
    best = sorted(wanted, key=_usefulness)[: COLUMNS_MAX - 1]
    return (title, *(field.name for field in fields if field in best))


def _usefulness(field: FieldDesign) -> int:
    if field.is_state:
        return 0
    if field.required:
        return 1
    return {"computed": 2, "reference": 2, "money": 3, "choice": 3, "boolean": 4}.get(field.type, 5)


def filters(fields: Sequence[FieldDesign]) -> tuple[str, ...]:
    """The state, when it happens, then what rows are told apart by; of the moments only the first one."""
    found = [f for f in fields if f.type in FILTERED]
    moments = [f for f in found if f.type in MOMENTS]
    kept = [f for f in found if f.type not in MOMENTS or f is moments[0]]
    return tuple(field.name for field in sorted(kept, key=_narrows_later)[:FILTERS_MAX])


def _narrows_later(field: FieldDesign) -> int:
    if field.is_state:
        return 0
    return 4 if field.type == "boolean" else {True: 1, False: 2}[field.type in MOMENTS]


def search_fields(
    fields: Sequence[FieldDesign],
    titles: Mapping[str, FieldDesign],
    rules: Sequence[RuleDesign],
) -> tuple[str, ...]:
    """Own short texts that most rows have, then the titles of rows referred to. `titles`: entity key → its title."""
    sometimes = {rule.field for rule in rules if rule.type == "required_when"}
    own = [f.name for f in fields if f.type in SHORT_TEXT and f.name not in sometimes]
    others = [
        f"{field.name}__{titles[field.target].name}"
        for field in fields
        if field.target and field.required and titles[field.target].type in SHORT_TEXT
    ]
    return tuple([*own[: SEARCHED_MAX - len(others[:2])], *others[:2]])


def ordering(fields: Sequence[FieldDesign], title: str) -> tuple[str, ...]:
    """Newest first where rows happen at a moment, else by title."""
    moment = next((f for f in fields if f.type in MOMENTS and f.required), None)
    happens = moment is not None and any(f.type in ("reference", "datetime") for f in fields)
    return (f"-{moment.name}",) if moment and happens else (title,)


def calendar_field(fields: Sequence[FieldDesign], rules: Sequence[RuleDesign]) -> str | None:
    """The moment by which rows stand in a calendar: where a span begins, else the first hour that must be given."""
    spans = [rule.start for rule in rules if rule.type == "no_overlap"]
    moments = [f.name for f in fields if f.type == "datetime" and f.required]
    return next(iter([*spans, *moments]), None)


def card_fields(fields: Sequence[FieldDesign], title: str) -> tuple[str, ...]:
    """Under the title of a card: who or what it is about, and when."""
    told = [f for f in fields if f.name != title and f.required and not f.is_state]
    about = [f for f in told if f.type == "reference"][:2]
    moment = [f for f in told if f.type in MOMENTS][:1]
    amount = [f for f in told if f.type == "money"][: 2 - len(moment)]
    return tuple(field.name for field in [*about, *moment, *amount][:3])


def calendar_fields(fields: Sequence[FieldDesign], title: str) -> tuple[str, ...]:
    moments = [field.name for field in fields if field.type in MOMENTS]
    return tuple(name for name in card_fields(fields, title) if name not in moments)[:1]


def later_fields(
    fields: Sequence[FieldDesign], rules: Sequence[RuleDesign], workflow: WorkflowDesign | None
) -> tuple[str, ...]:
    """Fields that only a later state asks for: a new row's form would ask too early."""
    if workflow is None:
        return ()
    about_state = [r for r in rules if r.when and r.when.field == workflow.field and r.field]
    wanted = {r.field for r in rules if r.type == "required_when"} - {
        r.field for r in rules if r.type == "required_when" and r not in about_state
    }
    at_once = {r.field for r in about_state if r.when and workflow.initial in r.when.one_of}
    return tuple(field.name for field in fields if field.name in wanted - at_once)
