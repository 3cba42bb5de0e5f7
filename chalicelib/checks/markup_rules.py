"""What the HTML of a template may say: no script, no handler, nothing fetched from or sent to elsewhere.

In: the text of a template. Out: findings. Callers: `template_rules.py`. The surprise: a tag is read up to the first `>`
and again past those in quotes, because browsers and quick patterns disagree on where it ends; and every pattern looks
at one tag of bounded length, so that no text can make them slow.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from chalicelib.checks.findings import Finding, at

TAG_LENGTH_MAX = 2000
_BEGINS = re.compile(r"<(?=[a-z])", re.IGNORECASE)
_QUOTED_END = re.compile(r"<(?:[^>\"']|\"[^\"]*\"|'[^']*')*")
_TEXT = r"(?:\"[^\"]*|'[^']*|[^\s>]*)"
_ELSEWHERE = r"(?:(?:https?|ftp|wss?)\s*:|[\\/]\s*[\\/]|&)"
_IN_A_TAG: tuple[tuple[str, str], ...] = (
    (
        r"^<script(?![^>]*\bsrc\s*=\s*[\"']{%\s*static)[^>]*",
        "a script; scripts live in the runtime",
    ),
    (r"[\s\"'/]on[a-z]+\s*=", "an event handler attribute"),
    (
        r"^<(?:iframe|object|embed|base|applet|meta|link|style)\b",
        "an element that loads or restyles",
    ),
    (
        rf"\b(?:(?:form)?action|src|poster|background|ping|data|hx-[a-z]+)\s*=\s*[\"']?\s*{_ELSEWHERE}",
        "a foreign address",
    ),
    (rf"\bsrcset\s*=\s*{_TEXT}(?:[\\/]\s*[\\/]|&)", "a foreign address"),
    (
        rf"[\s\"'/]style\s*=\s*{_TEXT}(?:\burl\s*\(|image-set|\\|&)",
        "a style that loads something",
    ),
    (r"^<[a-z][^>{}]*\s[a-z-]+=\s*{[{%]", "an attribute without quotes around a value"),
)
_ANYWHERE: tuple[tuple[str, str], ...] = (
    (r"\bhx-on\b|\bhx-vals\s{0,9}=\s{0,9}[\"']\s{0,9}js:", "script in an htmx attribute"),
    (r"javascript\s{0,9}:|data\s{0,9}:\s{0,9}text/html|vbscript\s{0,9}:", "a script URL"),
)
_TAG_PATTERNS = tuple((re.compile(text, re.IGNORECASE), what) for text, what in _IN_A_TAG)
_TEXT_PATTERNS = tuple((re.compile(text, re.IGNORECASE), what) for text, what in _ANYWHERE)
_FORM = re.compile(r"<form\b", re.IGNORECASE)
_FORM_ENDS = re.compile(r"</form>", re.IGNORECASE)
_POSTS = re.compile(r"method\s*=\s*[\"']?post", re.IGNORECASE)


def markup_findings(path: str, text: str) -> Iterator[Finding]:
    for position, what in [*_in_tags(text), *_anywhere(text)]:
        yield at(path, _line(text, position), "unsafe-markup", f"{what} is not allowed here")
    for position in _unprotected_forms(text):
        yield at(path, _line(text, position), "csrf", "a form that posts needs {% csrf_token %}")


def _in_tags(text: str) -> Iterator[tuple[int, str]]:
    found = _BEGINS.search(text)
    while found:
        start = found.start()
        tag = text[start : start + TAG_LENGTH_MAX]
        near = tag.find(">")
        if near < 0:
            if len(tag) == TAG_LENGTH_MAX:
                yield start, f"a tag of more than {TAG_LENGTH_MAX} characters"
                return
            near = len(tag)
        far = _QUOTED_END.match(tag)
        whole = tag[: max(near, far.end() if far else 0)]
        for pattern, what in _TAG_PATTERNS:
            if pattern.search(whole):
                yield start, what
        found = _BEGINS.search(text, start + near)


def _anywhere(text: str) -> Iterator[tuple[int, str]]:
    for pattern, what in _TEXT_PATTERNS:
        for match in pattern.finditer(text):
            yield match.start(), what


def _unprotected_forms(text: str) -> Iterator[int]:
    for form in _FORM.finditer(text):
        end = _FORM_ENDS.search(text, form.end())
        if end is None:
            return
        head, _, body = text[form.end() : end.start()].partition(">")
        if _POSTS.search(head) and "csrf_token" not in body:
            yield form.start()


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1
