"""Every kind of letter in both languages: what it holds, and that nothing strange gets into it."""

import re
from html.parser import HTMLParser

import pytest
from jinja2 import UndefinedError
from typer.testing import CliRunner

from chalicelib.mail import sending
from chalicelib.mail.letters import CHANGES_OF_SECOND_FACTOR, KINDS, fault
from chalicelib.mail.rendering import TEMPLATES, render
from cli.main import app as commands
from tests.mail.world import body

LOCALES = ("es", "en")
TOKEN = "t0k3n_-" * 6
EVERY = [(kind, locale) for kind in KINDS for locale in LOCALES]
HOSTILE = (
    "<script>alert(1)</script>\"'\r\nBcc: x@evil.example\u202e{{ 7*7 }}\u2066 www.evil.example"
)
VOID = {"meta", "br"}


def letter(kind, locale, **other):
    carried = TOKEN if KINDS[kind].token else ""
    link = sending.link(KINDS[kind], carried, "https://fragua.test")
    facts = {"name": "Ana", **body(kind, **other)}
    return render(kind, locale, facts, link=link, token=carried), link


class Page(HTMLParser):
    """Text, links and tags; refuses what is not closed."""

    def __init__(self, html):
        super().__init__()
        self.text, self.links, self.tags, self._open = "", [], [], []
        self.feed(html)
        assert self._open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag == "a":
            self.links.append(dict(attrs)["href"])
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        if "style" not in self._open:
            self.text += f"{data} "


@pytest.mark.parametrize(("kind", "locale"), EVERY)
def test_text_and_html_say_the_same(kind, locale):
    rendered, link = letter(kind, locale)
    page = Page(rendered.html)
    assert set(page.links) == {link}
    assert re.findall(r"https?://\S+", rendered.text) == [link]
    words = set(re.findall(r"\w+", rendered.text))
    assert words - set(re.findall(r"\w+", page.text)) == set()


@pytest.mark.parametrize(("kind", "locale"), EVERY)
def test_it_says_why_it_came_and_what_to_do_if_it_was_not_you(kind, locale):
    text = letter(kind, locale)[0].text.rpartition("--\n")[2]
    why, otherwise = {
        "es": ("Recibes este correo porque", r"\bSi\b"),
        "en": ("You get this email because", r"\bIf\b"),
    }[locale]
    assert why in " ".join(text.split())
    assert re.search(otherwise, text)


@pytest.mark.parametrize(("kind", "locale"), [each for each in EVERY if KINDS[each[0]].token])
def test_a_token_is_shown_for_the_command_line_too(kind, locale):
    rendered, _ = letter(kind, locale)
    command = f"{KINDS[kind].token.command} {TOKEN}"
    assert command in rendered.text
    assert command in Page(rendered.html).text


@pytest.mark.parametrize(("kind", "locale"), EVERY)
def test_nothing_is_fetched_when_it_is_opened(kind, locale):
    rendered, _ = letter(kind, locale)
    tags = {tag for tag, _ in Page(rendered.html).tags}
    assert tags.isdisjoint({"img", "script", "link", "iframe", "object", "form"})
    assert not re.search(r"url\(|@import|src=", rendered.html)


@pytest.mark.parametrize(("kind", "locale"), EVERY)
def test_it_names_its_language_and_reads_in_the_dark_and_on_a_phone(kind, locale):
    rendered, _ = letter(kind, locale)
    tags = Page(rendered.html).tags
    assert ("html", {"lang": locale, "dir": "ltr"}) in tags
    assert all(dict(attrs).get("role") == "presentation" for tag, attrs in tags if tag == "table" and "width" in attrs)  # fmt: skip
    assert "prefers-color-scheme: dark" in rendered.html
    assert "width=device-width" in rendered.html


@pytest.mark.parametrize(("kind", "locale"), EVERY)
def test_hostile_words_stay_words(kind, locale):
    rendered, link = letter(
        kind, locale, name=HOSTILE, organization_name=HOSTILE, invited_by_name=HOSTILE,
        user_agent=HOSTILE, ip=HOSTILE,
    )  # fmt: skip
    page = Page(rendered.html)
    assert set(page.links) == {link}
    assert "script" not in {tag for tag, _ in page.tags}
    everything = rendered.subject + rendered.text + page.text
    assert not re.search(r"[\u202a-\u202e\u2066-\u2069\r]", everything)
    assert "evil.example" not in everything
    assert "\n" not in rendered.subject
    assert "49" not in everything


