"""Files as businesses really keep them, in Spanish and English, and what comes of them."""

from __future__ import annotations

from datetime import date, datetime

from chalicelib.discovery.spreadsheets.merging import merged
from chalicelib.discovery.spreadsheets.reading import read_spreadsheet
from chalicelib.mvs.reading import read_mvs

from .workbooks import DOLLAR, EURO, PERCENT, Formula, Styled, workbook

CLIENTES_CSV = """\
Listado de clientes;;;;;;;;
Actualizado: 12/03/2024;;;;;;;;
;;;;;;;;
Nº Cliente;Nombre y apellidos;DNI;Teléfono;Correo electrónico;Fecha alta;Saldo (€);Activo;Tipo
1;María Pérez;12345678Z;600 123 456;maria@example.com;03/04/2021;1.234,56;sí;Particular
2;José Núñez;00345678A;600123457;jose@example;15/07/2020;-;no;Empresa
3;Ana López;12345678X;+34 600 111 222;ana@example.com;31/02/2022;12,5 €;sí;particular
4;Luis Gil;11145678X;600 111 223;luis@example.com;1 de marzo de 2022;(45,00);SI;Particular 
5;Eva Sanz;22245678X;600 111 224;eva@example.com;05-06-22;0;No;EMPRESA
Total;;;;;;1.202,06;;
"""


def types(imported, sheet=0):
    return {
        column["label"]: column["type"] for column in imported.report["sheets"][sheet]["columns"]
    }


def column(imported, label, sheet=0):
    columns = imported.report["sheets"][sheet]["columns"]
    return next(one for one in columns if one["label"] == label)


def values(imported, entity, key):
    return [row.get(key) for row in imported.rows[entity]]


def codes(notes):
    return {note["code"] for note in notes}


def test_a_spanish_customer_list_with_titles_a_total_and_dirty_rows():
    found = read_spreadsheet(CLIENTES_CSV.encode("cp1252"), "Clientes 2024.csv")
    assert (found.report["encoding"], found.report["separator"]) == ("cp1252", ";")
    assert types(found) == {
        "Nº Cliente": "integer",
        "Nombre y apellidos": "text",
        "DNI": "text",
        "Teléfono": "phone",
        "Correo electrónico": "email",
        "Fecha alta": "date",
        "Saldo (€)": "money",
        "Activo": "boolean",
        "Tipo": "choice",
    }
    assert [(f["row"], f["value"], f["code"]) for f in found.report["faults"]] == [
        (6, "jose@example", "not_an_email"),
        (7, "31/02/2022", "not_a_date"),
    ]
    assert codes(found.report["sheets"][0]["notes"]) == {"total"}
    assert values(found, "cliente", "saldo") == ["1234.56", None, "12.50", "-45.00", "0.00"]
    assert values(found, "cliente", "tipo") == ["particular", "empresa"] * 0 + [
        "particular", "empresa", "particular", "particular", "empresa",
    ]  # fmt: skip
    assert values(found, "cliente", "fecha_alta")[3:] == ["2022-03-01", "2022-06-05"]


