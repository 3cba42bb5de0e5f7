"""What commands say, in Spanish. The English sentence is the key; gaps keep their names.

In: nothing. Out: `SPANISH`. Callers: `language.py`. The surprise: what the API says is not here, it answers in the
language it is asked in; nor are help texts, which are English only.
"""

from __future__ import annotations

from typing import Final

SIGNING_IN: Final = {
    "Email": "Correo",
    "Your name": "Su nombre",
    "Your organization": "Su organización",
    "Password": "Contraseña",
    "Current password": "Contraseña actual",
    "New password": "Contraseña nueva",
    "The same again": "Otra vez la misma",
    "Code from your authenticator app (or a recovery code)": "Código de su aplicación de autenticación (o un código de recuperación)",
    "Then: `fragua verify TOKEN`": "Después: `fragua verify TOKEN`",
    "On this laptop `fragua outbox` shows the letter.": "En este ordenador `fragua outbox` muestra la carta.",
    "Signed in as {email}.": "Sesión iniciada como {email}.",
    "FRAGUA_API_KEY is set and comes first: unset it to act as yourself.": "FRAGUA_API_KEY está puesta y va primero: quítela para actuar como usted.",
    "Nobody was signed in.": "No había ninguna sesión.",
    "Signed out.": "Sesión cerrada.",
    "Signed out everywhere.": "Sesión cerrada en todas partes.",
    "Commands act with the key that `make up` left.": "Las órdenes usan ahora la clave que dejó `make up`.",
    "API key {key} of {name}, as {role}": "Clave de API {key} de {name}, como {role}",
    "second factor on": "con segundo factor",
    "second factor off": "sin segundo factor",
    "In no organization: `fragua orgs list`, `fragua orgs create NAME`": "En ninguna organización: `fragua orgs list`, `fragua orgs create NOMBRE`",
    "Opening your browser. If nothing opens:\n  {url}": "Se abre el navegador. Si no se abre nada:\n  {url}",
    "no answer came": "no llegó ninguna respuesta",
}
SAFETY: Final = {
    "Done. You are signed out everywhere; now: `fragua login`": "Hecho. Sesión cerrada en todas partes; ahora: `fragua login`",
    "Changed. You are signed out everywhere else.": "Cambiada. Las demás sesiones están cerradas.",
    "Add this to your authenticator app:": "Añada esto a su aplicación de autenticación:",
    "or type": "o escriba",
    "Code it shows": "Código que muestra",
    "On. Keep these recovery codes somewhere safe; each works once:": "Activado. Guarde estos códigos de recuperación en lugar seguro; cada uno vale una vez:",
    "Keep these recovery codes somewhere safe; each works once:": "Guarde estos códigos de recuperación en lugar seguro; cada uno vale una vez:",
    "Off.": "Desactivado.",
    "session": "sesión",
    "last used (UTC)": "último uso (UTC)",
    "from": "desde",
    "program": "programa",
    "this one": "esta",
    "Ended.": "Terminada.",
}
ORGANIZATIONS: Final = {
    "organization": "organización",
    "name": "nombre",
    "role": "rol",
    "plan": "plan",
    "None yet: `fragua orgs create NAME`": "Todavía ninguna: `fragua orgs create NOMBRE`",
    "plan {plan}: {used} of {limit} generations used until {resets}": "plan {plan}: {used} de {limit} generaciones usadas hasta el {resets}",
    "{id}\nActing for it: `fragua orgs switch {id}`": "{id}\nPara actuar por ella: `fragua orgs switch {id}`",
    "Commands act for it now, as {role}.": "Las órdenes actúan ahora por ella, como {role}.",
    "It is called {name} now.": "Ahora se llama {name}.",
    "Leave this organization?": "¿Dejar esta organización?",
    "You left. `fragua orgs list` shows where you are still in.": "La ha dejado. `fragua orgs list` muestra dónde sigue.",
    "Hand over ownership?": "¿Traspasar la propiedad?",
    "{email} is the owner now; you are admin.": "{email} es ahora propietario; usted es admin.",
    "Saved as {path}.": "Guardado como {path}.",
    "{url}": "{url}",
    "{status}. Look again with `fragua orgs export {id}`": "{status}. Mire otra vez con `fragua orgs export {id}`",
    "This deletes {name} and its apps. Type its name.": "Esto borra {name} y sus aplicaciones. Escriba su nombre.",
    "Name": "Nombre",
    "It stays.": "Se queda.",
    "Will be deleted on {due} UTC: `fragua orgs restore` stops it.": "Se borrará el {due} UTC: `fragua orgs restore` lo impide.",
}
PEOPLE: Final = {
    "email": "correo",
    "second factor": "segundo factor",
    "person": "persona",
    "yes": "sí",
    "no": "no",
    "status": "estado",
    "expires (UTC)": "caduca (UTC)",
    "invitation": "invitación",
    "{email} is {role} now.": "{email} es ahora {role}.",
    "Remove this person?": "¿Quitar a esta persona?",
    "Removed.": "Quitada.",
    "Invited {email} as {role}.": "{email} tiene una invitación como {role}.",
    "You joined {organization} as {role}. Commands act for it now.": "Ha entrado en {organization} como {role}. Las órdenes actúan ahora por ella.",
    "{organization_name} invites {email}. Have an account? `fragua login` first.": "{organization_name} invita a {email}. ¿Tiene cuenta? Antes, `fragua login`.",
    "Nobody was invited yet: `fragua invite ADDRESS`": "Todavía no hay invitaciones: `fragua invite CORREO`",
    "Sent again.": "Enviada otra vez.",
    "Taken back.": "Retirada.",
}
KEYS: Final = {
    "begins with": "empieza por",
    "scopes": "permisos",
    "all of the role": "todos los del rol",
    "state": "estado",
    "None yet: `fragua keys create NAME`": "Todavía ninguna: `fragua keys create NOMBRE`",
    "Keep it now: it is not shown again. Programs find it in FRAGUA_API_KEY.": "Guárdela ahora: no se vuelve a mostrar. Los programas la toman de FRAGUA_API_KEY.",
    "Stop this key?": "¿Detener esta clave?",
    "Stopped.": "Detenido.",
    "when (UTC)": "cuándo (UTC)",
    "who": "quién",
    "what": "qué",
    "subject": "sobre",
    "Nothing of that kind.": "Nada de eso.",
}
APPS: Final = {
    "app": "aplicación",
    "url": "url",
    "No apps yet. `fragua generate examples/clinica-dental.yaml` makes the first.": "Todavía no hay aplicaciones. `fragua generate examples/clinica-dental.yaml` hace la primera.",
    "{status}  app {app_id}  version {version}": "{status}  aplicación {app_id}  versión {version}",
    "failed in {stage}: {reason} ({error})": "falló en {stage}: {reason} ({error})",
    "models: {cost} in {calls} calls": "modelos: {cost} en {calls} llamadas",
    "\nYour app runs: {url}": "\nSu aplicación está en marcha: {url}",
    "  sign in with  {username}": "  entre con    {username}",
    "  password      {password}   (shown once; you will choose your own)": "  contraseña   {password}   (se muestra una vez; usted elegirá la suya)",
    "No running app is called {name!r}.": "Ninguna aplicación en marcha se llama {name!r}.",
    "Nothing with id {what!r} has a URL.": "Nada con el id {what!r} tiene una URL.",
    "✓ valid, {score} of 100 (ready from {threshold})": "✓ válido, {score} de 100 (listo desde {threshold})",
    "Stopped watching; the generation goes on. `fragua status` shows it.": "Ya no se mira; la generación sigue. `fragua status` la muestra.",
}
LETTERS: Final = {
    "No letters yet. `fragua sign-up` makes one be sent.": "Todavía no hay cartas. `fragua sign-up` hace que se envíe una.",
    "There is no letter {number}; letters here: {count}.": "No hay carta {number}; cartas aquí: {count}.",
    "Waiting for letters; Ctrl+C ends it.": "Esperando cartas; se termina con Ctrl+C.",
    "`fragua outbox read N` shows a whole letter.": "`fragua outbox read N` muestra una carta entera.",
    "Letters can be read here on a laptop only (`make up`). In the cloud they are in the mailbox they were sent to.": "Aquí solo se leen las cartas de un ordenador propio (`make up`). En la nube están en el buzón al que se enviaron.",
}
FAULTS: Final = {
    "No API found. Run `make up`, or set FRAGUA_API_URL.": "No se encuentra ninguna API. Ejecute `make up`, o ponga FRAGUA_API_URL.",
    "Nobody is signed in. Run `fragua login` (or `make up` on a laptop), or set FRAGUA_API_KEY.": "No hay ninguna sesión. Ejecute `fragua login` (o `make up` en un ordenador propio), o ponga FRAGUA_API_KEY.",
    "No answer from {url}: {error}. Is the stack up? `make up` starts it.": "{url} no responde: {error}. ¿Está todo en marcha? `make up` lo arranca.",
    "\nA question had no answer. In scripts say it with options: see --help.": "\nUna pregunta quedó sin respuesta. En guiones se dice con opciones: véase --help.",
    "{said!r} can be {found}. Take the id.": "{said!r} puede ser {found}. Use el id.",
    "Nothing here is called {said!r}.": "Aquí nada se llama {said!r}.",
    "`fragua members list` shows who is here.": "`fragua members list` muestra quién está.",
    "`fragua orgs list` shows yours.": "`fragua orgs list` muestra las suyas.",
    "`fragua invitations list` shows what is open.": "`fragua invitations list` muestra las abiertas.",
    "`fragua keys list` shows them.": "`fragua keys list` las muestra.",
}
HINTS: Final = {
    "`fragua sign-up` has another letter sent.": "`fragua sign-up` hace enviar otra carta.",
    "`fragua password forgot` has another letter sent.": "`fragua password forgot` hace enviar otra carta.",
    "Whoever invited you sends another with `fragua invitations resend YOUR-ADDRESS`.": "Quien le invitó envía otra con `fragua invitations resend SU-CORREO`.",
    "Forgotten? `fragua password forgot`": "¿Olvidada? `fragua password forgot`",
    "FRAGUA_API_KEY is set and comes first: correct it, or unset it.": "FRAGUA_API_KEY está puesta y va primero: corríjala o quítela.",
    "Sign in: `fragua login`": "Inicie sesión: `fragua login`",
    "`fragua whoami` shows your role; owners and admins change it: `fragua members`": "`fragua whoami` muestra su rol; lo cambian propietarios y admins: `fragua members`",
    "`fragua orgs create NAME` makes one; `fragua join TOKEN` takes an invitation.": "`fragua orgs create NOMBRE` crea una; `fragua join TOKEN` acepta una invitación.",
    "`fragua invitations resend ADDRESS`, or `fragua invitations revoke ADDRESS`": "`fragua invitations resend CORREO`, o `fragua invitations revoke CORREO`",
}
SPANISH: Final = {
    **SIGNING_IN, **SAFETY, **ORGANIZATIONS, **PEOPLE, **KEYS, **APPS, **LETTERS, **FAULTS, **HINTS,
}  # fmt: skip
