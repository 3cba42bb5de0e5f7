"""How a file writes numbers and dates, where a column alone does not tell.

In: all tables and the person's language. Out: `Habits`. Callers: `reading`. The surprise: a file written by one program
writes all its columns the same way, so a sure column decides for the unsure ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from chalicelib.discovery.spreadsheets.amounts import Sign, decimal_sign
from chalicelib.discovery.spreadsheets.cells import Cell
from chalicelib.discovery.spreadsheets.headers import folded, words
from chalicelib.discovery.spreadsheets.moments import Order, day_order
from chalicelib.discovery.spreadsheets.tables import Table

SPANISH = words("""de del el la los las y nombre apellidos apellido fecha telefono correo cliente clientes precio importe estado
    direccion ciudad provincia codigo numero cantidad producto productos pedido pedidos factura activo notas observaciones
    hoja tipo dni nif proveedor movil descripcion si pagado pendiente cita paciente alumno curso""")
ENGLISH = words("""the of and name first last date phone email customer customers price amount status address city state code number
    quantity product products order orders invoice active notes sheet type supplier mobile description yes paid pending
    due appointment patient student course""")


@dataclass(frozen=True)
class Habits:
    language: str
    decimals: Sign
    order: Order
    is_order_sure: bool
    """Whether some date of the file shows which comes first."""


def habits_of(tables: Iterable[Table], asked: str) -> Habits:
    columns = [column.cells for table in tables for column in table.columns]
    labels = [column.label for table in tables for column in table.columns]
    language = language_in([*labels, *(table.name for table in tables)]) or asked
    sign = _most(decimal_sign(cells) for cells in columns)
    order = _most(day_order(cells) for cells in columns)
    return Habits(
        language,
        decimals="," if (sign or ("," if language == "es" else ".")) == "," else ".",
        order="month" if (order or _usual_order(language, columns)) == "month" else "day",
        is_order_sure=order is not None,
    )


def _most(votes: Iterable[str | None]) -> str | None:
    counted = Counter(vote for vote in votes if vote)
    return counted.most_common(1)[0][0] if counted else None


def _usual_order(language: str, columns: Iterable[list[Cell]]) -> Order:
    """Only files in English that write dollars put the month first."""
    if language == "es":
        return "day"
    return "month" if any("$" in str(c) for cells in columns for c in cells[:20]) else "day"


def language_in(texts: Iterable[str]) -> str:
    """Of the headers; empty when they don't tell."""
    said = [word for text in texts for word in folded(text).split()]
    spanish, english = (sum(word in known for word in said) for known in (SPANISH, ENGLISH))
    if spanish == english:
        return ""
    return "es" if spanish > english else "en"