def taller():
    """A garage: three sheets that point at each other by code and by name, a hidden list, sums by formula."""
    clientes = [
        ["Código", "Nombre", "Móvil"],
        ["C-01", "Talleres Peña", "600 111 222"],
        ["C-02", "Ana Ruiz", "600 111 223"],
        ["C-03", "Óscar Ibáñez", 600111224],
    ]
    vehiculos = [
        ["Matrícula", "Cliente", "Marca", "Fecha de matriculación"],
        ["1234 BCD", "C-01", "Seat", date(2019, 5, 3)],
        ["5678 FGH", "C-02", "Seat", date(2020, 1, 31)],
        ["9012 JKL", "C-02", "Fiat", date(2021, 12, 1)],
        ["3456 MNP", "C-03", "Seat", date(2018, 7, 7)],
    ]
    reparaciones = [
        ["Reparaciones del año"],
        [],
        ["Nº", "Matrícula", "Entrada", "Estado", "Mano de obra", "IVA", "Total"],
        [1, "1234 BCD", datetime(2024, 1, 8, 9, 30), "Entregado", Styled(120, EURO), Styled(0.21, PERCENT), Formula("E4*1.21", 145.2)],
        [2, "5678 fgh", datetime(2024, 1, 9, 10, 0), "entregado", Styled(80.5, EURO), Styled(0.21, PERCENT), Formula("E5*1.21", 97.405)],
        [3, "9012 JKL", datetime(2024, 2, 1, 8, 15), "Pendiente", Styled(40, EURO), Styled(0.1, PERCENT), Formula("E6*1.21", 44)],
        [4, "0000 XXX", datetime(2024, 2, 2, 16, 45), "En taller", Styled(60, EURO), Styled(0.21, PERCENT), Formula("E7*1.21")],
        [5, "3456 MNP", datetime(2024, 2, 3, 9, 0), "Pendiente", Styled(0, EURO), Styled(0.21, PERCENT), Formula("E8*1.21", 0)],
        ["TOTAL", None, None, None, Styled(300.5, EURO)],
    ]  # fmt: skip
    sheets = {"Clientes": clientes, "Vehículos": vehiculos, "Reparaciones": reparaciones, "Listas": [["x"], ["y"]]}  # fmt: skip
    return workbook(sheets, merged={"Reparaciones": ["A1:G1"]}, hidden=("Listas",))


def test_a_workbook_of_a_garage_becomes_three_things_that_point_at_each_other():
    found = read_spreadsheet(taller(), "taller.xlsx")
    entities = {entity["key"]: entity for entity in found.fragment["entities"]}
    assert list(entities) == ["cliente", "vehiculo", "reparacion"]
    assert column(found, "Cliente", 1)["to"] == "cliente"
    assert column(found, "Matrícula", 2)["to"] == "vehiculo"
    assert values(found, "reparacion", "matricula") == ["r2", "r3", "r4", None, "r5"]
    assert [f["code"] for f in found.report["faults"]] == ["unknown_reference"]
    assert types(found, 2) | {"Nº": "integer"} == {
        "Nº": "integer",
        "Matrícula": "reference",
        "Entrada": "datetime",
        "Estado": "choice",
        "Mano de obra": "money",
        "IVA (%)": "decimal",
        "Total": "money",
    }
    assert values(found, "reparacion", "iva") == ["21", "21", "10", "21", "21"]
    assert codes(found.report["notes"]) == {"formulas", "uncalculated", "hidden_sheet"}
    assert found.fragment["currency"] == "EUR"


def orders():
    customers = [
        ["Customer ID", "Full Name", "Email", "Signup Date", "VIP"],
        [101, "Ann O'Hara", "ann@example.com", "3/25/2024", "yes"],
        [102, "Bob Stone", "bob@example.com", "4/2/2024", "no"],
        [103, "Cy Young", "cy@example", "12/31/2023", "no"],
        [104, "Di Wells", "di@example.com", "1/15/2024", ""],
    ]
    lines = [
        ["Order #", "Customer ID", "Amount", "Status", "Notes"],
        ["A-1", 101, Styled(1234.5, DOLLAR), "Shipped", "Leave at the door.\nRing twice."],
        ["A-2", 101, Styled(10, DOLLAR), "shipped", None],
        ["A-3", 104, Styled(99.99, DOLLAR), "Open", None],
        ["A-3", 102, Styled(5, DOLLAR), "Open", "N/A"],
    ]
    return workbook({"Customers": customers, "Orders": lines})


