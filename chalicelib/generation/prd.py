"""The product requirements: what the app promises, requirement by requirement, in the words of the business.

In: an `Mvs` and its `Plan`. Out: `Prd`, as JSON and as Markdown in the app's language. Callers: the WritePrd stage.
The surprise: the offline engine adds no opinion of its own and says so in the document.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pydantic import BaseModel, ConfigDict

from chalicelib.generation.design_document import escaped
from chalicelib.generation.plan import Plan
from chalicelib.mvs.requirements import requirements
from chalicelib.mvs.spec import Entity, Locale, Mvs

ENGINE: Final = "offline"
OF_A_MODEL: Final = ("narrative", "journeys", "acceptance")
WORDS: Final[dict[Locale, dict[str, str]]] = {
    "es": {
        "title": "Requisitos",
        "engine": "Escrito por el motor sin conexión (offline engine): solo reglas, sin modelo de lenguaje.",
        "model": "Escrito por reglas y completado por un modelo de lenguaje (Claude): el relato, los recorridos y los criterios.",
        "narrative": "Cómo será el trabajo",
        "journeys": "Recorridos",
        "accepted": "Se da por bueno si",
        "problem": "El problema",
        "people": "Personas",
        "owner": "Propiedad",
        "owner_does": "Puede hacerlo todo e invita a los demás.",
        "things": "Con qué se trabaja",
        "requirements": "Qué debe cumplir",
        "everywhere": "En toda la aplicación",
        "success": "Cómo se sabrá que funciona",
        "out_of_scope": "Queda fuera",
    },
    "en": {
        "title": "Requirements",
        "engine": "Written by the offline engine: rules only, no language model.",
        "model": "Written by rules and completed by a language model (Claude): the narrative, the journeys and the criteria.",
        "narrative": "What work will be like",
        "journeys": "Journeys",
        "accepted": "Accepted when",
        "problem": "The problem",
        "people": "People",
        "owner": "Owner",
        "owner_does": "May do everything and invites the others.",
        "things": "What people work with",
        "requirements": "What must hold",
        "everywhere": "In the whole app",
        "success": "How success will be told",
        "out_of_scope": "Out of scope",
    },
}


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Named(Part):
    label: str
    says: str = ""


class Requirement(Part):
    id: str
    kind: str
    text: str
    module: str | None = None


class Accepted(Part):
    """How a person sees that a requirement holds."""

    requirement: str
    text: str


class Journey(Part):
    """One person's way through the app, from what they want to what they have."""

    title: str
    who: str
    steps: tuple[str, ...]


class Prd(Part):
    name: str
    language: Locale
    engine: str
    summary: str
    problem: str
    people: tuple[Named, ...]
    entities: tuple[Named, ...]
    modules: tuple[Named, ...]
    """Module names and what they are about, in the order they are built."""
    requirements: tuple[Requirement, ...]
    success: tuple[str, ...] = ()
    out_of_scope: tuple[str, ...] = ()
    narrative: tuple[str, ...] = ()
    """Paragraphs. This and the next two are a model's; the offline engine has no opinion of its own."""
    journeys: tuple[Journey, ...] = ()
    acceptance: tuple[Accepted, ...] = ()

    def to_json(self) -> str:
        written = {name for name in OF_A_MODEL if not getattr(self, name)}
        return self.model_dump_json(indent=2, exclude=written)

    @classmethod
    def from_json(cls, text: str | bytes) -> Prd:
        return cls.model_validate_json(text)

    def to_markdown(self) -> str:
        return prd_markdown(self)


def prd(mvs: Mvs, plan: Plan) -> Prd:
    home = {entity: module.name for module in plan.modules for entity in module.entities}
    entities = {entity.key: entity for entity in mvs.entities}
    return Prd(
        name=mvs.name,
        language=mvs.locales[0],
        engine=ENGINE,
        summary=mvs.summary,
        problem=mvs.problem,
        people=tuple(Named(label=role.label, says=role.description) for role in mvs.roles),
        entities=tuple(Named(label=e.plural, says=_described(e)) for e in mvs.entities),
        modules=tuple(
            Named(label=module.name, says=entities[module.entities[0]].plural)
            for module in plan.modules
        ),
        requirements=tuple(
            Requirement(
                id=each.id, kind=each.kind, text=each.text, module=home.get(each.entity or "")
            )
            for each in requirements(mvs)
        ),
        success=mvs.success,
        out_of_scope=mvs.out_of_scope,
    )


def _described(entity: Entity) -> str:
    return entity.description or ", ".join(field.label for field in entity.fields)


def prd_markdown(prd: Prd) -> str:
    """Everything a customer wrote is escaped: it shows as it was typed."""
    return "\n".join(_lines(prd, WORDS[prd.language])) + "\n"


def _lines(prd: Prd, words: dict[str, str]) -> Iterator[str]:
    yield f"# {escaped(prd.name)}: {words['title']}"
    engine = words["engine" if prd.engine == ENGINE else "model"]
    yield from ("", f"> {engine}", "", escaped(prd.summary))
    yield from ("", f"## {words['problem']}", "", escaped(prd.problem))
    yield from _told(prd, words)
    yield from ("", f"## {words['people']}", "")
    yield f"- **{words['owner']}.** {words['owner_does']}"
    yield from _named(prd.people)
    yield from ("", f"## {words['things']}", "")
    yield from _named(prd.entities)
    yield from ("", f"## {words['requirements']}", "", f"### {words['everywhere']}", "")
    yield from _listed(prd, None)
    for module in prd.modules:
        yield from ("", f"### {escaped(module.says)}", "")
        yield from _listed(prd, module.label)
    for heading, items in (("success", prd.success), ("out_of_scope", prd.out_of_scope)):
        if items:
            yield from ("", f"## {words[heading]}", "")
            yield from (f"- {escaped(item)}" for item in items)


def _told(prd: Prd, words: dict[str, str]) -> Iterator[str]:
    """What only a model writes."""
    if prd.narrative:
        yield from ("", f"## {words['narrative']}")
        for paragraph in prd.narrative:
            yield from ("", escaped(paragraph))
    if prd.journeys:
        yield from ("", f"## {words['journeys']}")
    for journey in prd.journeys:
        yield from ("", f"### {escaped(journey.title)} ({escaped(journey.who)})", "")
        yield from (f"{number}. {escaped(step)}" for number, step in enumerate(journey.steps, 1))


def _named(parts: tuple[Named, ...]) -> Iterator[str]:
    for part in parts:
        yield f"- **{escaped(part.label)}.** {escaped(part.says)}".rstrip()


def _listed(prd: Prd, module: str | None) -> Iterator[str]:
    accepted = {each.requirement: each.text for each in prd.acceptance}
    for each in prd.requirements:
        if each.module == module:
            yield f"- **{each.id}** {escaped(each.text)}"
            if text := accepted.get(each.id):
                yield f"  - {WORDS[prd.language]['accepted']}: {escaped(text)}"
