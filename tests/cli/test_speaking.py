"""How commands speak: nothing cut short, one language at a time, and after a refusal what to type next."""

import ast
import io
import json
import os
import string
from pathlib import Path

import pytest
from rich.live import Live
from rich.text import Text

from cli.language import language, speak
from cli.speaking import Speaker, print_rows
from cli.texts_es import SPANISH
from tests.door import api  # noqa: F401
from tests.people import ana, somebody  # noqa: F401

UNTRANSLATED = {"{url}", "no", "plan", "url"}


SPOKEN = {"told": 0, "ask": 0, "sure": 0, "print_rows": 0, "say": 2, "show_codes": 2}
"""Functions that translate, and which of their arguments."""


def sentences():
    """What the source has translated: constants in the place, or given a name in the same file."""
    for path in Path("cli").glob("*.py"):
        tree = ast.parse(path.read_text())
        named = {
            ast.unparse(target): node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value
            for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in SPOKEN:
                yield from constants(node.args[SPOKEN[ast.unparse(node.func)]], named)
                for each in node.keywords:
                    if each.arg in {"nothing", "what"} and ast.unparse(node.func) != "told":
                        yield from constants(each.value, named)


def constants(given, named):
    if isinstance(given, ast.IfExp):
        yield from constants(given.body, named)
        yield from constants(given.orelse, named)
    elif isinstance(given, ast.Tuple):
        for each in given.elts:
            yield from constants(each, named)
    elif isinstance(given, ast.Name) and given.id in named:
        yield from constants(named[given.id], named)
    elif isinstance(given, ast.Constant) and given.value:
        yield given.value


def gaps(text):
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name)


def test_every_sentence_has_a_spanish_one():
    used = set(sentences())
    assert len(used) > 80
    assert used - set(SPANISH) == set()


def test_no_sentence_is_kept_that_nothing_says():
    source = "".join(
        path.read_text() for path in Path("cli").glob("*.py") if path.stem != "texts_es"
    )
    assert {text for text in SPANISH if text.split("\n")[-1] not in source} == set()


def test_a_translation_has_the_gaps_of_its_sentence_and_is_another():
    assert [english for english, spanish in SPANISH.items() if gaps(english) != gaps(spanish)] == []
    assert {english for english, spanish in SPANISH.items() if english == spanish} == UNTRANSLATED


@pytest.mark.parametrize(
    ("variables", "spoken"),
    [
        ({}, "en"),
        ({"LANG": "es_MX.UTF-8"}, "es"),
        ({"LANG": "es_MX.UTF-8", "LC_ALL": "C.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "FRAGUA_LANG": "es"}, "es"),
        ({"LANG": "et_EE.UTF-8"}, "en"),
    ],
)
def test_the_terminals_language_is_spoken(monkeypatch, variables, spoken):
    for name in ("FRAGUA_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    speak(None)
    assert language() == spoken


@pytest.mark.parametrize("words", [("--lang", "es", "apps"), ("apps", "--lang", "es")])
def test_lang_goes_before_and_after_the_command(fragua, words):
    assert "Todavía no hay aplicaciones" in fragua(*words).out
    assert "No apps yet" in fragua("apps").out


def test_no_id_is_cut_short_on_a_narrow_terminal(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    known = "60f8cdea-c522-4b12-9ee7-a29c487edd77"
    print_rows(
        ("organization", "name"), [(known, "Clínica Dental Sonrisa 齿科 [bold]x[/bold]")] * 2
    )
    told = capsys.readouterr().out.splitlines()
    assert len(told) == 3
    assert told[1].startswith(known)
    assert told[1].endswith("[bold]x[/bold]")


def test_a_fault_in_what_was_typed_is_told_once(fragua):
    told = fragua("invite", "beto", "--role", "viewer")
    assert told.code == 1
    assert told.err.startswith("email: is not an email address")
    assert told.err.count("is not an email address") == 1


def test_a_wrong_key_says_where_it_came_from(fragua, monkeypatch):
    monkeypatch.setenv("FRAGUA_API_KEY", "rubbish")
    assert "FRAGUA_API_KEY is set" in fragua("apps").err


def test_a_key_that_tries_what_only_people_do_is_told_so(fragua, monkeypatch, tmp_path):
    assert "FRAGUA_API_KEY is set" in fragua("sessions", "list").err
    left = {"api_url": os.environ["FRAGUA_API_URL"], "api_key": os.environ["FRAGUA_API_KEY"]}
    (tmp_path / "credentials.json").write_text(json.dumps(left))
    monkeypatch.setenv("FRAGUA_HOME", str(tmp_path))
    monkeypatch.delenv("FRAGUA_API_KEY")
    assert "→ Sign in: `fragua login`" in fragua("sessions", "list").err


def test_a_wrong_password_says_how_to_get_back_in(fragua, ana):  # noqa: F811
    told = fragua("login", "--email", ana.email, "--password-stdin", given="four other words\n")
    assert told.code == 1
    assert "`fragua password forgot`" in told.err


def test_a_question_that_nobody_answers_says_so(fragua):
    told = fragua("login", given="")
    assert told.code == 1
    assert "see --help" in told.err


def test_a_token_that_begins_with_a_dash_is_no_option(fragua):
    told = fragua("verify", "-abcdefghi", "--password-stdin", given="four other words\n")
    assert "used already" in told.err
    assert "fragua sign-up" in told.err


def test_the_version_is_told(fragua):
    assert fragua("--version").out.startswith("fragua ")


def test_every_command_takes_json_and_a_language(fragua):
    import typer

    from cli.main import app

    without = []

    def walk(command, path):
        for name, each in getattr(command, "commands", {}).items():
            walk(each, (*path, name))
        options = {text for each in command.params for text in each.opts}
        if path and not getattr(command, "commands", {}) and path != ("demo",):
            without.extend([path] if not {"--json", "--lang"} <= options else [])

    walk(typer.main.get_command(app), ())
    assert without == []


def test_what_others_wrote_is_shown_and_never_obeyed_by_the_terminal():
    written = io.StringIO()
    console = Speaker(file=written, markup=False, highlight=False, force_terminal=True)
    hostile = "a\x1b]0;title\x07b\x9b2Jc\u202ed"
    console.print(hostile)
    console.print(Text(hostile, style="red"))
    with Live(Text("…"), console=console, auto_refresh=False) as live:
        live.update(Text(hostile), refresh=True)
    shown = written.getvalue()
    assert "�]0;title" in shown
    assert not any(mark in shown for mark in ("\x1b]0", "\x07", "\x9b", "\u202e"))
    assert "\x1b[31m" in shown, "our own colours stay"
