"""What the command line says about a file that is no MVS, in both languages; faults inside an MVS are told by the API.

In: nothing. Out: `TEXTS`, language → code → text. Callers: `mvs_file.py`. The surprise: a text with `{problem}` holds
another one of these, or words of the YAML reader, which speaks English only.
"""

TEXTS = {
    "en": {
        "title": "The file can't be read",
        "no_mvs": "{path!r} holds no MVS. It begins with 'fragua: 1'; see docs/mvs.md.",
        "too_complex": "A number is too long or the nesting too deep. Simplify it.",
        "closed": "{path!r} can't be opened: {problem}.",
        "FileNotFoundError": "there is no such file",
        "PermissionError": "you may not read it",
        "IsADirectoryError": "it is a folder",
        "too_large": "{path!r} is larger than {limit} KiB. Describe less: fewer demo rows.",
        "not_utf8": "{path!r} is not UTF-8 text. Save it as UTF-8.",
        "not_yaml": "{problem}. Texts with a comma, a colon or a # go in quotes.",
        "not_yaml_here": "Line {line}, column {column}: {problem}. Texts with a comma, a colon or a # go in quotes.",
        "aliases": "anchors and aliases (& and *) are not read",
        "tags": "tags (!) are not read",
        "too_deep": "nested too deeply",
        "twice": "this key is there twice",
        "no_word": "a key is a word",
    },
    "es": {
        "title": "No se puede leer el archivo",
        "no_mvs": "{path!r} no contiene un MVS. Empieza por 'fragua: 1'; véase docs/mvs.md.",
        "too_complex": "Un número es demasiado largo o hay demasiados niveles. Simplifíquelo.",
        "closed": "No se puede abrir {path!r}: {problem}.",
        "FileNotFoundError": "no existe",
        "PermissionError": "no tiene permiso para leerlo",
        "IsADirectoryError": "es una carpeta",
        "too_large": "{path!r} ocupa más de {limit} KiB. Describa menos: menos filas de ejemplo.",
        "not_utf8": "{path!r} no es texto UTF-8. Guárdelo como UTF-8.",
        "not_yaml": "{problem}. Los textos con coma, dos puntos o # van entre comillas.",
        "not_yaml_here": "Línea {line}, columna {column}: {problem}. Los textos con coma, dos puntos o # van entre comillas.",
        "aliases": "no se leen anclas ni alias (& y *)",
        "tags": "no se leen etiquetas (!)",
        "too_deep": "hay demasiados niveles",
        "twice": "esta clave está dos veces",
        "no_word": "una clave es una palabra",
    },
}
