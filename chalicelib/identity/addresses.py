"""Email addresses, in the one form in which two that lead to the same mailbox are the same text.

In: what somebody wrote. Out: lower case, the domain in ASCII. Callers: schemas of the wire, OAuth. The surprise: a local
part that needs SMTPUTF8 is refused, because the mail service could not deliver there.
"""

from __future__ import annotations

from typing import Final

ADDRESS_CHARACTERS_MAX: Final = 254


def canonical(text: str) -> str:
    """Raises `ValueError` that says what is wrong with it."""
    from email_validator import EmailNotValidError, validate_email

    try:
        found = validate_email(text, check_deliverability=False, allow_smtputf8=False, strict=True)
    except EmailNotValidError as error:
        raise ValueError(f"is no email address we can write to: {error}") from None
    address = f"{found.local_part}@{found.ascii_domain}".lower()
    if len(address) > ADDRESS_CHARACTERS_MAX:
        raise ValueError("is longer than an email address may be")
    return address


def identity(email: str) -> str:
    """How `identity_routes` names the person behind a canonical address."""
    return f"email:{email}"
