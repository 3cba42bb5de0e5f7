"""Reading letters on a laptop: from the local AWS's own list, and nowhere else."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest

LINK = "http://localhost:8000/verify?token=abc"


def letter(to, subject, at, text=f"Open\r\n\r\n{LINK}\r\n"):
    return {
        "To": [to],
        "Subject": subject,
        "Timestamp": at,
        "BodyText": text,
        "BodyHtml": "<p>Open</p>",
    }


@pytest.fixture
def mailbox(served, monkeypatch, tmp_path):
    """What the emulator answers, and a credentials file that says where."""
    state = SimpleNamespace(letters=[], status=200)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(state.status)
            self.end_headers()
            self.wfile.write(json.dumps({"messages": {"000000000000": state.letters}}).encode())

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/"
    monkeypatch.setenv("FRAGUA_HOME", str(tmp_path))
    where = {"api_url": served.url, "mailbox_url": url}
    (tmp_path / "credentials.json").write_text(json.dumps(where))
    yield state
    server.shutdown()
    server.server_close()


def test_letters_are_listed_newest_first_with_their_links(fragua, mailbox):
    mailbox.letters = [letter("a@example.com", "Old", 1.0), letter("b@example.com", "New", 2.0)]
    lines = fragua("outbox").out.splitlines()
    assert "1  00:00:02  b@example.com  New" in lines[0]
    assert LINK in lines[1]
    assert "Old" in lines[2]


def test_one_letter_is_read_by_its_number(fragua, mailbox):
    mailbox.letters = [letter("a@example.com", "[red]Hi[/red]", 1.0), letter("b@example.com", "New", 2.0)]  # fmt: skip
    told = fragua("outbox", "read", "2").out
    assert "Subject: [red]Hi[/red]" in told
    assert LINK in told


def test_programs_get_json(fragua, mailbox):
    mailbox.letters = [letter("a@example.com", "Hi", 1.0)]
    [listed] = json.loads(fragua("outbox", "--json").out)
    assert listed["links"] == [LINK]
    assert json.loads(fragua("outbox", "read", "--json").out)["html"] == "<p>Open</p>"


def test_a_letter_that_is_not_there_is_refused(fragua, mailbox):
    told = fragua("outbox", "read", "3")
    assert told.code == 1
    assert "There is no letter 3; letters here: 0." in told.err


def test_no_letters_yet_says_what_sends_one(fragua, mailbox):
    assert "No letters yet" in fragua("outbox").out


def test_following_shows_what_arrives(fragua, mailbox, monkeypatch):
    mailbox.letters = [letter("a@example.com", "Old", 1.0)]

    def arrives(_seconds):
        if len(mailbox.letters) == 2:
            raise KeyboardInterrupt
        mailbox.letters.append(letter("b@example.com", "New", 2.0))

    monkeypatch.setattr("cli.outbox.time.sleep", arrives)
    told = fragua("outbox", "--follow")
    assert told.code == 130
    assert told.out.index("Old") < told.out.index("New")
    assert told.out.count("Old") == 1


def test_in_the_cloud_letters_are_in_mailboxes_only(fragua, mailbox, monkeypatch):
    monkeypatch.setenv("FRAGUA_API_URL", "https://fragua.example.com")
    told = fragua("outbox")
    assert told.code == 1
    assert "on a laptop only" in told.err


def test_a_local_cloud_that_is_down_is_said_so(fragua, mailbox):
    mailbox.status = 500
    told = fragua("outbox")
    assert told.code == 1
    assert "make up" in told.err
