"""What the guide says, in both languages: short, polite, and honest about what it can't do.

In: nothing. Out: `SAID`. Callers: `guide`. The surprise: the questions themselves are those of `mvs/completeness.py`, so
the score and the guide never disagree.
"""

from __future__ import annotations

from typing import Final

from chalicelib.mvs.spec import Locale

SAID: Final[dict[Locale, dict[str, str]]] = {
    "es": {
        "title": "Conversación nueva",
        "hello": "Hola. Vamos a describir su aplicación en unas pocas preguntas; a casi todas puede contestar «sí».",
        "brief": "¿A qué se dedica su negocio y qué quiere llevar mejor? Una o dos frases bastan.",
        "choices": "También puede elegir un punto de partida:",
        "unknown_business": "No reconozco ese tipo de negocio. Escriba la lista de lo que quiere llevar (por ejemplo: clientes, pedidos, facturas), o elija lo más parecido:",
        "no_blueprints": "Escriba la lista de lo que quiere llevar, por ejemplo: clientes, pedidos, facturas.",
        "start": "Parto de «{blueprint}»{industry}: {things}.",
        "industry": " para {industry}",
        "drafted": "Empiezo con: {things}.",
        "or_blueprint": "Si prefiere partir de un modelo hecho, diga el número:",
        "others": "Si se parece más a otra cosa, diga el número:",
        "name": "¿Cómo se llama su negocio?",
        "keep_name": "la aplicación se llamará {name}",
        "proposal": "Propongo: {words}. ¿Le parece bien?",
        "proposals": "Propongo (diga «sí» a todo, o los números que quiera):",
        "fit": "¿Le sirve así? Si falta o sobra algo, dígamelo: «añade el campo talla a productos», «añade furgonetas», «quita salas».",
        "what_else": "Dígame qué cambiar: «añade el campo talla a productos», «añade furgonetas», «quita salas», «llama socios a los clientes».",
        "still_ready": "{score} de 100: puede aprobarlo cuando quiera.",
        "approve_it": "Cuando quiera, apruébelo y empieza a construirse.",
        "done": "Hecho.",
        "skipped": "De acuerdo, lo dejamos.",
        "not_understood": "No lo he entendido. Entiendo «sí», «no», números de la lista y frases cortas como «añade el campo talla a productos» o «quita salas».",
        "in_words": "Lo apunto como regla en palabras: queda escrita, pero sin un modelo no puedo convertirla en código.",
        "refused": "Eso no encaja: {message} {cure}",
        "ready": "Con esto ya se puede construir: {score} de 100. Puede aprobarlo cuando quiera.",
        "could_be_better": "Aún podría mejorar: {topics}. Diga «sigue» si quiere afinarlo, o pida cambios con sus palabras.",
        "complete": "No falta nada. Puede pedir cambios con sus palabras, o aprobarlo.",
        "nothing_left": "No tengo más preguntas y aún faltan puntos: {score} de 100. Puede pedir cambios con sus palabras, volver a lo que dejamos («sigue»), o aprobarlo de todos modos.",
        "score": "Vamos por {score} de 100.",
        "undone": "He deshecho el último cambio.",
        "edited": "Cambio hecho a mano.",
    },
    "en": {
        "title": "New conversation",
        "hello": "Hello. Let's describe your app in a few questions; you can answer most of them with “yes”.",
        "brief": "What does your business do, and what do you want to keep better track of? One or two sentences will do.",
        "choices": "Or choose something to start from:",
        "unknown_business": "I don't recognize that kind of business. Write the list of what you want to keep track of (for example: customers, orders, invoices), or choose what comes closest:",
        "no_blueprints": "Write the list of what you want to keep track of, for example: customers, orders, invoices.",
        "start": "I start from “{blueprint}”{industry}: {things}.",
        "industry": " for {industry}",
        "drafted": "I begin with: {things}.",
        "or_blueprint": "If you would rather start from something made, say the number:",
        "others": "If it is more like something else, say the number:",
        "name": "What is your business called?",
        "keep_name": "the app will be called {name}",
        "proposal": "I propose: {words}. Is that all right?",
        "proposals": "I propose (say “yes” to all of it, or the numbers you want):",
        "fit": "Is that all right? If something is missing or too much, tell me: “add the field size to products”, “add vans”, “remove rooms”.",
        "what_else": "Tell me what to change: “add the field size to products”, “add vans”, “remove rooms”, “rename customers to members”.",
        "still_ready": "{score} of 100: approve it whenever you like.",
        "approve_it": "Approve it whenever you like, and it begins to be built.",
        "done": "Done.",
        "skipped": "All right, we leave that.",
        "not_understood": "I did not understand that. I understand “yes”, “no”, numbers of the list and short sentences such as “add the field size to products” or “remove rooms”.",
        "in_words": "I keep it as a rule in words: it is written down, but without a model I can't turn it into code.",
        "refused": "That does not fit: {message} {cure}",
        "ready": "This can be built now: {score} of 100. Approve it whenever you like.",
        "could_be_better": "It could still be better: {topics}. Say “go on” to refine it, or ask for changes in your own words.",
        "complete": "Nothing is missing. Ask for changes in your own words, or approve it.",
        "nothing_left": "I have no more questions, and points are still missing: {score} of 100. Ask for changes in your own words, go back to what we left (“go on”), or approve it anyway.",
        "score": "That makes {score} of 100.",
        "undone": "I took the last change back.",
        "edited": "Changed by hand.",
    },
}
TOPICS: Final[dict[Locale, dict[str, str]]] = {
    "es": {
        "summary": "el resumen", "problem": "el problema", "roles": "los roles", "role_descriptions": "qué hace cada rol",
        "idle_roles": "roles sin permisos", "entities": "qué más se lleva", "thin_entities": "fichas con pocos datos",
        "required_fields": "datos obligatorios", "islands": "relaciones", "who_sees": "quién ve qué", "who_creates": "quién da de alta",
        "workflow": "etapas", "rules": "reglas", "dashboards": "un panel", "success": "cómo medir el éxito",
        "out_of_scope": "qué queda fuera", "demo": "ejemplos",
    },
    "en": {
        "summary": "the summary", "problem": "the problem", "roles": "the roles", "role_descriptions": "what each role does",
        "idle_roles": "roles without permissions", "entities": "what else is kept", "thin_entities": "records with little in them",
        "required_fields": "required data", "islands": "how things relate", "who_sees": "who sees what", "who_creates": "who adds things",
        "workflow": "stages", "rules": "rules", "dashboards": "a dashboard", "success": "how success is measured",
        "out_of_scope": "what is left out", "demo": "examples",
    },
}  # fmt: skip
