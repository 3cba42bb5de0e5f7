"""Names and addresses as people write them, in the one form in which they are kept and compared.

In: text from outside. Out: the text to keep; `ValueError` with what to change. Callers: models of the wire, rooms. The
surprise: an address's local part may hold ASCII letters only, because the mail service takes no other and because
look-alike letters make two addresses that nobody can tell apart.
"""

from __future__ import annotations

import unicodedata
from typing import Final

NAME_CHARACTERS_MAX: Final = 120
ADDRESS_CHARACTERS_MAX: Final = 254
UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode's categories of what has no shape of its own: controls, marks of direction, halves of pairs, line ends."""
JOINERS: Final = frozenset("\u200c\u200d")
"""Of `Cf`, but Persian and the Indic scripts are misspelt without them."""


def name(text: str) -> str:
    """NFC, without spaces around it and with single ones inside."""
    found = " ".join(unicodedata.normalize("NFC", text).split())
    if not 1 <= len(found) <= NAME_CHARACTERS_MAX:
        raise ValueError(f"a name has 1 to {NAME_CHARACTERS_MAX} characters")
    if any(unicodedata.category(one) in UNSEEN and one not in JOINERS for one in found):
        raise ValueError("a name has no control characters and no marks of writing direction")
    if not any(unicodedata.category(one)[0] in "LNSP" for one in found):
        raise ValueError("a name has something to see")
    return found


def address(text: str) -> str:
    """Lower case, the domain in ASCII (`xn--…`)."""
    from email_validator import EmailNotValidError, validate_email

    try:
        found = validate_email(
            text.strip(), check_deliverability=False, allow_smtputf8=False, strict=True
        )
    except EmailNotValidError as error:
        raise ValueError(f"not an email address: {error}") from None
    kept = f"{found.local_part}@{found.ascii_domain}".lower()
    if len(kept) > ADDRESS_CHARACTERS_MAX:
        raise ValueError(f"an email address has at most {ADDRESS_CHARACTERS_MAX} characters")
    return kept
