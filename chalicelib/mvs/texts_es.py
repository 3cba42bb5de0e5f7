"""Lo que dice cada fallo en español: (qué pasa, el remedio). Los huecos son datos del fallo, ya entrecomillados."""

from __future__ import annotations

HEADLINE = "El MVS tiene {count} fallos. Corríjalos y envíelo otra vez."
HEADLINE_ONE = "El MVS tiene 1 fallo. Corríjalo y envíelo otra vez."

MESSAGES: dict[str, tuple[str, str]] = {
    # --- formas
    "missing": ("Falta {attribute}.", "Añada {attribute}."),
    "unknown_attribute": ("Aquí no existe el atributo {value}.", "Quítelo o use uno de estos: {known}."),
    "bad_key": (
        "{value} no puede ser una clave.",
        "Las claves llevan minúsculas sin acento, cifras y guiones bajos sueltos, empiezan por letra y tienen como"
        " mucho 40 caracteres: por ejemplo, {suggestion}.",
    ),
    "bad_currency": ("{value} no es un código de moneda.", "Use tres mayúsculas, como 'EUR'."),
    "empty_text": ("Este texto está vacío.", "Escriba algo, o quite el atributo si es opcional."),
    "too_long": ("{value} tiene más de {max} caracteres.", "Redúzcalo a {max} caracteres."),
    "not_text": ("{value} no es un texto.", "Escríbalo como texto, entre comillas."),
    "not_unicode": ("Este texto contiene medio carácter.", "Envíe el texto como UTF-8 válido."),
    "not_one_of": ("{value} no es uno de los valores posibles.", "Use uno de estos: {known}."),
    "not_an_object": ("{value} no es un grupo de atributos.", "Escríbalo en líneas `atributo: valor`."),
    "not_a_list": ("{value} no es una lista.", "Escríbalo como lista, aunque tenga un solo elemento."),
    "too_few": ("Esta lista tiene menos de {min} elementos.", "Añada al menos {min}."),
    "too_many": ("Esta lista tiene más de {max} elementos.", "Deje como mucho {max}."),
    "not_a_scalar": (
        "{value} no es un valor simple.",
        "Escriba un texto, un número, true o false; las fechas, entre comillas.",
    ),
    "malformed": ("{value} no vale aquí.", "Consulte este atributo en la referencia del formato MVS."),
    "too_big": ("El documento pasa de {max} caracteres.", "Describa menos de una vez: menos entidades o menos filas de ejemplo."),
    "too_deep": ("El documento tiene más de {max} niveles.", "Siga la estructura del formato MVS."),
    # --- palabras
    "control_character": ("{value} contiene un carácter de control.", "Quítelo; si el texto venía pegado, vuelva a escribirlo."),
    "bidi_character": (
        "{value} contiene un carácter que invierte el sentido del texto.",
        "Quite las marcas de dirección invisibles.",
    ),
    "not_one_line": ("{value} ocupa más de una línea.", "Escríbalo en una sola línea."),
    "invisible_text": ("{value} no muestra nada en pantalla.", "Escriba un texto que se vea."),
    # --- claves
    "reserved_word": (
        "{value} es una palabra que la aplicación necesita para sí.",
        "Elija otra clave, por ejemplo {suggestion}; la etiqueta en pantalla puede quedarse como está.",
    ),
    "duplicate_key": ("{value} ya está usado aquí.", "Dé a cada uno su propia clave."),
    "lookalike_key": ("{value} y {other} solo se distinguen por guiones bajos.", "Elija claves con letras distintas."),
    "reference_column": (
        "{value} es también la columna de la referencia {other}.",
        "Cambie el nombre de este campo o el de la referencia.",
    ),
    "transition_is_field": ("{value} es también un campo de esta entidad.", "Nombre la transición con un verbo."),
    "repeated_value": ("{value} está dos veces.", "Déjelo una sola vez."),
    # --- qué señala a qué
    "unknown_field": ("Esta entidad no tiene el campo {value}.", "Use uno de estos: {known}; o añada el campo."),
    "unknown_entity": ("No existe la entidad {value}.", "Use una de estas: {known}; o añada la entidad."),
    "unknown_role": ("No existe el rol {value}.", "Use uno de estos: {known}; o añada el rol."),
    "unknown_state": ("{value} no es una opción del campo del flujo.", "Use una de estas: {known}; o añada la opción."),
    "unknown_row": ("Ninguna fila de ejemplo de {to} tiene el _id {value}.", "Use uno de estos: {known}; o añada la fila."),
    "not_a_title": (
        "{value} es de tipo {type} y no puede dar nombre a una fila.",
        "Use un campo por el que se reconozca la fila, como un texto.",
    ),
    "owner_is_implicit": ("La propietaria o el propietario siempre puede hacerlo todo.", "Quite {value} de aquí."),
    "acts_unseen": ("{value} puede hacer {actions} sin ver las filas.", "Añada 'view'."),
    "sum_needs_field": ("{value} suma, pero no dice qué.", "Añada `field`, un número de esta entidad."),
    "count_has_field": ("Un recuento no lleva campo, y se ha dado {value}.", "Quite `field`, o use `measure: sum`."),
    "wrong_type": ("{value} es de tipo {type}.", "Use un campo de uno de estos tipos: {wanted}."),
    # --- campos
    "attribute_does_not_apply": ("{attribute} no se aplica a un campo de tipo {type}.", "Quite {attribute}."),
    "choice_needs_options": ("El campo {value} no tiene opciones.", "Añada `options`, cada una con clave y etiqueta."),
    "reference_needs_to": ("La referencia {value} no señala a nada.", "Añada `to` con la clave de una entidad."),
    "computed_needs_formula": ("El campo calculado {value} no tiene fórmula.", "Añada `formula`, como 'precio * cantidad'."),
    "clear_needs_optional": (
        "{value} es obligatorio y no puede vaciarse cuando se borra la otra fila.",
        "Use `on_delete: protect` o `cascade`, o haga opcional el campo.",
    ),
    "default_on_unique": ("Toda fila nueva empezaría con {value}, pero el campo es único.", "Quite `default` o `unique`."),
    "bad_formula": (
        "La fórmula {value} no se entiende a partir de {near}.",
        "Use + - * / ( ), números, claves de campos y days(desde, hasta); como mucho 20 niveles de paréntesis.",
    ),
    "divides_by_zero": ("La fórmula {value} divide por cero.", "Divida por un campo o por otro número."),
    "circular_formula": ("El campo calculado {value} se necesita a sí mismo.", "Rompa el círculo con campos guardados."),
    "mixed_moments": ("{value} y {other} no se pueden comparar: uno es fecha y el otro, fecha y hora.", "Use dos campos del mismo tipo."),
    "circular_title": ("El título {value} vuelve a sí mismo a través de referencias.", "Use un campo de texto como título de una de las entidades."),
    "circular_requirement": (
        "{value} exige una fila de {to}, que al final exige esta: ninguna podría ser la primera.",
        "Haga opcional una de estas referencias.",
    ),
    # --- reglas
    "same_field": ("La regla compara {value} consigo mismo.", "Nombre dos campos distintos."),
    "range_needs_bound": ("El rango de {value} no tiene límites.", "Añada `min`, `max` o ambos."),
    "range_upside_down": ("El mínimo {value} supera al máximo {other}.", "Intercámbielos."),
    "default_outside_range": ("El valor inicial {value} de {field} queda fuera del rango.", "Cambie el valor inicial o el rango."),
    "always_required": ("{value} ya es obligatorio siempre.", "Quite la regla, o `required` del campo."),
    # --- flujos
    "default_is_not_initial": ("El flujo empieza en {value}, pero el valor inicial del campo es {other}.", "Quite `default`."),
    "unreachable_states": ("Ninguna transición lleva a {value}.", "Añada una transición a cada estado, o quite las opciones."),
    "goes_nowhere": ("La transición se queda en {value}.", "Quítelo de `sources` o cambie `target`."),
    "transition_unseen": (
        "{value} puede hacer esta transición, pero no ve ninguna fila de {entity}.",
        "Dé a {value} al menos 'view' en los permisos de la entidad.",
    ),
    # --- valores
    "not_a_boolean": ("{value} no es ni true ni false.", "Escriba true o false, sin comillas."),
    "not_a_number": ("{value} no es un número.", "Escriba un número normal, como 12.5."),
    "not_an_integer": ("{value} no es un entero hasta 2147483647.", "Escriba un entero, o use el tipo decimal."),
    "too_many_digits": (
        "{value} tiene demasiadas cifras.",
        "Como mucho 10 cifras antes del punto y, después, 2 si es dinero y 4 si es otro número.",
    ),
    "not_an_option": ("{value} no es una opción de este campo.", "Use una de estas: {known}."),
    "too_long_for_type": ("{value} es demasiado largo para el tipo {type}.", "Acórtelo, o use el tipo long_text."),
    "not_an_email": ("{value} no es una dirección de correo.", "Escríbala como 'ana@clinica.example'."),
    "not_a_phone": ("{value} no es un teléfono.", "Escriba cifras y espacios, con un + delante si hace falta, entre comillas."),
    "not_a_url": ("{value} no es una dirección web.", "Escríbala como 'https://clinica.example'."),
    "not_a_date": ("{value} no es una fecha.", "Escríbala como '2026-11-23', entre comillas."),
    "not_a_datetime": ("{value} no es una fecha con hora.", "Escríbala como '2026-11-23T09:30', entre comillas."),
    "not_a_row_name": ("{value} no puede nombrar una fila de ejemplo.", "Use un texto corto, el `_id` de la otra fila."),
    "not_settable": ("A los campos de tipo {type} no se les da valor aquí.", "Quite {value}."),
    # --- filas de ejemplo
    "demo_value_missing": ("La fila no tiene {value}, que es obligatorio.", "Añádalo."),
    "demo_value_repeated": ("{value} ya está en la fila {other}, y el campo es único.", "Use otro valor."),
    "circular_rows": ("Esta fila necesita otra que la necesita a ella.", "Quite una de las referencias."),
    "demo_breaks_rule": ("{value} incumple la regla: {rule}", "Cambie la fila para que la aplicación la acepte."),
}  # fmt: skip
