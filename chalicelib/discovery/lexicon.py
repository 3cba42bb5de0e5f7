"""What common things of a business usually consist of, so that a list of names becomes more than names.

In: a thing's name in English or Spanish. Out: its fields. Callers: `drafting`. The surprise: labels are written once per
language here and keys once for both, so an app that began in Spanish has the same tables as one that began in English.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

from chalicelib.discovery.naming import plural, singular
from chalicelib.discovery.phrases import plain
from chalicelib.discovery.records import Data
from chalicelib.mvs.spec import FieldType, Locale

Word = tuple[str, FieldType, str, str]
"""(key, type, Spanish label, English label)"""

NAME: Final[Word] = ("name", "text", "Nombre", "Name")
NUMBER: Final[Word] = ("number", "text", "Número", "Number")
SUBJECT: Final[Word] = ("subject", "text", "Asunto", "Subject")
PHONE: Final[Word] = ("phone", "phone", "Teléfono", "Phone")
EMAIL: Final[Word] = ("email", "email", "Correo", "Email")
ADDRESS: Final[Word] = ("address", "text", "Dirección", "Address")
PRICE: Final[Word] = ("price", "money", "Precio", "Price")
TOTAL: Final[Word] = ("total", "money", "Total", "Total")
DAY: Final[Word] = ("day", "date", "Fecha", "Date")
DUE: Final[Word] = ("due_on", "date", "Vence", "Due on")
STARTS: Final[Word] = ("starts_at", "datetime", "Empieza", "Starts")
ENDS: Final[Word] = ("ends_at", "datetime", "Termina", "Ends")
FROM: Final[Word] = ("starts_on", "date", "Desde", "From")
UNTIL: Final[Word] = ("ends_on", "date", "Hasta", "Until")
NOTES: Final[Word] = ("notes", "long_text", "Notas", "Notes")


@dataclass(frozen=True)
class Thing:
    key: str
    words: str
    """In both languages, in the singular, without accents."""
    fields: tuple[Word, ...]
    belongs_to: tuple[str, ...] = ()
    """Things it refers to, where the business has them."""


THINGS: Final = (
    Thing("customer", "cliente|customer|client", (NAME, PHONE, EMAIL, NOTES)),
    Thing("patient", "paciente|patient", (NAME, PHONE, EMAIL, ("born_on", "date", "Fecha de nacimiento", "Date of birth"), NOTES)),
    Thing("student", "alumno|estudiante|student|pupil", (NAME, PHONE, EMAIL, NOTES)),
    Thing("supplier", "proveedor|supplier|vendor", (NAME, PHONE, EMAIL, ADDRESS)),
    Thing("employee", "empleado|trabajador|profesional|tecnico|employee|worker|technician|staff member", (NAME, PHONE, EMAIL)),
    Thing("teacher", "profesor|docente|monitor|teacher|instructor", (NAME, PHONE, EMAIL)),
    Thing("product", "producto|articulo|product|article|item", (NAME, PRICE, ("stock", "integer", "Existencias", "In stock"), NOTES), ("supplier",)),
    Thing("material", "material|pieza|repuesto|part", (NAME, PRICE, ("stock", "integer", "Existencias", "In stock")), ("supplier",)),
    Thing("service", "servicio|tratamiento|service|treatment", (NAME, PRICE, ("minutes", "integer", "Minutos", "Minutes"))),
    Thing("room", "sala|habitacion|mesa|room|table", (NAME, ("places", "integer", "Plazas", "Places"), NOTES)),
    Thing("vehicle", "vehiculo|coche|furgoneta|camion|vehicle|car|van|truck", (("plate", "text", "Matrícula", "Plate"), ("model", "text", "Modelo", "Model"), NOTES), ("customer",)),
    Thing("equipment", "equipo|maquina|herramienta|machine|tool|equipment", (NAME, ("serial", "text", "Número de serie", "Serial number"), PRICE)),
    Thing("dwelling", "inmueble|piso|vivienda|property|flat|house", (ADDRESS, PRICE, ("rooms", "integer", "Habitaciones", "Rooms"))),
    Thing("course", "curso|clase|taller|course|workshop", (NAME, PRICE, ("places", "integer", "Plazas", "Places"), FROM, UNTIL), ("teacher",)),
    Thing("booking", "cita|reserva|appointment|booking|reservation", (SUBJECT, STARTS, ENDS, NOTES), ("customer", "patient", "student", "service", "employee", "teacher", "room", "equipment", "vehicle")),
    Thing("enrolment", "inscripcion|matricula|enrolment|enrollment|registration", (NUMBER, DAY, TOTAL), ("student", "customer", "course")),
    Thing("order", "pedido|venta|order|sale", (NUMBER, DAY, TOTAL, NOTES), ("customer", "product")),
    Thing("quote", "presupuesto|cotizacion|quote|estimate", (NUMBER, DAY, TOTAL, NOTES), ("customer",)),
    Thing("invoice", "factura|recibo|invoice|receipt|bill", (NUMBER, DAY, DUE, TOTAL), ("customer", "patient", "student", "order", "supplier")),
    Thing("payment", "pago|cobro|payment", (NUMBER, DAY, ("amount", "money", "Importe", "Amount")), ("customer", "invoice", "student", "patient")),
    Thing("project", "proyecto|obra|project", (NAME, FROM, UNTIL, ("budget", "money", "Presupuesto", "Budget")), ("customer",)),
    Thing("task", "tarea|task|to do", (SUBJECT, DUE, NOTES), ("project", "employee", "customer")),
    Thing("job", "trabajo|orden de trabajo|reparacion|averia|job|work order|repair", (SUBJECT, DAY, ("cost", "money", "Coste", "Cost"), NOTES), ("customer", "vehicle", "equipment", "employee")),
    Thing("visit", "visita|intervencion|visit|call out", (SUBJECT, STARTS, ENDS, NOTES), ("customer", "patient", "employee", "dwelling")),
    Thing("incident", "incidencia|queja|reclamacion|incident|complaint|ticket", (SUBJECT, DAY, NOTES), ("customer", "product", "employee")),
    Thing("contract", "contrato|suscripcion|cuota|contract|subscription|membership", (NUMBER, FROM, UNTIL, ("fee", "money", "Cuota", "Fee")), ("customer", "student", "dwelling", "service")),
    Thing("rental", "alquiler|prestamo|rental|loan", (NUMBER, STARTS, ENDS, TOTAL), ("customer", "equipment", "vehicle", "dwelling")),
    Thing("event", "evento|event", (NAME, STARTS, ENDS, ("places", "integer", "Plazas", "Places")), ("room", "customer")),
    Thing("expense", "gasto|compra|expense|purchase", (SUBJECT, DAY, TOTAL), ("supplier", "project")),
    Thing("document", "documento|expediente|document|file|case", (NAME, DAY, ("attachment", "file", "Archivo", "File"), NOTES), ("customer", "patient", "project")),
    Thing("contact", "contacto|persona|contact|person|lead|prospecto", (NAME, PHONE, EMAIL, NOTES)),
    Thing("animal", "mascota|animal|pet", (NAME, ("species", "text", "Especie", "Species"), ("born_on", "date", "Nacimiento", "Born"), NOTES), ("customer",)),
)  # fmt: skip
ANYTHING: Final = Thing("thing", "", (NAME, DAY, NOTES), ("customer",))


def thing_called(name: str, locale: Locale) -> Thing:
    """The one with this name, or what anything consists of."""
    known = _known(locale)
    return known.get(plain(name)) or known.get(plain(singular(name, locale))) or ANYTHING


@cache
def _known(locale: Locale) -> dict[str, Thing]:
    """By every name it goes by, the first thing that goes by it."""
    known: dict[str, Thing] = {}
    for thing in THINGS:
        for word in thing.words.split("|"):
            known.setdefault(word, thing)
            known.setdefault(plain(plural(word, locale)), thing)
    return known


def fields_of(thing: Thing, locale: Locale) -> list[Data]:
    """The first one is the title, and must be filled in."""
    label = 2 if locale == "es" else 3
    fields: list[Data] = [
        {"key": word[0], "label": word[label], "type": word[1]} for word in thing.fields
    ]
    fields[0]["required"] = True
    return fields
