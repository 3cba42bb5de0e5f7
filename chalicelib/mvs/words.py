"""Words nobody may use as a key, and characters nobody may use in a text.

In: a key and what it names, or any text. Out: the reason it is refused, or None. Callers: `references`. The surprise:
a business word can be perfectly good and still be taken: `check` is a method of every Django model.
"""

from __future__ import annotations

import keyword
import re
from typing import Literal

Use = Literal["role", "entity", "field", "transition", "dashboard"]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


PYTHON = frozenset(word.lower() for word in keyword.kwlist)

# Methods and attributes of a Django model; a field or a transition with such a name would replace them.
DJANGO_MODEL = _words("""adelete arefresh_from_db asave check clean clean_fields date_error_message delete from_db full_clean
    get_constraints get_deferred_fields id meta objects pk prepare_database_save refresh_from_db save save_base
    serializable_value unique_error_message validate_constraints validate_unique""")
# Columns the scaffold adds to every business table, and query parameters of every list.
SCAFFOLD_FIELD = _words("""tenant tenant_id workspace workspace_id created_at updated_at created_by updated_by created_by_id updated_by_id
    q page sort ordering next csrfmiddlewaretoken""")
# Names a generated class body uses itself: `date: date` or a field called `property` would break it.
CLASS_BODY = _words("""bool bytes classmethod cls date datetime decimal dict float int list models object property self set
    staticmethod str super time timedelta timezone tuple uuid""")
# Attributes of the schemas behind the REST API.
API_SCHEMA = _words("""construct copy dict from_orm json model_config model_construct model_copy model_extra model_fields
    model_fields_set model_computed_fields model_json_schema model_rebuild model_post_init schema schema_json
    update_forward_refs validate""")
GENERATED_NAME = re.compile(r"get_.+_display|get_(next|previous)_by_.+|model_(dump|validate).*")

# An entity is a package under business/, a Django app label, a class and a first part of addresses.
BUSINESS_PACKAGE = _words("""admin api app apps conftest dashboard dashboards demo forms locale management migrations models navigation
    permissions rules static templates templatetags tests urls views""")
APP_LABEL = _words("""accounts audit auth business config contenttypes django django_prometheus files humanize manage messages ninja operations pages
    postgres selfcheck serve sessions staticfiles theme workspaces""")
ADDRESS = _words("docs export healthz i18n import invitations login logout media metrics openapi")
CLASS_NAME = _words(
    """any decimal exception literal membership meta model schema tenant tenant_model user workspace"""
)
ROW_ADDRESS = _words("create detail edit export history import list new remove update")

RESERVED: dict[Use, frozenset[str]] = {
    "role": PYTHON | {"owner", "anonymous", "everybody", "superuser"},
    "entity": PYTHON | BUSINESS_PACKAGE | APP_LABEL | ADDRESS | CLASS_NAME,
    "field": PYTHON | DJANGO_MODEL | SCAFFOLD_FIELD | CLASS_BODY | API_SCHEMA,
    "transition": PYTHON | DJANGO_MODEL | SCAFFOLD_FIELD | ROW_ADDRESS,
    "dashboard": PYTHON,
}

SUFFIXES: dict[Use, str] = {"role": "role", "field": "value", "dashboard": "board"}

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
BIDI = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
LINE_BREAK = re.compile(r"[\n\r\t]")
INVISIBLE = re.compile(
    r"[\s\u00ad\u180e\u200b-\u200d\u2060-\u2064\ufe00-\ufe0f\u3164\u115f\u1160]+"
)


def is_reserved(use: Use, key: str) -> bool:
    by_pattern = use in ("field", "transition") and GENERATED_NAME.fullmatch(key)
    return key in RESERVED[use] or bool(by_pattern)


def another_key(use: Use, key: str) -> str:
    """A free key that still reads like what was meant."""
    before = {"entity": "business", "transition": "do"}.get(use)
    wanted = f"{before}_{key}" if before else f"{key}_{SUFFIXES[use]}"
    return wanted[:40].rstrip("_")


def text_fault(text: str, *, one_line: bool) -> str | None:
    """The code of what is wrong with a text, or None. Quotes, markup and templates are fine: they stay data."""
    if CONTROL.search(text):
        return "control_character"
    if BIDI.search(text):
        return "bidi_character"
    if one_line and LINE_BREAK.search(text):
        return "not_one_line"
    if one_line and text and INVISIBLE.fullmatch(text):
        return "invisible_text"
    return None
