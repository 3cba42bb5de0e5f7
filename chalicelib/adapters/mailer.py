"""The mail service (SES): one message with a text and an HTML part, to one address.

In: `mail.sending.Message`, the sender's address. Out: nothing. Implements `mail.sending.Mailer`. Callers: wiring.
The surprise: whoever wrote the address and the words is a stranger, so nothing of theirs becomes a header unseen: the
address must be one and plain ASCII, and line ends in a subject are refused by the library that writes the headers.
"""

from __future__ import annotations

import re
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any, Final

from botocore.exceptions import ClientError

from chalicelib.adapters.aws import is_code, speaking_to
from chalicelib.errors import AddressRefused
from chalicelib.mail.sending import Message

SENDER_NAME: Final = "Fragua"
ATOM: Final = r"[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]+"
LABEL: Final = r"[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?"
ONE_ADDRESS: Final = re.compile(rf"{ATOM}(\.{ATOM})*@{LABEL}(\.{LABEL})*")
"""RFC 5322's dot-atom: no quotes, no comments, nothing a header could take for more than one address."""
ENCODED_WORD: Final = "=?"
"""In a header this begins another way to write text."""
ADDRESS_CHARACTERS_MAX: Final = 254
PATIENCE_S: Final = 10
ATTEMPTS: Final = 2


class SesMailer:
    def __init__(self, client: Any, sender: str) -> None:
        """`client` speaks `sesv2`."""
        self._ses = client
        self._sender = sender

    def send(self, message: Message) -> None:
        raw = mime(message, self._sender)
        with speaking_to("SES"):
            try:
                self._ses.send_email(
                    FromEmailAddress=self._sender,
                    Destination={"ToAddresses": [message.to]},
                    Content={"Raw": {"Data": raw}},
                )
            except ClientError as error:
                if refuses_the_address(error, message.to, self._sender):
                    code = error.response["Error"]["Code"]
                    raise AddressRefused(f"SES takes no mail for this address ({code})") from error
                raise


def mime(message: Message, sender: str) -> bytes:
    if not is_one_address(message.to):
        raise AddressRefused("it is not one plain address")
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address(SENDER_NAME, addr_spec=sender)
    mail["To"] = Address(addr_spec=message.to)
    mail["Subject"] = message.subject
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Fragua-Letter"] = str(message.id)
    mail.set_content(message.text, cte="quoted-printable")
    mail.add_alternative(message.html, subtype="html", cte="quoted-printable")
    return mail.as_bytes()


def is_one_address(text: str) -> bool:
    is_short = len(text) <= ADDRESS_CHARACTERS_MAX
    return is_short and ENCODED_WORD not in text and bool(ONE_ADDRESS.fullmatch(text))


def refuses_the_address(error: ClientError, to: str, sender: str) -> bool:
    """In SES's sandbox an address nobody verified is refused with the same code as a sender nobody verified; the second
    is for us to mend, and the letter waits for it."""
    if is_code(error, "BadRequestException"):
        return True
    text = error.response["Error"].get("Message", "")
    return is_code(error, "MessageRejected") and to in text and sender not in text