def test_a_letter_to_an_address_nobody_proved_has_nothing_a_stranger_wrote():
    for locale in LOCALES:
        rendered, _ = letter("sign_up", locale, name="Xanadu", organization_name="Zanzibar")
        assert not re.search("Xanadu|Zanzibar", rendered.text + rendered.html + rendered.subject)


@pytest.mark.parametrize("change", CHANGES_OF_SECOND_FACTOR)
def test_each_change_of_the_second_factor_has_words_of_its_own(change):
    texts = {
        letter("second_factor_changed", "es", change=one)[0].text
        for one in CHANGES_OF_SECOND_FACTOR
    }
    assert len(texts) == len(CHANGES_OF_SECOND_FACTOR)
    assert letter("second_factor_changed", "en", change=change)[0].text


def test_a_time_is_said_in_words_and_in_utc():
    assert "18 de noviembre de 2026, 02:30 UTC" in letter("deletion_scheduled", "es")[0].text
    assert "18 November 2026" in letter("deletion_scheduled", "en")[0].subject


def test_a_program_has_a_name():
    text = letter("new_sign_in", "en")[0].text
    assert "From: Firefox · Linux" in text
    assert "IP address: 203.0.113.7" in text


def test_what_is_not_known_is_not_mentioned():
    text = letter("new_sign_in", "en", ip="", user_agent="")[0].text
    assert "IP address" not in text
    assert "From:" not in text


def test_a_fact_that_is_missing_is_noticed():
    with pytest.raises((UndefinedError, KeyError)):
        render("invitation", "en", {"role": "admin"}, link="l", token="t")


def test_every_kind_has_both_languages_and_no_template_is_left_over():
    for locale in LOCALES:
        assert {path.stem for path in (TEMPLATES / locale).iterdir()} == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_body_holds_what_its_kind_needs_and_nothing_else(kind):
    good = body(kind)
    assert fault(kind, good) is None
    for needed in KINDS[kind].needs:
        assert fault(kind, {key: good[key] for key in good if key != needed})
        assert fault(kind, {**good, needed: ""})
        assert fault(kind, {**good, needed: "x" * 1001})
        assert fault(kind, {**good, needed: {"deep": 1}})
    assert fault(kind, {**good, "token": "never"})


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        ("new_sign_in", "user_id", "ana"),
        ("new_sign_in", "at", "yesterday"),
        ("invitation", "role", "king"),
        ("invitation", "tenant_id", "'; drop table"),
        ("second_factor_changed", "change", "lost"),
        ("deletion_scheduled", "due_at", "soon"),
    ],
)
def test_what_has_a_shape_must_have_it(kind, name, value):
    assert fault(kind, body(kind)) is None
    assert name in fault(kind, body(kind, **{name: value}))


def test_there_is_no_other_kind():
    assert fault("chain_letter", {})


@pytest.mark.parametrize("token", [kind.token for kind in KINDS.values() if kind.token])
def test_the_command_that_a_letter_names_is_there(token):
    told = CliRunner().invoke(commands, [*token.command.split()[1:], "--help"])
    assert told.exit_code == 0
    assert "token" in told.stdout.lower()


@pytest.mark.parametrize(("kind", "locale"), EVERY)
def test_every_letter_names_a_command_besides_its_link(kind, locale):
    rendered, _ = letter(kind, locale)
    [named] = re.findall(
        r"^    fragua ([a-z -]+?)(?: -- )?(?: \S*[A-Z0-9_]\S*)?$", rendered.text, re.MULTILINE
    )
    assert CliRunner().invoke(commands, [*named.split(), "--help"]).exit_code == 0


def test_a_token_that_looks_like_an_option_is_kept_from_being_one():
    text = render("sign_up", "en", {}, link="l", token="-x").text
    assert "fragua verify -- -x" in text