def test_an_english_workbook_with_american_dates_and_dollars():
    found = read_spreadsheet(orders(), "orders.xlsx", language="en")
    assert values(found, "customer", "signup_date") == [
        "2024-03-25", "2024-04-02", "2023-12-31", "2024-01-15",
    ]  # fmt: skip
    assert column(found, "Customer ID", 1)["to"] == "customer"
    assert types(found, 1)["Amount"] == "money"
    assert found.fragment["currency"] == "USD"
    assert types(found, 1)["Notes"] == "long_text"
    assert [(f["column"], f["code"]) for f in found.report["faults"]] == [
        ("Email", "not_an_email"),
        ("Order #", "repeated_key"),
    ]


def test_every_fragment_makes_a_valid_mvs_by_itself():
    for content, name in ((CLIENTES_CSV.encode(), "c.csv"), (taller(), "t.xlsx"), (orders(), "o.xlsx")):  # fmt: skip
        found = read_spreadsheet(content, name)
        read_mvs(merged(None, found.fragment).mvs)


def test_no_value_of_the_file_is_in_the_fragment_but_choices():
    found = read_spreadsheet(taller(), "taller.xlsx")
    text = str(found.fragment)
    for private in ("Peña", "Ana Ruiz", "1234 BCD", "600 111"):
        assert private not in text
    assert "Pendiente" in text


def test_months_over_two_header_rows_are_told_apart():
    rows = [
        ["Comercial", "Ventas", None, "Gastos", None],
        [None, "Enero", "Febrero", "Enero", "Febrero"],
        ["Ana", 10, 20, 1, 2],
        ["Luis", 30, 40, 3, 4],
        ["Eva", 50, 60, 5, 6],
    ]
    content = workbook({"Resumen": rows}, merged={"Resumen": ["A1:A2", "B1:C1", "D1:E1"]})
    found = read_spreadsheet(content, "resumen.xlsx")
    assert list(types(found)) == [
        "Comercial", "Ventas Enero", "Ventas Febrero", "Gastos Enero", "Gastos Febrero",
    ]  # fmt: skip


def test_a_value_merged_down_counts_for_each_row():
    rows = [["Zona", "Tienda", "Ciudad"], ["Norte", "T1", "Bilbao"], [None, "T2", "Gijón"], ["Sur", "T3", "Cádiz"]]  # fmt: skip
    found = read_spreadsheet(workbook({"Tiendas": rows}, merged={"Tiendas": ["A2:A3"]}), "x.xlsx")
    assert values(found, "tienda", "zona") == ["norte", "norte", "sur"]


def test_the_same_header_twice_gets_a_number():
    text = "Nombre,Teléfono,Teléfono\nAna,600111222,911112222\nLuis,600111223,911112223\n"
    found = read_spreadsheet(text.encode(), "a.csv")
    assert list(types(found)) == ["Nombre", "Teléfono", "Teléfono 2"]
    assert codes(found.report["sheets"][0]["notes"]) == {"same_header"}


def test_a_table_without_a_header_is_read_by_position():
    found = read_spreadsheet(b"Ana;12;01/02/2024\nLuis;15;03/02/2024\n", "agenda.csv")
    assert list(types(found)) == ["Columna 1", "Columna 2", "Columna 3"]
    assert len(found.rows["agenda"]) == 2


def test_people_who_report_to_others_of_the_same_sheet():
    rows = [["Nombre", "Jefe (nombre del empleado)"], ["Ana", None], ["Luis", "Ana"], ["Eva", "Ana"], ["Pau", "Luis"]]  # fmt: skip
    found = read_spreadsheet(workbook({"Empleados": rows}), "x.xlsx")
    assert values(found, "empleado", "jefe_nombre_del_empleado") == [None, "r2", "r2", "r3"]


def test_small_numbers_point_nowhere_without_a_name_that_says_so():
    sheets = {
        "Mesas": [["Mesa", "Plazas"], *[[n, 4] for n in range(1, 9)]],
        "Platos": [["Plato", "Alérgenos"], *[[f"P{n}", n] for n in range(1, 9)]],
    }
    found = read_spreadsheet(workbook(sheets), "x.xlsx")
    assert [column["to"] for sheet in found.report["sheets"] for column in sheet["columns"]] == [None] * 4  # fmt: skip
