"""What a column's name says of its type, in Spanish and English.

In: a header. Out: yes or no to a few questions. Callers: `column_types`, `links`. The surprise: a name never makes a type; it
only decides how many values may be dirty, or between two types the values allow.
"""

from __future__ import annotations

import re
from typing import Final

from chalicelib.discovery.spreadsheets.headers import folded, words

MONEY: Final = words(
    """precio importe total subtotal coste costo saldo pago cobro tarifa cuota salario sueldo descuento anticipo deuda
    facturado presupuesto pvp ingresos gasto gastos price amount cost balance payment fee salary wage discount deposit debt
    revenue budget paid cobrado pagado"""
)
DATE: Final = words(
    """fecha dia nacimiento alta baja vencimiento caducidad entrega inicio fin date day birthday birth due start end expires
    expiry delivered joined since desde hasta created"""
)
PHONE: Final = words(
    "telefono tel tlf tfno movil celular fax phone mobile whatsapp telephone cell contacto"
)
EMAIL: Final = words("email mail correo mails emails correos")
IDENTIFIER: Final = words(
    """id order codigo cod ref referencia dni nie nif cif rfc curp ruc sku ean isbn matricula expediente factura pedido numero num n
    no nº code reference number invoice key clave uuid colegiado poliza serial serie license vat passport pasaporte"""
)
NOT_A_NUMBER: Final = words(
    """postal cp zip postcode dni nie nif cif rfc curp ruc iban cuenta account tarjeta card ean isbn matricula portal piso puerta
    telefono fax version"""
)
CHOICE: Final = words(
    """estado status tipo type categoria category clase prioridad priority sexo genero gender familia family nivel level fase
    stage forma metodo method canal channel origen source turno shift zona talla size color situacion grupo group"""
)
YES_NO: Final = words(
    """activo activa active enabled pagado pagada paid socio vip confirmado confirmada confirmed enviado entregado urgente
    urgent asistio fumador menor visible publicado newsletter"""
)
NUMBER: Final = words(
    """cantidad unidades stock edad horas minutos dias plazas peso km kilometros puntos quantity qty units age hours minutes
    days seats weight points count existencias duracion duration"""
)
FREE_TEXT: Final = words(
    """nombre name apellidos apellido surname direccion address notas notes observaciones comentarios comments descripcion
    description titulo title asunto subject"""
)


def says(label: str, known: frozenset[str]) -> bool:
    return any(word in known for word in re.findall(r"[a-zº]+", folded(label)))


def is_identifier(label: str) -> bool:
    """«Nº de pedido», «customer_id», «Código»; «Número de plazas» counts something."""
    found = re.findall(r"[a-zº]+", folded(label.replace("Nº", "numero ").replace("nº", "numero ")))
    return any(word in IDENTIFIER for word in found) and not says(label, NUMBER | MONEY | DATE)
