"""What is said of every kind of malformed request: (English message, English cure, Spanish message, Spanish cure).

In: nothing. Out: `TEXTS` by kind, where a kind is Pydantic's name of an error or one of ours. Callers: `faults.py`.
Gaps are facts of the declaration (a limit, the allowed values), never what was sent.
"""

from __future__ import annotations

from typing import Final

Text = tuple[str, str, str, str]

NOT_TEXT: Final[Text] = (
    "is not a text",
    "send a text in quotes",
    "no es un texto",
    "envíe un texto entre comillas",
)
NOT_WHOLE: Final[Text] = (
    "is not a whole number",
    "send a number without fraction, unquoted in JSON",
    "no es un número entero",
    "envíe un número sin decimales, sin comillas en JSON",
)
NOT_NUMBER: Final[Text] = (
    "is not a number",
    "send a number, unquoted in JSON",
    "no es un número",
    "envíe un número, sin comillas en JSON",
)
NOT_BOOLEAN: Final[Text] = (
    "is neither true nor false",
    "send true or false",
    "no es ni true ni false",
    "envíe true o false",
)
NOT_LIST: Final[Text] = (
    "is not a list",
    "send a list, also for one item",
    "no es una lista",
    "envíe una lista, aunque tenga un solo elemento",
)
NOT_OBJECT: Final[Text] = (
    "is not an object",
    "send an object: {{…}}",
    "no es un objeto",
    "envíe un objeto: {{…}}",
)
NOT_ID: Final[Text] = (
    "is not an id",
    "send an id as we give them out, a UUID",
    "no es un identificador",
    "envíe un identificador tal como los damos, un UUID",
)
NOT_DATE: Final[Text] = (
    "is not a date",
    "send it as 2026-11-30",
    "no es una fecha",
    "envíela como 2026-11-30",
)
NOT_TIME: Final[Text] = (
    "is not a time of day",
    "send it as 09:30:00",
    "no es una hora",
    "envíela como 09:30:00",
)
NOT_MOMENT: Final[Text] = (
    "is not a point in time",
    "send it as 2026-11-30T09:30:00Z",
    "no es un instante",
    "envíelo como 2026-11-30T09:30:00Z",
)
NOT_DURATION: Final[Text] = (
    "is not a length of time",
    "send it as PT15M",
    "no es una duración",
    "envíela como PT15M",
)
NOT_URL: Final[Text] = (
    "is not a web address",
    "send a complete address, e.g. https://example.com/",
    "no es una dirección web",
    "envíe una dirección completa, p. ej. https://example.com/",
)
NOT_ONE_OF: Final[Text] = (
    "is not one of the allowed values",
    "send {expected}",
    "no es uno de los valores permitidos",
    "envíe {expected}",
)
UNREADABLE: Final[Text] = (
    "is not JSON that we can read",
    "send one JSON object in UTF-8",
    "no es JSON que podamos leer",
    "envíe un objeto JSON en UTF-8",
)
WRONG: Final[Text] = ("{message}", "correct it", "{message}", "corríjalo")

