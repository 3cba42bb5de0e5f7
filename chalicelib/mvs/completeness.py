"""How much of a useful app an MVS describes, and what to ask next.

In: a valid `Mvs` and the reader's language. Out: a score from 0 to 100 and the questions still open, the weightiest
first. Callers: discovery, the validate route. The surprise: an MVS can be valid and still not worth building; below
`THRESHOLD` it is not offered for approval.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from chalicelib.mvs.spec import Entity, InWords, Mvs
from chalicelib.mvs.texts import language_of

THRESHOLD = 80
PROSE_LENGTH = 60
"""A summary or problem shorter than this names the topic but tells nothing."""
NAMED = 5
"""Names listed in one question."""


@dataclass(frozen=True)
class Missing:
    key: str
    question: str
    weight: int


@dataclass(frozen=True)
class Completeness:
    score: int
    threshold: int
    missing: tuple[Missing, ...]

    @property
    def is_enough(self) -> bool:
        return self.score >= self.threshold


Lack = Callable[[Mvs], list[str]]
"""What is lacking: names to ask about, or [''] when the question needs none; empty when nothing is."""


@dataclass(frozen=True)
class Check:
    key: str
    weight: int
    lack: Lack
    en: str
    es: str


def completeness(mvs: Mvs, language: str = "en") -> Completeness:
    open_checks = [(check, lack) for check in CHECKS if (lack := check.lack(mvs))]
    missing = [
        Missing(check.key, question(check, lack, language), check.weight)
        for check, lack in open_checks
    ]
    return Completeness(
        score=100 - sum(one.weight for one in missing),
        threshold=THRESHOLD,
        missing=tuple(sorted(missing, key=lambda one: -one.weight)),
    )


def question(check: Check, lack: list[str], language: str) -> str:
    text = check.es if language_of(language) == "es" else check.en
    more = " …" if len(lack) > NAMED else ""
    return text.replace("{names}", ", ".join(lack[:NAMED]) + more)


def _unless(is_there: bool) -> list[str]:
    return [] if is_there else [""]


def _labels(mvs: Mvs, is_lacking: Callable[[Entity], bool]) -> list[str]:
    return [entity.plural for entity in mvs.entities if is_lacking(entity)]


def _unseen(mvs: Mvs) -> list[str]:
    return _labels(mvs, lambda e: not any("view" in may for may in e.permissions.values()))


def _somebody_creates(mvs: Mvs) -> bool:
    return any("create" in may for e in mvs.entities for may in e.permissions.values())


def _islands(mvs: Mvs) -> list[str]:
    """Entities that neither refer to another nor are referred to."""
    links = [(entity.key, f.to) for entity in mvs.entities for f in entity.fields if f.to]
    connected = {key for source, target in links if source != target for key in (source, target)}
    return _labels(mvs, lambda e: len(mvs.entities) > 1 and e.key not in connected)


def _idle_roles(mvs: Mvs) -> list[str]:
    busy = {role for e in mvs.entities for role, actions in e.permissions.items() if actions}
    return [role.label for role in mvs.roles if role.key not in busy]


def _typed_rules(mvs: Mvs) -> int:
    return sum(not isinstance(rule, InWords) for entity in mvs.entities for rule in entity.rules)


CHECKS = (
    Check(
        "summary", 5, lambda mvs: _unless(len(mvs.summary) >= PROSE_LENGTH),
        "In two sentences: what will people do with the app on an ordinary day?",
        "En dos frases: ¿qué hará la gente con la aplicación un día cualquiera?",
    ),
    Check(
        "problem", 8, lambda mvs: _unless(len(mvs.problem) >= PROSE_LENGTH),
        "What goes wrong today, how often, and what does it cost?",
        "¿Qué falla hoy, con qué frecuencia y cuánto cuesta?",
    ),
    Check(
        "roles", 6, lambda mvs: _unless(len(mvs.roles) > 1),
        "Besides the owner and one more, who works with this information?",
        "Además de la propiedad y una persona más, ¿quién trabaja con esta información?",
    ),
    Check(
        "role_descriptions", 4, lambda mvs: [r.label for r in mvs.roles if not r.description],
        "In one sentence each: what do these people do? {names}",
        "En una frase por rol: ¿a qué se dedican? {names}",
    ),
    Check(
        "idle_roles", 4, _idle_roles,
        "These roles may do nothing yet. What do they need to see or change? {names}",
        "Estos roles aún no pueden hacer nada. ¿Qué necesitan ver o cambiar? {names}",
    ),
    Check(
        "entities", 8, lambda mvs: _unless(len(mvs.entities) > 2),
        "What other things does the business keep track of: people, places, orders, documents?",
        "¿De qué más lleva cuenta el negocio: personas, lugares, pedidos, documentos?",
    ),
    Check(
        "thin_entities", 5, lambda mvs: _labels(mvs, lambda e: len(e.fields) < 3),
        "What would you write on the index card of each of these? {names}",
        "¿Qué apuntaría en la ficha de cada uno de estos? {names}",
    ),
    Check(
        "required_fields", 4, lambda mvs: _labels(mvs, lambda e: not any(f.required for f in e.fields)),
        "Which data must never be missing in these? {names}",
        "¿Qué dato no puede faltar nunca en estos? {names}",
    ),
    Check(
        "islands", 6, _islands,
        "How do these relate to the rest? {names}",
        "¿Qué relación tienen estos con lo demás? {names}",
    ),
    Check(
        "who_sees", 8, _unseen,
        "Who, besides the owner, may see these? {names}",
        "¿Quién, además de la propiedad, puede ver estos? {names}",
    ),
    Check(
        "who_creates", 4, lambda mvs: _unless(_somebody_creates(mvs)),
        "Who, besides the owner, adds things, and which?",
        "¿Quién, además de la propiedad, da de alta cosas, y cuáles?",
    ),
    Check(
        "workflow", 8, lambda mvs: _unless(any(entity.workflow for entity in mvs.entities)),
        "What passes through stages (asked, confirmed, done …), and who moves it on?",
        "¿Qué pasa por etapas (pedido, confirmado, hecho …) y quién lo hace avanzar?",
    ),
    Check(
        "rules", 8, lambda mvs: _unless(_typed_rules(mvs) > 1),
        "What must never happen: double bookings, amounts out of range, data missing at some point?",
        "¿Qué no debe ocurrir nunca: dobles reservas, importes fuera de rango, datos que faltan en cierto punto?",
    ),
    Check(
        "dashboards", 6, lambda mvs: _unless(bool(mvs.dashboards)),
        "Which three numbers would you look at first thing in the morning?",
        "¿Qué tres números miraría a primera hora de la mañana?",
    ),
    Check(
        "success", 5, lambda mvs: _unless(bool(mvs.success)),
        "In three months, which number tells you that it was worth it?",
        "Dentro de tres meses, ¿qué número le dirá que valió la pena?",
    ),
    Check(
        "out_of_scope", 3, lambda mvs: _unless(bool(mvs.out_of_scope)),
        "What should the app deliberately not do for now?",
        "¿Qué no debe hacer la aplicación por ahora, a propósito?",
    ),
    Check(
        "demo", 8, lambda mvs: _labels(mvs, lambda e: len(mvs.demo.get(e.key, ())) < 2),
        "Can you give two or three real-looking examples of these? {names}",
        "¿Puede dar dos o tres ejemplos verosímiles de estos? {names}",
    ),
)  # fmt: skip
