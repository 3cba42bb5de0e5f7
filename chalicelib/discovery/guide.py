"""The offline interviewer: rules alone, no key, an answer at once. It proposes, and a plain yes is always an answer.

In: the MVS so far, what was said, what the last reply had asked, the shelf of blueprints. Out: `Outcome`: words, changes
already carried out, and what it asks next. Callers: `conversation`. The surprise: it keeps no state of its own; all of it
is in the MVS and in the last turn's `ask`, so a conversation goes on days later in another process.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from chalicelib.discovery import beginning
from chalicelib.discovery.applying import applied
from chalicelib.discovery.asking import Ask, as_options, changes_of, read_ask
from chalicelib.discovery.changes import as_data, read_changes
from chalicelib.discovery.commands import wished
from chalicelib.discovery.diff import diff
from chalicelib.discovery.guide_texts import SAID, TOPICS
from chalicelib.discovery.phrases import is_no, is_numbers, is_yes, numbers, wants_more
from chalicelib.discovery.proposals import joined, propose
from chalicelib.discovery.records import Data, Outcome
from chalicelib.discovery.shelf import Shelf
from chalicelib.discovery.understanding import understood
from chalicelib.errors import InvalidMvs
from chalicelib.mvs.completeness import completeness
from chalicelib.mvs.reading import read_mvs
from chalicelib.mvs.spec import Locale, Mvs

TOPICS_NAMED: Final = 4
POINTERS: Final = {("fit", False, True): "what_else", ("ready", True, False): "approve_it"}
"""(about, is a yes, is a no) → where to go from there."""


@dataclass(frozen=True, kw_only=True)
class Heard:
    said: str
    mvs: Data | None
    ask: Ask
    locale: Locale
    industry: str | None = None


def answer(heard: Heard, shelf: Shelf) -> Outcome:
    if blueprint := beginning.chosen(heard.said, heard.ask, shelf):
        overlay = shelf.overlay(heard.industry) if heard.industry else None
        begun = beginning.from_blueprint(blueprint, overlay, heard.locale, before=heard.mvs)
    elif heard.mvs is None:
        begun = beginning.begun(heard.said, heard.locale, shelf, heard.industry)
    else:
        return _answer(heard, heard.mvs, read_mvs(heard.mvs, language=heard.locale))
    return opened(begun, heard)


def opened(begun: Outcome, heard: Heard) -> Outcome:
    """A beginning with the first question, if there is something to ask about."""
    if begun.mvs is None:
        return begun
    return _asking_next(begun, begun.mvs, read_ask(begun.ask), heard)


def _answer(heard: Heard, standing: Data, mvs: Mvs) -> Outcome:
    words, ask = SAID[heard.locale], heard.ask
    if code := POINTERS.get((ask.about, is_yes(heard.said), is_no(heard.said))):
        return Outcome(reply=words[code], ask=_kept(ask))
    if is_no(heard.said) and ask.about:
        skipped = replace(ask, skipped=(*ask.skipped, ask.about))
        return _asking_next(Outcome(reply=words["skipped"]), standing, skipped, heard)
    if wants_more(heard.said):
        return _asking_next(
            Outcome(reply=""), standing, replace(ask, skipped=()), heard, insist=True
        )
    changes = _wanted(heard, mvs)
    if changes is None:
        return Outcome(reply=_again(words["not_understood"], ask, mvs, heard), ask=_kept(ask))
    try:
        after = applied(
            standing, read_changes(changes, language=heard.locale), language=heard.locale
        )
    except InvalidMvs as error:
        first = error.facts["errors"][0]
        refused = words["refused"].format(message=first["message"], cure=first["cure"])
        return Outcome(reply=_again(refused, ask, mvs, heard), ask=_kept(ask))
    return _asking_next(_done(changes, standing, after, heard), after, ask, heard)


def _wanted(heard: Heard, mvs: Mvs) -> list[Data] | None:
    """Changes asked for; None when it was not understood."""
    options = heard.ask.options
    if is_yes(heard.said) and heard.ask.about in ("name", "fit"):
        return [{"op": "set_text", "field": "name", "text": mvs.name}]
    if wish := wished(heard.said, mvs, heard.locale):
        return wish
    if is_yes(heard.said) and options:
        return changes_of(options if heard.ask.takes == "all" else options[:1])
    if chosen := numbers(heard.said, len(options)):
        return changes_of([options[number - 1] for number in chosen])
    if is_numbers(heard.said):
        return None
    return understood(heard.ask.about, heard.said, mvs, heard.locale)


def _done(changes: list[Data], standing: Data, after: Data, heard: Heard) -> Outcome:
    words = SAID[heard.locale]
    in_words = any(one.get("rule", {}).get("type") == "in_words" for one in changes)
    settings = {"title": after["name"]} if after["name"] != standing["name"] else {}
    return Outcome(
        reply=words["in_words"] if in_words else words["done"],
        changes=tuple(as_data(one) for one in read_changes(changes)),
        mvs=after,
        diff=tuple(diff(standing, after, heard.locale)),
        settings=settings,
    )


def _asking_next(
    outcome: Outcome, standing: Data, ask: Ask, heard: Heard, *, insist: bool = False
) -> Outcome:
    """The reply with the next question; at the threshold it stops asking, unless somebody insists."""
    mvs = read_mvs(standing, language=heard.locale)
    said, following = next_question(mvs, ask, heard.locale, insist=insist)
    reply = "\n\n".join(filter(None, [outcome.reply, said]))
    return replace(outcome, reply=reply, ask=following.as_data())


def next_question(mvs: Mvs, ask: Ask, locale: Locale, *, insist: bool = False) -> tuple[str, Ask]:
    words = SAID[locale]
    if ask.about == beginning.START:
        return beginning.name_question(mvs, ask, locale)
    how = completeness(mvs, locale)
    if ask.about == "name" and how.is_enough:
        return words["fit"], Ask("fit", skipped=ask.skipped)
    open_ones = [one for one in how.missing if one.key not in ask.skipped]
    if how.is_enough and not (insist and open_ones):
        if ask.about == "ready":
            still = words["still_ready"].format(score=how.score)
            return still, Ask("ready", skipped=ask.skipped)
        topics = [TOPICS[locale][one.key] for one in how.missing[:TOPICS_NAMED]]
        better = words["could_be_better"].format(topics=joined(topics, locale))
        ready = words["ready"].format(score=how.score)
        rest = better if how.missing else words["complete"]
        return f"{ready} {rest}", Ask("ready", skipped=ask.skipped)
    if not open_ones:
        return words["nothing_left"].format(score=how.score), Ask("ready", skipped=ask.skipped)
    asked = open_ones[0]
    following = Ask(asked.key, as_options(propose(asked.key, mvs, locale)), "all", ask.skipped)
    score = words["score"].format(score=how.score)
    return f"{score} {asked.question}{_shown(following, locale)}", following


def _shown(ask: Ask, locale: Locale) -> str:
    words = SAID[locale]
    if len(ask.options) == 1:
        return "\n" + words["proposal"].format(words=str(ask.options[0]["words"]).rstrip("."))
    return "\n" + words["proposals"] + listed(ask.options) if ask.options else ""


def listed(options: Sequence[Data]) -> str:
    return "".join(f"\n  {number}. {one['words']}" for number, one in enumerate(options, 1))


def _again(words: str, ask: Ask, mvs: Mvs, heard: Heard) -> str:
    """What went wrong, then the same question."""
    if ask.about in ("", "ready"):
        return words
    if ask.about == "name":
        return f"{words}\n\n{beginning.name_question(mvs, ask, heard.locale)[0]}"
    missing = {one.key: one.question for one in completeness(mvs, heard.locale).missing}
    question = missing.get(ask.about, "")
    return f"{words}\n\n{question}{_shown(ask, heard.locale)}"


def _kept(ask: Ask) -> Data | None:
    return ask.as_data() if ask.about else None
