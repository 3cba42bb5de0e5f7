"""MVS files are read strictly: what YAML could smuggle in is refused with its line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cli.mvs_file import UnreadableMvsFile, load_mvs_file, load_mvs_text
from cli.mvs_file_texts import TEXTS

BOMB = "a: &a [x, x]\n" + "".join(
    f"{b}: &{b} [{'*' + a}, {'*' + a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: &x 1\nb: *x", "Line 1"),
        (BOMB, "anchors and aliases"),
        ("a: &a [*a]", "anchors and aliases"),
        ("a: 1\nb: 2\na: 3", "Line 3, column 1: this key is there twice"),
        ("a: {b: 1, b: 2}", "twice"),
        ("a: !!python/object/apply:os.system [id]", "tags (!) are not read"),
        ("a: !!binary aGk=", "tags"),
        ("a: !custom x", "tags"),
        ("a: " + "[" * 100, "nested too deeply"),
        ("? [1, 2]\n: 3", "a key is a word"),
        ("a: {label: x, y}}", "Line 1"),
        ("a: 'open", "quotes"),
        ("a\tb: \x00", "special characters are not allowed"),
        ("a: 1\n---\nb: 2", "Line 2"),
        ('{"a": 1', "expected"),
    ],
)
def test_what_is_no_plain_yaml_is_refused(text: str, says: str) -> None:
    with pytest.raises(UnreadableMvsFile) as refused:
        load_mvs_text(text)
    assert says in str(refused.value)


def test_refusals_speak_spanish_too(tmp_path: Path) -> None:
    path = tmp_path / "nueva.yaml"
    path.write_text("a: 1\na: 2")
    with pytest.raises(UnreadableMvsFile) as refused:
        load_mvs_file(path)
    told = refused.value.as_problem("es")
    assert told["title"] == "No se puede leer el archivo"
    assert told["detail"].startswith("Línea 2, columna 1: esta clave está dos veces.")


def test_both_languages_have_the_same_texts_with_the_same_facts() -> None:
    facts = {
        language: {code: sorted(re.findall(r"{(\w+)", text)) for code, text in texts.items()}
        for language, texts in TEXTS.items()
    }
    assert facts["es"] == facts["en"]


def test_words_that_yaml_would_turn_into_something_else_stay_words() -> None:
    text = "on: yes\nat: 17:30\nday: 2026-11-23\ncode: 012\nno: off\nbig: 1e9\ninf: .inf\nunder: 1_000\n<<: x"
    assert load_mvs_text(text) == {
        "on": "yes", "at": "17:30", "day": "2026-11-23", "code": "012", "no": "off", "big": "1e9",
        "inf": ".inf", "under": "1_000", "<<": "x",
    }  # fmt: skip


def test_numbers_booleans_and_nothing_are_read() -> None:
    assert load_mvs_text("a: -3\nb: 2.50\nc: true\nd: ~\ne:") == {
        "a": -3,
        "b": 2.5,
        "c": True,
        "d": None,
        "e": None,
    }


def test_json_is_read_too() -> None:
    assert load_mvs_text('{"a": [1, "x", null, true]}') == {"a": [1, "x", None, True]}


def test_a_file_that_is_too_large_is_not_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    path.write_bytes(b"#" * (256 * 1024 + 1))
    with pytest.raises(UnreadableMvsFile, match="256 KiB"):
        load_mvs_file(path)


def test_a_file_of_another_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "latin.yaml"
    path.write_bytes("name: Clínica".encode("latin-1"))
    with pytest.raises(UnreadableMvsFile, match="UTF-8"):
        load_mvs_file(path)


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(UnreadableMvsFile, match="can't be opened"):
        load_mvs_file("nowhere.yaml")


@pytest.mark.parametrize("text", ["", "- a list", "just a text"])
def test_a_file_without_an_mvs_says_how_one_begins(tmp_path: Path, text: str) -> None:
    path = tmp_path / "empty.yaml"
    path.write_text(text)
    with pytest.raises(UnreadableMvsFile, match="fragua: 1"):
        load_mvs_file(path)