TEXTS: Final[dict[str, Text]] = {
    # what is there
    "missing": ("is missing", "add it", "falta", "añádalo"),
    "extra_forbidden": ("is not known here", "leave it out, or mind the spelling", "no se conoce aquí", "quítelo, o revise cómo está escrito"),
    "none_required": ("must be null", "send null", "debe ser null", "envíe null"),
    "twice": ("stands there more than once", "send it once", "aparece más de una vez", "envíelo una sola vez"),
    # texts
    "string_type": NOT_TEXT,
    "string_unicode": NOT_TEXT,
    "string_not_ascii": ("has characters outside ASCII", "use unaccented letters, digits and signs", "tiene caracteres fuera de ASCII", "use letras sin acento, cifras y signos"),
    "string_too_short": ("is shorter than {min_length} characters", "send at least {min_length}", "tiene menos de {min_length} caracteres", "envíe al menos {min_length}"),
    "string_too_long": ("is longer than {max_length} characters", "send at most {max_length}", "tiene más de {max_length} caracteres", "envíe como mucho {max_length}"),
    "string_pattern_mismatch": ("does not have the expected form", "send what matches {pattern}", "no tiene la forma esperada", "envíe algo que cumpla {pattern}"),
    "nul": ("contains a NUL character", "leave it out", "contiene un carácter NUL", "quítelo"),
    "email": ("is not an email address", "send one as name@example.com", "no es una dirección de correo", "envíe una como nombre@example.com"),
    "one_of_both": ("needs either `code` or `recovery_code`", "send one of the two", "necesita `code` o bien `recovery_code`", "envíe uno de los dos"),
    "no_change": ("changes nothing", "send `name`, `locale` or both", "no cambia nada", "envíe `name`, `locale` o ambos"),
    "unseen_characters": ("has a character that can't be seen, or that turns the text around", "leave it out", "tiene un carácter que no se ve, o que da la vuelta al texto", "quítelo"),
    "nothing_to_see": ("has nothing that can be seen", "send a name", "no tiene nada que se vea", "envíe un nombre"),
    # bytes
    "bytes_type": NOT_TEXT,
    "bytes_too_short": ("is shorter than {min_length} bytes", "send at least {min_length}", "tiene menos de {min_length} bytes", "envíe al menos {min_length}"),
    "bytes_too_long": ("is longer than {max_length} bytes", "send at most {max_length}", "tiene más de {max_length} bytes", "envíe como mucho {max_length}"),
    "bytes_invalid_encoding": ("is not base64 that we can read", "send it in base64", "no es base64 que podamos leer", "envíelo en base64"),
    # numbers
    "int_type": NOT_WHOLE,
    "int_parsing": NOT_WHOLE,
    "int_from_float": NOT_WHOLE,
    "int_parsing_size": ("is too large a number", "send a smaller one", "es un número demasiado grande", "envíe uno menor"),
    "float_type": NOT_NUMBER,
    "float_parsing": NOT_NUMBER,
    "finite_number": NOT_NUMBER,
    "decimal_type": NOT_NUMBER,
    "decimal_parsing": NOT_NUMBER,
    "decimal_max_digits": ("has more than {max_digits} digits", "send fewer digits", "tiene más de {max_digits} cifras", "envíe menos cifras"),
    "decimal_max_places": ("has more than {decimal_places} decimals", "round it", "tiene más de {decimal_places} decimales", "redondéelo"),
    "decimal_whole_digits": ("has more than {whole_digits} digits before the point", "send a smaller number", "tiene más de {whole_digits} cifras enteras", "envíe un número menor"),
    "greater_than": ("is not greater than {gt}", "send more than {gt}", "no es mayor que {gt}", "envíe más de {gt}"),
    "greater_than_equal": ("is less than {ge}", "send {ge} or more", "es menor que {ge}", "envíe {ge} o más"),
    "less_than": ("is not less than {lt}", "send less than {lt}", "no es menor que {lt}", "envíe menos de {lt}"),
    "less_than_equal": ("is greater than {le}", "send {le} or less", "es mayor que {le}", "envíe {le} o menos"),
    "multiple_of": ("is not a multiple of {multiple_of}", "send a multiple of it", "no es múltiplo de {multiple_of}", "envíe un múltiplo"),
    # choices
    "bool_type": NOT_BOOLEAN,
    "bool_parsing": NOT_BOOLEAN,
    "enum": NOT_ONE_OF,
    "literal_error": NOT_ONE_OF,
    "union_tag_invalid": ("has a {discriminator} we don't know", "send one of {expected_tags}", "tiene un {discriminator} que no conocemos", "envíe uno de {expected_tags}"),
    "union_tag_not_found": ("has no {discriminator}", "add it", "no tiene {discriminator}", "añádalo"),
    # lists and objects
    "list_type": NOT_LIST,
    "tuple_type": NOT_LIST,
    "set_type": NOT_LIST,
    "frozen_set_type": NOT_LIST,
    "iterable_type": NOT_LIST,
    "too_short": ("has fewer than {min_length} items", "send at least {min_length}", "tiene menos de {min_length} elementos", "envíe al menos {min_length}"),
    "too_long": ("has more than {max_length} items", "send at most {max_length}", "tiene más de {max_length} elementos", "envíe como mucho {max_length}"),
    "dict_type": NOT_OBJECT,
    "mapping_type": NOT_OBJECT,
    "model_type": NOT_OBJECT,
    "model_attributes_type": NOT_OBJECT,
    "dataclass_type": NOT_OBJECT,
    "invalid_key": ("has a name that is not a text", "send names as texts", "tiene un nombre que no es un texto", "envíe los nombres como textos"),
    # ids, times, addresses
    "uuid_type": NOT_ID,
    "uuid_parsing": NOT_ID,
    "uuid_version": NOT_ID,
    "date_type": NOT_DATE,
    "date_parsing": NOT_DATE,
    "date_from_datetime_parsing": NOT_DATE,
    "date_from_datetime_inexact": NOT_DATE,
    "date_past": ("is not in the past", "send an earlier date", "no está en el pasado", "envíe una fecha anterior"),
    "date_future": ("is not in the future", "send a later date", "no está en el futuro", "envíe una fecha posterior"),
    "time_type": NOT_TIME,
    "time_parsing": NOT_TIME,
    "datetime_type": NOT_MOMENT,
    "datetime_parsing": NOT_MOMENT,
    "datetime_object_invalid": NOT_MOMENT,
    "datetime_from_date_parsing": NOT_MOMENT,
    "datetime_past": ("is not in the past", "send an earlier time", "no está en el pasado", "envíe un instante anterior"),
    "datetime_future": ("is not in the future", "send a later time", "no está en el futuro", "envíe un instante posterior"),
    "timezone_aware": ("has no time zone", "add one, e.g. Z", "no tiene zona horaria", "añada una, p. ej. Z"),
    "timezone_naive": ("has a time zone", "leave it out", "tiene zona horaria", "quítela"),
    "timezone_offset": ("has another time zone", "send it in UTC, with Z", "tiene otra zona horaria", "envíelo en UTC, con Z"),
    "time_delta_type": NOT_DURATION,
    "time_delta_parsing": NOT_DURATION,
    "url_type": NOT_URL,
    "url_parsing": NOT_URL,
    "url_syntax_violation": NOT_URL,
    "url_too_long": ("is longer than {max_length} characters", "send at most {max_length}", "tiene más de {max_length} caracteres", "envíe como mucho {max_length}"),
    "url_scheme": ("does not begin as allowed", "begin with {expected_schemes}", "no empieza como está permitido", "empiece con {expected_schemes}"),
    # the body as a whole
    "json_invalid": UNREADABLE,
    "json_type": UNREADABLE,
    "recursion_loop": ("is nested too deeply", "send it flatter", "está anidado demasiado hondo", "envíelo más plano"),
    "recursion_depth_exceeded": ("is nested too deeply", "send it flatter", "está anidado demasiado hondo", "envíelo más plano"),
    "duplicate": ("has a name that stands twice in one object", "send each name once", "tiene un nombre repetido en un objeto", "envíe cada nombre una sola vez"),
    "no_number": ("has NaN or Infinity, which are not JSON", "send numbers or null", "contiene NaN o Infinity, que no son JSON", "envíe números o null"),
    "half_character": ("has half a character", "send sound UTF-8", "contiene medio carácter", "envíe UTF-8 correcto"),
    # headers
    "no_key": ("is missing", "send any unique text, e.g. a UUID", "falta", "envíe cualquier texto único, p. ej. un UUID"),
    "bad_key": ("is malformed", "send any unique text, e.g. a UUID", "no es válido", "envíe cualquier texto único, p. ej. un UUID"),
    # what a model of ours says in its own words
    "value_error": WRONG,
    "assertion_error": WRONG,
}  # fmt: skip
