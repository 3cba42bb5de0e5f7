"""The sentences requirements are written in, in each language an app may speak.

In: a form and its words. Out: one sentence. Callers: `requirements`. The surprise: the words are the business's own and
are only ever inserted, never interpreted; a label such as `{0}` stays a label.
"""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.mvs.spec import Locale

OWNER: dict[Locale, str] = {"en": "the owner", "es": "la propiedad"}
AND: dict[Locale, str] = {"en": " and ", "es": " y "}

FORMS: dict[Locale, dict[str, str]] = {
    "en": {
        "sign_in": "People sign in to {name} with their e-mail address and a password; nothing is shown without.",
        "isolation": "Nobody sees or changes data of a workspace they are not a member of, on any screen or API route.",
        "roles": "A member of a workspace has one of the roles: {roles}.",
        "audit": "Every creation, change and deletion is recorded with who did it and when.",
        "language": "The app speaks {locales}; the first is the default.",
        "records": "“{plural}” can be listed, searched, shown, added, changed and deleted, on screens and by the API.",
        "required": "In “{plural}”, “{field}” must be given.",
        "unique": "In “{plural}”, no two rows of a workspace have the same “{field}”.",
        "options": "In “{plural}”, “{field}” is one of: {options}.",
        "on_delete_protect": "A row of “{to}” can't be deleted while “{field}” in “{plural}” refers to it.",
        "on_delete_cascade": "Deleting a row of “{to}” also deletes the “{plural}” whose “{field}” it is.",
        "on_delete_clear": "Deleting a row of “{to}” leaves “{field}” empty in the “{plural}” that referred to it.",
        "computed": "In “{plural}”, “{field}” is always computed as {formula} and can't be typed in.",
        "may_view": "“{plural}” may be seen by {roles}; by nobody else.",
        "may_create": "“{plural}” may be added by {roles}; by nobody else.",
        "may_edit": "“{plural}” may be changed by {roles}; by nobody else.",
        "may_delete": "“{plural}” may be deleted by {roles}; by nobody else.",
        "rule": "Rule for “{plural}”: {text}",
        "rule_in_words": "Rule for “{plural}”, in words: {text}",
        "initial": "Every new row of “{plural}” begins with “{field}” = “{state}”, and only transitions change it.",
        "transition": "In “{plural}”, “{label}” leads from {sources} to “{target}”; it may be done by {roles}.",
        "dashboard": "The dashboard “{label}” is seen by {roles}; by nobody else.",
        "dashboard_for_all": "The dashboard “{label}” is seen by every member of the workspace.",
        "tile": "The dashboard “{dashboard}” shows “{label}”, counted over the workspace's own rows.",
        "demo": "A new installation can be filled with {rows} example rows.",
        "success": "Success will be told by: {text}",
    },
    "es": {
        "sign_in": "Se entra en {name} con correo y contraseña; sin entrar no se ve nada.",
        "isolation": "Nadie ve ni cambia datos de un espacio del que no es miembro, en ninguna pantalla ni ruta de la API.",
        "roles": "Cada miembro de un espacio tiene uno de estos roles: {roles}.",
        "audit": "Toda alta, cambio y baja queda registrada con quién la hizo y cuándo.",
        "language": "La aplicación habla {locales}; el primero es el idioma inicial.",
        "records": "«{plural}»: se pueden listar, buscar, ver, añadir, cambiar y borrar, en pantalla y por la API.",
        "required": "En «{plural}», «{field}» es obligatorio.",
        "unique": "En «{plural}», dos filas de un mismo espacio nunca tienen igual «{field}».",
        "options": "En «{plural}», «{field}» es uno de: {options}.",
        "on_delete_protect": "No se puede borrar una fila de «{to}» mientras «{field}» en «{plural}» la señale.",
        "on_delete_cascade": "Al borrar una fila de «{to}» se borran las de «{plural}» que la tienen en «{field}».",
        "on_delete_clear": "Al borrar una fila de «{to}», «{field}» queda vacío en las de «{plural}» que la señalaban.",
        "computed": "En «{plural}», «{field}» se calcula siempre como {formula} y no se puede escribir a mano.",
        "may_view": "«{plural}»: pueden verlos {roles}; nadie más.",
        "may_create": "«{plural}»: pueden añadirlos {roles}; nadie más.",
        "may_edit": "«{plural}»: pueden cambiarlos {roles}; nadie más.",
        "may_delete": "«{plural}»: pueden borrarlos {roles}; nadie más.",
        "rule": "Regla de «{plural}»: {text}",
        "rule_in_words": "Regla de «{plural}», en palabras: {text}",
        "initial": "Toda fila nueva de «{plural}» empieza con «{field}» = «{state}», y solo cambia por transiciones.",
        "transition": "En «{plural}», «{label}» lleva de {sources} a «{target}»; pueden hacerlo {roles}.",
        "dashboard": "El panel «{label}» lo ven {roles}; nadie más.",
        "dashboard_for_all": "El panel «{label}» lo ven todos los miembros del espacio.",
        "tile": "El panel «{dashboard}» muestra «{label}», calculado solo con las filas del propio espacio.",
        "demo": "Una instalación nueva puede llenarse con {rows} filas de ejemplo.",
        "success": "El éxito se medirá así: {text}",
    },
}  # fmt: skip
QUOTES: dict[Locale, str] = {"en": "“{}”", "es": "«{}»"}


def sentence(locale: Locale, words: Mapping[str, object]) -> str:
    form = str(words["form"])
    plain = {
        name: _who(locale, value) if name == "roles" and form != "roles" else _said(locale, value)
        for name, value in words.items()
    }
    return " ".join(FORMS[locale][form].format_map(plain).split())


def _who(locale: Locale, roles: object) -> str:
    labels = roles if isinstance(roles, list) else []
    return enumerated(locale, [OWNER[locale], *(QUOTES[locale].format(label) for label in labels)])


def _said(locale: Locale, value: object) -> str:
    if isinstance(value, list):
        return enumerated(locale, [QUOTES[locale].format(one) for one in value])
    return str(value)


def enumerated(locale: Locale, parts: list[str]) -> str:
    """'a, b and c'. Spanish says `e` before an i-sound; we avoid it by naming roles in quotes."""
    if len(parts) < 2:
        return "".join(parts)
    return ", ".join(parts[:-1]) + AND[locale] + parts[-1]
