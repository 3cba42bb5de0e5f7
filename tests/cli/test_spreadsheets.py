"""`fragua import`: a file goes to the bucket, what was found in it comes back."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from chalicelib.discovery import imports

CSV = "Nombre;Importe\nAna;1.200,50 €\nLuis;3 €\nEva;x\nPau;4 €\nZoe;5 €\nLía;6 €\n"


@pytest.fixture
def bucket(world):
    """Takes what is PUT, and tells the Lambda that reads."""

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self):
            key = self.path.removeprefix("/")
            world.artifacts[key] = self.rfile.read(int(self.headers["Content-Length"]))
            imports.accept(key, bytes_max=10_000_000, files=world.artifacts)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    world.artifacts.link_to_write = lambda key: f"http://127.0.0.1:{server.server_port}/{key}"
    yield
    server.shutdown()
    server.server_close()


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "Cobros.csv"
    path.write_bytes(CSV.encode("cp1252"))
    return path


def test_a_spreadsheet_is_uploaded_and_what_was_found_is_told(fragua, bucket, file):
    done = fragua("import", str(file))
    assert done.code == 0
    assert "Cobros: 6 rows" in done.out
    assert "Cobros!4 Importe: “x” is no number." in done.out
    assert "fragua discover --continue" in done.err


def test_as_json_it_is_the_import(fragua, bucket, file):
    found = json.loads(fragua("import", str(file), "--json").out)
    assert (found["status"], found["report"]["rows"]) == ("merged", 6)


def test_a_file_that_is_no_spreadsheet_is_refused_with_what_to_do(fragua, bucket, file):
    file.write_bytes(b"%PDF-1.7")
    done = fragua("import", str(file), "--lang", "en")
    assert done.code == 1
    assert "It is a PDF." in done.err


def test_a_missing_file_is_told(fragua):
    done = fragua("import", "/nowhere.xlsx")
    assert done.code == 1
    assert "/nowhere.xlsx" in done.err
