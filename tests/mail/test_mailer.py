"""What goes to SES: one MIME message to one address, whatever strangers wrote, and whose turn it is when SES refuses."""

import email
import email.policy
import uuid

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.stub import ANY, Stubber
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chalicelib.adapters.mailer import SesMailer, mime
from chalicelib.errors import AddressRefused, CloudBusy, PlatformError
from chalicelib.mail.sending import Message

SENDER = "fragua@example.com"


def message(to="ana@example.com", subject="Elige una contraseña nueva"):
    return Message(id=uuid.uuid4(), to=to, subject=subject, text="¡Hola!\n", html="<p>¡Hola!</p>\n")


def parsed(sent):
    return email.message_from_bytes(mime(sent, SENDER), policy=email.policy.default)


def test_it_has_a_text_and_an_html_part_and_says_who_sent_it():
    sent = message()
    mail = parsed(sent)
    assert mail["From"] == f"Fragua <{SENDER}>"
    assert (mail["To"], mail["Subject"]) == (sent.to, sent.subject)
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Fragua-Letter"] == str(sent.id)
    assert mail.get_body(("plain",)).get_content() == "¡Hola!\r\n"
    assert mail.get_body(("html",)).get_content() == "<p>¡Hola!</p>\r\n"


def test_all_of_it_is_plain_ascii_with_short_lines():
    raw = mime(message(subject="ñ" * 300), SENDER)
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 998


@pytest.mark.parametrize(
    "to",
    [
        "ana@example.com, eva@example.com",
        "ana@example.com\r\nBcc: eva@example.com",
        "ana@example.com\n",
        "Ana <ana@example.com>",
        "ana@exämple.com",
        "añá@example.com",
        "ana@@example.com",
        "ana@example.com;eva@example.com",
        '"ana eva"@example.com',
        "@example.com",
        "",
    ],
)
def test_an_address_that_is_not_one_plain_address_is_refused(to):
    with pytest.raises(AddressRefused):
        mime(message(to=to), SENDER)


@settings(max_examples=300, deadline=None)
@given(st.emails() | st.text('a.@=?-_,;"<>( \r\n', max_size=20) | st.text(max_size=40))
@example("a..b@example.com")
@example("a@example..com")
@example("=?utf-8?q?eva=40example.com=2C?=@example.com")
def test_an_address_is_refused_or_is_the_only_one_the_message_names(to):
    try:
        mail = parsed(message(to=to))
    except AddressRefused:
        return
    assert [address.addr_spec for address in mail["To"].addresses] == [to]
    assert mail["Bcc"] is mail["Cc"] is None


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_a_subject_can_not_bring_headers(end):
    with pytest.raises(ValueError, match=r"linefeed|newline|carriage"):
        mime(message(subject=f"Hi{end}Bcc: eva@example.com"), SENDER)


@pytest.fixture
def ses():
    client = boto3.client(
        "sesv2", region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    with Stubber(client) as stub:
        yield client, stub


UNVERIFIED = "Email address is not verified. The following identities failed the check: {}"


@pytest.mark.parametrize(
    ("code", "text", "status", "becomes"),
    [
        ("TooManyRequestsException", "", 429, CloudBusy),
        ("LimitExceededException", "", 400, CloudBusy),
        ("InternalServiceErrorException", "", 500, CloudBusy),
        ("BadRequestException", "Illegal address", 400, AddressRefused),
        ("MessageRejected", UNVERIFIED.format("ana@example.com"), 400, AddressRefused),
        ("MessageRejected", UNVERIFIED.format(SENDER), 400, PlatformError),
        ("MailFromDomainNotVerifiedException", "", 400, PlatformError),
        ("SendingPausedException", "", 400, PlatformError),
        ("AccountSuspendedException", "", 400, PlatformError),
    ],
)
def test_whose_turn_it_is_when_ses_refuses(ses, code, text, status, becomes):
    client, stub = ses
    stub.add_client_error("send_email", code, text, http_status_code=status)
    with pytest.raises(PlatformError) as raised:
        SesMailer(client, SENDER).send(message())
    assert type(raised.value) is becomes
    assert "ana@" not in raised.value.detail


def test_what_is_sent_goes_to_the_one_address(ses):
    client, stub = ses
    sent = message()
    stub.add_response(
        "send_email",
        {"MessageId": "1"},
        {
            "FromEmailAddress": SENDER,
            "Destination": {"ToAddresses": [sent.to]},
            "Content": {"Raw": {"Data": ANY}},
        },
    )
    SesMailer(client, SENDER).send(sent)
    stub.assert_no_pending_responses()


def test_a_mail_service_that_is_away_is_busy():
    class Away:
        def send_email(self, **_):
            raise EndpointConnectionError(endpoint_url="https://email")

    with pytest.raises(CloudBusy):
        SesMailer(Away(), SENDER).send(message())
