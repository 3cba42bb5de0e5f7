"""The Spanish sentences. Callers: `wording`."""

from __future__ import annotations

from typing import Final

REFUSALS: Final = {
    "empty": ("El archivo está vacío.", "Compruebe que ha elegido el archivo correcto."),
    "too_large": ("El archivo ocupa más de {limit} MB.", "Divídalo, o quite imágenes y hojas que no hagan falta."),
    "password": (
        "El archivo está protegido con contraseña.",
        "Ábralo en Excel, quite la contraseña (Archivo → Información → Proteger libro) y súbalo otra vez.",
    ),
    "xls": ("Es un libro de Excel antiguo (.xls).", "Ábralo en Excel o LibreOffice y guárdelo como .xlsx."),
    "xlsb": ("Es un libro binario (.xlsb).", "Guárdelo como .xlsx."),
    "ods": ("Es una hoja de LibreOffice (.ods).", "Guárdela como .xlsx o .csv."),
    "numbers": ("Es un documento de Numbers.", "Expórtelo como Excel (.xlsx) o CSV."),
    "other_office": ("Es un documento de texto o una presentación.", "Suba una hoja de cálculo .xlsx o .csv."),
    "other_archive": ("Es un archivo comprimido.", "Extraiga la hoja de cálculo y súbala sola."),
    "pdf": ("Es un PDF.", "Suba la hoja de cálculo de la que salió, como .xlsx o .csv."),
    "picture": ("Es una imagen.", "Suba la hoja de cálculo como .xlsx o .csv."),
    "html": (
        "Es una página web con nombre de hoja de cálculo, como las que exportan algunos programas.",
        "Ábrala en Excel y guárdela como .xlsx.",
    ),
    "xml": ("Es XML, no una hoja de cálculo.", "Guárdela como .xlsx o .csv."),
    "json": ("Es JSON, no una hoja de cálculo.", "Conviértalo a .csv o .xlsx."),
    "binary": ("No es texto ni una hoja de cálculo.", "Suba un .xlsx o un .csv."),
    "encoding": ("El texto está dañado o en una codificación desconocida.", "Guárdelo como «CSV UTF-8»."),
    "broken": ("El archivo está dañado o incompleto.", "Ábralo y guárdelo otra vez como .xlsx; súbalo de nuevo."),
    "broken_csv": ("El CSV se corta en la línea {line}.", "Revise las comillas de esa línea y guárdelo otra vez."),
    "doctype": (
        "El libro contiene declaraciones que un libro de Excel no puede llevar.",
        "Ábralo y guárdelo otra vez como .xlsx.",
    ),
    "zip_bomb": ("Descomprimido ocupa más de {limit} MB.", "Divídalo, o borre filas y hojas que no hagan falta."),
    "too_many_parts": ("El libro tiene más de {limit} piezas.", "Quite imágenes y objetos, y guárdelo otra vez."),
    "too_many_texts": ("El libro tiene más de {limit} textos distintos.", "Divídalo en varios archivos."),
    "too_many_sheets": ("El libro tiene {count} hojas; se leen {limit} como mucho.", "Deje las que hagan falta."),
    "too_many_rows": (
        "El archivo tiene más de {limit} filas.",
        "Suba una parte: la aplicación se diseña igual, y el resto se puede añadir después.",
    ),
    "too_slow": ("Leer el archivo lleva más de {limit} segundos.", "Divídalo en varios."),
    "no_table": (
        "No se ha encontrado ninguna tabla: hacen falta una fila de títulos y al menos una de datos.",
        "Ponga los títulos en una fila y los datos debajo.",
    ),
    "too_much_text": ("Los datos ocupan más de {limit} MB.", "Divídalos en varios archivos."),
    "too_much_together": ("No cabe junto a lo que ya hay: {why}", "Quite hojas o columnas que no hagan falta."),
    "never_came": ("No ha llegado ningún archivo legible a tiempo.", "Empiece otra importación y súbalo otra vez."),
    "closed": ("La conversación ya estaba cerrada cuando llegó el archivo.", "Empiece otra."),
}  # fmt: skip

NOTES: Final = {
    "no_header": "No tiene fila de títulos; las columnas se llaman por su posición.",
    "header_again": "La fila {row} repite los títulos; no se ha tomado.",
    "total": "La fila {row} es un total; no se ha tomado.",
    "remark": "La fila {row} es una nota al pie; no se ha tomado.",
    "same_header": "Dos columnas se llaman «{label}»; a la segunda se le ha puesto un número.",
    "nameless_column": "La columna {position} no tiene título.",
    "columns_cut": "Tiene más de {limit} columnas; se han tomado las primeras.",
    "numbered": "Ninguna columna puede dar nombre a las filas; se ha añadido «{label}».",
    "empty_column": "Está vacía.",
    "empty_is_no": "Vacío cuenta como «no» ({count}).",
    "placeholders": "«-», «N/A» y similares cuentan como vacío ({count}).",
    "order_unsure": "Se ha leído día/mes; ninguna fecha del archivo lo confirma.",
    "order_unsure_month": "Se ha leído mes/día; ninguna fecha del archivo lo confirma.",
    "rounded": "Valores redondeados a {places} decimales: {count}.",
    "several_currencies": "Hay varias monedas ({currencies}); los importes se han tomado sin convertir.",
    "spellings_merged": "Otras formas de escribir lo mismo que se han unido: {count}.",
    "formula_text": "Textos que empiezan como una fórmula: {count}; se guardan como texto y no se ejecutan.",
    "formulas": "Celdas con fórmula: {count}; se ha tomado su último resultado, no la fórmula.",
    "uncalculated": "Fórmulas sin resultado guardado: {count}; ábralo en Excel, guárdelo y súbalo otra vez.",
    "macros": "El libro lleva macros: no se leen ni se ejecutan.",
    "hidden_sheet": "La hoja oculta «{name}» no se ha leído.",
    "empty_sheet": "La hoja «{name}» no tiene ninguna tabla.",
    "no_cells": "«{name}» es un gráfico o no tiene celdas.",
}  # fmt: skip

FAULTS: Final = {
    "not_a_date": "«{value}» no es una fecha.",
    "not_an_email": "«{value}» no es una dirección de correo.",
    "not_a_url": "«{value}» no es una dirección web.",
    "not_a_phone": "«{value}» no es un teléfono.",
    "not_a_number": "«{value}» no es un número.",
    "broken": "La fórmula da error ({value}).",
    "does_not_fit": "«{value}» no cabe en la aplicación: demasiado largo o demasiado grande.",
    "repeated_key": "«{value}» ya aparece antes; si no, «{column}» sería única.",
    "unknown_reference": "«{value}» no está en la otra hoja.",
    "ambiguous_reference": "«{value}» está dos veces en la otra hoja.",
    "stray": "«{value}» está fuera de la tabla.",
}  # fmt: skip
