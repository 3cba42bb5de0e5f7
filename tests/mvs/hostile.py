"""Hostile MVS documents: those that must be refused, and those that are only data and must compile into a safe app.

`ACCEPTED_HOSTILE` is for everybody who turns an MVS into something else (the compiler, documents, screens):
`[(name, mvs as plain data)]`, each valid, each nasty in every place where a person may write.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

Data = dict[str, Any]

WORDS = {
    "single_quote": "O'Brien's \\' quote",
    "double_quote": 'the "boss" \\" said',
    "triple_single_quotes": "''' + __import__('os').system('id') + '''",
    "triple_double_quotes": '"""; import os; os.abort(); """',
    "backslash_at_the_end": "C:\\new\\table\\",
    "escape_sequences": "\\N{BULLET} \\x41 \\u0041 \\123 \\",
    "sql_drop": '"; DROP TABLE patients; --',
    "sql_delete": "'); DELETE FROM accounts_user; --",
    "sql_comment": "/* x */ -- ; select $$pg_sleep(9)$$",
    "jinja_expression": "{{ 7*7 }} {{ self.__init__ }}",
    "jinja_statement": "{% for x in y %}{% endfor %}{% raw %}",
    "jinja_endings": "}} %} #} {% endblock %} {% endraw %}",
    "jinja_comment": "{# hidden #} {%- set a = 1 -%}",
    "django_tags": "{% load static %}{% debug %}{{ x|safe }}",
    "django_verbatim": "{% endverbatim %}{% endcomment %}{% endautoescape %}",
    "script_tag": "<script>alert(1)</script>",
    "broken_attribute": '"><img src=x onerror=alert(1)>',
    "closing_tags": "</textarea></title></style>-->]]>",
    "html_entities": "&amp; &lt;b&gt; &#39; &quot;",
    "script_address": "javascript:alert(document.cookie)",
    "percent_formats": "%s %d %(name)s 100%% %",
    "brace_formats": "{0} {name} {self.__class__} {",
    "template_string": "${HOME} $(id) `id` #{7*7}",
    "python_code": "__import__('os').system('id')",
    "f_string": 'f"{1/0}" {x!r:>10}',
    "dunder": "__class__.__mro__[1].__subclasses__()",
    "path_up": "../../../../etc/passwd",
    "path_windows": "..\\..\\windows\\system32",
    "spreadsheet_formula": "=cmd|' /C calc'!A0",
    "spreadsheet_at": "@SUM(1+1)*cmd|' /C calc'!A0",
    "comment_hash": "# noqa: this is no comment",
    "yaml_words": "key: &a [*a, !!python/name:os.system]",
    "regex_groups": "\\1 \\g<0> $1 (?P<x>.*)+$",
    "shell": "$(rm -rf /); | cat /etc/passwd &",
    "markdown": "[x](javascript:alert(1)) ![](//evil.example) `|` ***",
    "table_bars": "a | b \\| c |",
    "emoji": "🦷 👩‍👩‍👧‍👦 🏳️‍🌈",
    "right_to_left_words": "عيادة الأسنان מרפאה",
    "chinese": "牙科诊所预约",
    "combining_marks": "Z̷͉̈́ä̶́l̸̈g̵̀o̴ ñ ǆ ß İ ı ſ",
    "words_of_python": "None True False nan NULL",
    "only_punctuation": "'\"`\\",
    "gettext_call": '_("x") %(count)d',
    "very_long": "W" * 80,
    "http_header": "Set-Cookie: a=b; X-Evil: 1",
    "json_break": '\\"}],"admin":true,"x":[{"y":"',
}
LINES = "\nsecond line\n\"\"\"\n'''\n{% endraw %}\n# {{ third }}\n-- '; \\\n"


def line(text: str, limit: int = 80) -> str:
    return text[:limit].strip()


def small() -> Data:
    """The least that is valid and has one of everything."""
    return filled_with("Plain", "Plain")


def filled_with(text: str, prose: str) -> Data:
    """`text` in every place for one line, `prose` in every place for many."""
    label = line(text)
    return {
        "fragua": 1,
        "name": label,
        "locales": ["en", "es"],
        "industry": "testing",
        "summary": prose,
        "problem": prose,
        "roles": [
            {"key": "clerk", "label": label, "description": prose},
            {"key": "guest", "label": label},
        ],
        "entities": [_place(text, prose), _stay(text, prose)],
        "dashboards": [
            {
                "key": "overview",
                "label": label,
                "roles": ["clerk"],
                "tiles": [
                    {"label": label, "entity": "stay", "group_by": "stage"},
                    {"label": label, "entity": "stay", "measure": "sum", "field": "nights"},
                    {"label": label, "entity": "stay", "group_by": "place",
                     "where": {"field": "stage", "one_of": ["asked"]}},
                ],
            }
        ],
        "success": [prose],
        "out_of_scope": [prose],
        "demo": {
            "place": [
                {"_id": line(text, 60), "name": line(text), "notes": prose, "website": "https://a.example/?q='\"<>"},
                {"_id": "other", "name": line(text, 78) + " 2", "notes": prose, "inside": line(text, 60)},
            ],
            "stay": [
                {"reason": line(text), "place": line(text, 60), "since": "2026-11-23", "until": "2026-11-25",
                 "nights": 2, "rate": "10.50", "why_not": line(text), "stage": "refused"},
                {"reason": line(text, 70) + " 3", "place": "other", "since": "2026-11-23", "until": "2026-11-24",
                 "guest_mail": "o'hara+x@a.example"},
            ],
        },
    }  # fmt: skip


def _place(text: str, prose: str) -> Data:
    label = line(text)
    return {
        "key": "place",
        "label": label,
        "plural": label,
        "description": prose,
        "title": "name",
        "fields": [
            {"key": "name", "label": label, "type": "text", "required": True, "unique": True, "help": label},
            {"key": "notes", "label": label, "type": "long_text", "help": label, "default": prose[:200]},
            {"key": "website", "label": label, "type": "url"},
            {"key": "inside", "label": label, "type": "reference", "to": "place", "on_delete": "clear"},
            {"key": "plan", "label": label, "type": "file"},
            {"key": "phone", "label": label, "type": "phone"},
        ],
        "permissions": {"clerk": ["view", "create", "edit", "delete"], "guest": ["view"]},
        "rules": [{"type": "in_words", "text": prose}],
    }  # fmt: skip


def _stay(text: str, prose: str) -> Data:
    label = line(text)
    return {
        "key": "stay",
        "label": label,
        "plural": label,
        "description": prose,
        "title": "reason",
        "fields": [
            {"key": "reason", "label": label, "type": "text", "required": True, "default": label},
            {"key": "place", "label": label, "type": "reference", "to": "place", "required": True},
            {"key": "since", "label": label, "type": "date", "required": True},
            {"key": "until", "label": label, "type": "date", "required": True},
            {"key": "nights", "label": label, "type": "integer", "required": True, "default": 1},
            {"key": "rate", "label": label, "type": "money", "required": True, "default": 1},
            {"key": "total", "label": label, "type": "computed", "formula": "nights * -rate / (2 + 1)"},
            {"key": "span", "label": label, "type": "computed", "formula": "days(since, until)"},
            {"key": "paid", "label": label, "type": "boolean", "help": label},
            {"key": "guest_mail", "label": label, "type": "email"},
            {"key": "called_at", "label": label, "type": "datetime"},
            {"key": "weight", "label": label, "type": "decimal"},
            {"key": "why_not", "label": label, "type": "text", "help": label},
            {"key": "stage", "label": label, "type": "choice", "required": True, "options": [
                {"key": "asked", "label": label}, {"key": "granted", "label": label}, {"key": "refused", "label": label}]},
        ],
        "permissions": {"clerk": ["view", "create", "edit"]},
        "rules": [
            {"type": "in_order", "first": "since", "then": "until", "text": prose},
            {"type": "no_overlap", "resource": "place", "start": "since", "end": "until", "text": prose,
             "unless": {"field": "stage", "one_of": ["refused"]}},
            {"type": "range", "field": "nights", "min": 1, "max": 30, "text": prose},
            {"type": "required_when", "field": "why_not", "text": prose,
             "when": {"field": "stage", "one_of": ["refused"]}},
        ],
        "workflow": {
            "field": "stage",
            "initial": "asked",
            "transitions": [
                {"key": "grant", "label": label, "sources": ["asked"], "target": "granted", "roles": ["clerk"]},
                {"key": "refuse", "label": label, "sources": ["asked", "granted"], "target": "refused", "roles": ["owner"]},
            ],
        },
    }  # fmt: skip


def _renamed(old: str, new: str) -> Data:
    """The small MVS with one key called otherwise, wherever it appears."""

    def walk(value: Any) -> Any:
        if isinstance(value, dict):
            return {new if key == old else key: walk(part) for key, part in value.items()}
        if isinstance(value, list):
            return [walk(part) for part in value]
        return new if value == old else value

    renamed: Data = walk(small())
    return renamed


def _with_fields(*keys: str) -> Data:
    data = small()
    fields = data["entities"][0]["fields"]
    fields += [{"key": key, "label": key, "type": "text"} for key in keys]
    return data


LONG_KEY = "a" * 40

ACCEPTED_HOSTILE: list[tuple[str, Data]] = [
    *((name, filled_with(text, text + LINES)) for name, text in WORDS.items()),
    ("sql_words_as_fields", _with_fields("select", "where", "group", "order", "limit", "default", "table", "user",
                                         "primary", "references", "grant", "desc", "column", "constraint")),
    ("soft_keywords_and_builtins_as_fields", _with_fields("match", "case", "type", "print", "len", "format", "input",
                                                          "open", "filter", "sum", "hash", "map", "exec", "eval")),
    ("words_of_the_templates_as_fields", _with_fields("request", "form", "view", "csrf", "block", "perms", "messages",
                                                      "loop", "field", "value", "errors", "instance", "initial", "data",
                                                      "fields", "files", "prefix", "label", "help", "media")),
    ("keys_that_nearly_collide", _with_fields("place_name", "stay_id", "name_2", "created", "tenancy", "stay_set")),
    ("longest_key_as_entity", _renamed("stay", LONG_KEY)),
    ("longest_key_as_field", _renamed("why_not", LONG_KEY)),
    ("longest_key_as_role", _renamed("clerk", LONG_KEY)),
    ("longest_key_as_transition", _renamed("grant", LONG_KEY)),
    ("longest_key_as_option", _renamed("granted", LONG_KEY)),
    ("entity_called_order", _renamed("stay", "order")),
    ("entity_called_group", _renamed("stay", "group")),
    ("entity_called_permission", _renamed("stay", "permission")),
    ("entity_called_like_a_class", _renamed("stay", "base_view")),
    ("entity_called_like_a_stdlib_module", _renamed("stay", "json")),
    ("entity_called_test", _renamed("stay", "test")),
    ("entity_called_list", _renamed("stay", "list")),
    ("option_called_none", _renamed("granted", "none")),
    ("option_called_class", _renamed("granted", "class")),
    ("role_called_admin", _renamed("clerk", "admin")),
    ("transition_called_grant_all", _renamed("grant", "get")),
    ("digits_in_keys", _renamed("place", "p1_2_3")),
]  # fmt: skip


# --- refused -------------------------------------------------------------------------------------------------------------

Change = Callable[[Data], object]


def changed(change: Change) -> Data:
    data = small()
    change(data)
    return data


def _set(*path: Any) -> Change:
    """The last part is the value, the others lead to it."""

    def change(data: Any) -> None:
        *way, last, value = path
        for part in way:
            data = data[part]
        data[last] = value

    return change


E = "entities"
DEEP: Any = []
for _ in range(500):
    DEEP = [DEEP]
LOOP: list[Any] = []
LOOP.append(LOOP)


def _many_entities(data: Data) -> None:
    data[E] = [
        {**copy.deepcopy(data[E][0]), "key": f"place{number}", "fields": data[E][0]["fields"]}
        for number in range(200)
    ]


REFUSED_HOSTILE: list[tuple[str, Change, str]] = [
    ("a_key_with_a_quote", _set(E, 0, "key", "pla'ce"), "entities[0].key"),
    ("a_key_with_sql", _set(E, 0, "key", "place; drop table x"), "entities[0].key"),
    ("a_key_with_jinja", _set(E, 0, "key", "{{7*7}}"), "entities[0].key"),
    ("a_key_with_a_path", _set(E, 0, "key", "../../etc/passwd"), "entities[0].key"),
    ("a_key_with_a_slash", _set(E, 0, "key", "a/b"), "entities[0].key"),
    ("a_key_with_a_dot", _set(E, 0, "key", "os.path"), "entities[0].key"),
    ("a_key_with_a_newline", _set(E, 0, "key", "place\n"), "entities[0].key"),
    ("a_key_with_a_null_byte", _set(E, 0, "key", "pla\x00ce"), "entities[0].key"),
    ("a_key_of_letters_that_only_look_latin", _set(E, 0, "key", "рlace"), "entities[0].key"),
    ("a_key_with_full_width_letters", _set(E, 0, "key", "ｐlace"), "entities[0].key"),
    ("a_key_in_capitals", _set(E, 0, "key", "Place"), "entities[0].key"),
    ("a_key_with_an_emoji", _set(E, 0, "key", "🦷"), "entities[0].key"),
    ("a_dunder_key", _set(E, 0, "key", "__init__"), "entities[0].key"),
    ("a_key_with_two_underscores", _set(E, 0, "fields", 5, "key", "name__contains"), "entities[0].fields[5].key"),
    ("a_key_that_begins_with_an_underscore", _set(E, 0, "fields", 5, "key", "_state"), "entities[0].fields[5].key"),
    ("a_key_that_ends_with_an_underscore", _set(E, 0, "fields", 5, "key", "name_"), "entities[0].fields[5].key"),
    ("an_empty_key", _set(E, 0, "key", ""), "entities[0].key"),
    ("a_key_of_41_letters", _set(E, 0, "key", "a" * 41), "entities[0].key"),
    ("a_key_of_a_megabyte", _set(E, 0, "key", "a" * 1_000_000), "entities[0].key"),
    ("a_python_keyword_as_entity", _set(E, 0, "key", "class"), "entities[0].key"),
    ("a_python_keyword_as_field", _set(E, 0, "fields", 5, "key", "lambda"), "entities[0].fields[5].key"),
    ("a_python_keyword_as_transition", _set(E, 1, "workflow", "transitions", 0, "key", "import"), "entities[1].workflow.transitions[0].key"),
    ("a_django_method_as_field", _set(E, 0, "fields", 5, "key", "save"), "entities[0].fields[5].key"),
    ("a_django_method_as_transition", _set(E, 1, "workflow", "transitions", 0, "key", "delete"), "entities[1].workflow.transitions[0].key"),
    ("the_primary_key_as_field", _set(E, 0, "fields", 5, "key", "id"), "entities[0].fields[5].key"),
    ("the_tenant_as_field", _set(E, 0, "fields", 5, "key", "tenant"), "entities[0].fields[5].key"),
    ("the_tenant_column_as_field", _set(E, 0, "fields", 5, "key", "tenant_id"), "entities[0].fields[5].key"),
    ("a_runtime_package_as_entity", _set(E, 0, "key", "accounts"), "entities[0].key"),
    ("a_business_file_as_entity", _set(E, 0, "key", "permissions"), "entities[0].key"),
    ("the_owner_as_role", _set("roles", 0, "key", "owner"), "roles[0].key"),
    ("a_label_with_a_null_byte", _set(E, 0, "label", "a\x00b"), "entities[0].label"),
    ("a_label_with_an_escape_sequence", _set("name", "\x1b[31mred"), "name"),
    ("a_label_that_reverses_the_text", _set(E, 0, "label", "gpj.\u202eexe"), "entities[0].label"),
    ("a_label_with_an_isolate", _set("roles", 0, "label", "\u2066a\u2069"), "roles[0].label"),
    ("a_label_of_two_lines", _set(E, 0, "label", "a\nb"), "entities[0].label"),
    ("a_label_that_shows_nothing", _set(E, 0, "label", "\u200b\u2060"), "entities[0].label"),
    ("a_label_with_half_a_character", _set(E, 0, "label", "\ud83d"), "entities[0].label"),
    ("a_label_of_spaces", _set(E, 0, "label", "   "), "entities[0].label"),
    ("a_label_of_81_letters", _set(E, 0, "label", "W" * 81), "entities[0].label"),
    ("prose_with_a_null_byte", _set("summary", "a\x00b"), "summary"),
    ("prose_with_a_line_separator", _set("problem", "a\u2028b"), "problem"),
    ("help_with_a_control_character", _set(E, 0, "fields", 0, "help", "\x07"), "entities[0].fields[0].help"),
    ("a_rule_that_reverses_its_text", _set(E, 0, "rules", 0, "text", "a\u202eb"), "entities[0].rules[0].text"),
    ("demo_data_with_a_null_byte", _set("demo", "place", 0, "notes", "a\x00b"), "demo.place[0].notes"),
    ("demo_data_that_reverses_its_text", _set("demo", "place", 0, "name", "a\u202eb"), "demo.place[0].name"),
    ("demo_data_with_a_script_as_address", _set("demo", "place", 0, "website", "javascript:alert(1)"), "demo.place[0].website"),
    ("demo_data_with_a_file_address", _set("demo", "place", 0, "website", "file:///etc/passwd"), "demo.place[0].website"),
    ("demo_data_for_a_file", _set("demo", "place", 0, "plan", "/etc/passwd"), "demo.place[0].plan"),
    ("demo_data_for_a_hidden_column", _set("demo", "place", 0, "tenant_id", "x"), "demo.place[0].tenant_id"),
    ("demo_data_for_an_odd_column", _set("demo", "place", 0, "name; --", "x"), "demo.place[0]['name; --']"),
    ("demo_data_with_a_dunder", _set("demo", "place", 0, "__class__", "x"), "demo.place[0].__class__"),
    ("demo_data_of_an_unknown_entity", _set("demo", "user", [{"is_superuser": True}]), "demo.user"),
    ("an_email_with_a_header", _set("demo", "stay", 1, "guest_mail", "a@a.example\nBcc: b@b.example"), "demo.stay[1].guest_mail"),
    ("a_money_that_is_no_number", _set("demo", "stay", 0, "rate", "NaN"), "demo.stay[0].rate"),
    ("a_money_without_end", _set("demo", "stay", 0, "rate", "Infinity"), "demo.stay[0].rate"),
    ("a_float_without_end", _set("demo", "stay", 0, "rate", float("inf")), "demo.stay[0].rate"),
    ("a_float_that_is_no_number", _set("demo", "stay", 0, "rate", float("nan")), "demo.stay[0].rate"),
    ("a_number_with_a_million_zeros", _set("demo", "stay", 0, "rate", "1e999999"), "demo.stay[0].rate"),
    ("a_number_with_a_million_places", _set("demo", "stay", 0, "rate", "1e-999999"), "demo.stay[0].rate"),
    ("an_integer_of_5000_digits", _set("demo", "stay", 0, "nights", 10**5000), "demo.stay[0].nights"),
    ("an_integer_beyond_the_column", _set("demo", "stay", 0, "nights", 2**31), "demo.stay[0].nights"),
    ("a_yes_where_a_number_belongs", _set("demo", "stay", 0, "nights", True), "demo.stay[0].nights"),
    ("a_number_with_underscores", _set("demo", "stay", 0, "nights", "1_0"), "demo.stay[0].nights"),
    ("a_date_in_the_year_0", _set("demo", "stay", 0, "since", "0000-01-01"), "demo.stay[0].since"),
    ("a_date_in_the_year_9999", _set("demo", "stay", 0, "since", "9999-12-31"), "demo.stay[0].since"),
    ("the_30th_of_february", _set("demo", "stay", 0, "since", "2026-02-30"), "demo.stay[0].since"),
    ("a_date_in_arabic_digits", _set("demo", "stay", 0, "since", "٢٠٢٦-١١-٢٣"), "demo.stay[0].since"),
    ("a_range_without_end", _set(E, 1, "rules", 2, "max", float("inf")), "entities[1].rules[2].max"),
    ("a_range_of_a_million_zeros", _set(E, 1, "rules", 2, "max", "1e999999"), "entities[1].rules[2].max"),
    ("a_formula_that_calls", _set(E, 1, "fields", 6, "formula", "__import__('os')"), "entities[1].fields[6].formula"),
    ("a_formula_with_an_attribute", _set(E, 1, "fields", 6, "formula", "nights.__class__"), "entities[1].fields[6].formula"),
    ("a_formula_with_a_power", _set(E, 1, "fields", 6, "formula", "9 ** 9 ** 9"), "entities[1].fields[6].formula"),
    ("a_formula_of_parentheses", _set(E, 1, "fields", 6, "formula", "(" * 99 + "1" + ")" * 99), "entities[1].fields[6].formula"),
    ("a_formula_of_minus_signs", _set(E, 1, "fields", 6, "formula", "-" * 150 + "1"), "entities[1].fields[6].formula"),
    ("a_formula_with_jinja", _set(E, 1, "fields", 6, "formula", "{{ nights }}"), "entities[1].fields[6].formula"),
    ("a_formula_with_a_newline", _set(E, 1, "fields", 6, "formula", "nights\n+ 1"), "entities[1].fields[6].formula"),
    ("a_formula_that_needs_itself", _set(E, 1, "fields", 6, "formula", "total + 1"), "entities[1].fields[6].formula"),
    ("a_formula_divided_by_zero", _set(E, 1, "fields", 6, "formula", "nights / 0"), "entities[1].fields[6].formula"),
    ("an_unknown_attribute", _set("__class__", "x"), "__class__"),
    ("an_attribute_named_like_a_method", _set("model_config", {"extra": "allow"}), "model_config"),
    ("an_industry_with_a_path", _set("industry", "../x"), "industry"),
    ("a_currency_with_sql", _set("currency", "E'R"), "currency"),
    ("an_unknown_locale", _set("locales", ["xx"]), "locales[0]"),
    ("another_version", _set("fragua", 99), "fragua"),
    ("a_list_where_an_object_belongs", _set(E, 0, []), "entities[0]"),
    ("an_object_where_a_list_belongs", _set(E, {}), "entities"),
    ("nothing_where_a_list_belongs", _set(E, None), "entities"),
    ("a_text_where_a_list_belongs", _set("roles", "everybody"), "roles"),
    ("a_number_where_a_text_belongs", _set("name", 7), "name"),
    ("two_hundred_entities", _many_entities, "entities"),
    ("five_hundred_levels", _set("x", DEEP), "$"),
    ("a_list_that_contains_itself", _set("x", LOOP), "$"),
    ("ten_megabytes", _set("summary", "x" * 10_000_000), "$"),
    ("a_million_rows", _set("demo", "place", [{}] * 1_000_000), "$"),
    ("a_thousand_rows", _set("demo", "place", [{"name": "x"}] * 1000), "demo.place"),
]  # fmt: skip
