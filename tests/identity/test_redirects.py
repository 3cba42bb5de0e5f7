"""Where a provider may send somebody back to, and the tricks that must not pass."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import InvalidRequest
from chalicelib.identity.redirects import permitted_redirect

OURS = "https://fragua.example.com"


@pytest.mark.parametrize(
    "uri",
    [
        "https://fragua.example.com/sign-in/google",
        "https://fragua.example.com/callback",
        "http://127.0.0.1:8765/callback",
        "http://127.0.0.1:65535/callback",
    ],
)
def test_pages_of_ours_and_programs_on_loopback_are_sent_back_to(uri):
    assert permitted_redirect(uri, public_url=OURS) == uri


@pytest.mark.parametrize(
    "uri",
    [
        "https://fragua.example.com",
        "https://fragua.example.com/",
        "https://fragua.example.com.evil.com/callback",
        "https://fragua.example.com@evil.com/callback",
        "https://fragua.example.com:443@evil.com/callback",
        "https://evil.com@fragua.example.com/callback",
        "https://evil.fragua.example.com/callback",
        "https://fragua.example.com:8443/callback",
        "http://fragua.example.com/callback",
        "HTTPS://fragua.example.com/callback",
        "https://FRAGUA.example.com/callback",
        "https://fragua.example.com//evil.com",
        "https://fragua.example.com/../evil",
        "https://fragua.example.com/a/../../evil",
        "https://fragua.example.com/a/..;/evil",
        "https://fragua.example.com/%2e%2e/evil",
        "https://fragua.example.com/a\\..\\evil",
        "https://fragua.example.com\\@evil.com/callback",
        "https://fragua.example.com/callback?next=https://evil.com",
        "https://fragua.example.com/callback#fragment",
        "https://fragua.example.com/callback ",
        " https://fragua.example.com/callback",
        "https://fragua.example.com/callback\n",
        "https://fragua.example.com/callback\x00",
        "https://fragua.example.com/call\tback",
        "https://fragua。example.com/callback",
        "https://fragua．example.com/callback",
        "https://fragua.example.com/cállback",
        "https://fragua.example.com\u200b/callback",
        "//fragua.example.com/callback",
        "javascript:alert(1)//https://fragua.example.com/callback",
        "data:text/html,https://fragua.example.com/callback",
        "http://localhost:8765/callback",
        "http://127.0.0.1/callback",
        "http://127.0.0.1:80/callback",
        "http://127.0.0.1:65536/callback",
        "http://127.0.0.1:08765/callback",
        "http://127.0.0.1:٨٧٦٥/callback",
        "http://127.0.0.1:8765/callback/",
        "http://127.0.0.1:8765/callback/../x",
        "http://127.0.0.1:8765/other",
        "http://127.0.0.1:8765@evil.com/callback",
        "http://127.0.0.1.evil.com:8765/callback",
        "http://127.1:8765/callback",
        "http://2130706433:8765/callback",
        "http://0x7f000001:8765/callback",
        "http://[::1]:8765/callback",
        "https://127.0.0.1:8765/callback",
        "http://127。0。0。1:8765/callback",
        "https://fragua.example.com/" + "a" * 300,
        "",
    ],
)
def test_anything_else_is_refused_with_its_path_and_a_cure(uri):
    with pytest.raises(InvalidRequest) as refused:
        permitted_redirect(uri, public_url=OURS)
    assert refused.value.facts["errors"][0]["path"] == "body.redirect_uri"


@given(st.text(max_size=40))
def test_what_passes_is_always_under_our_own_address(tail):
    uri = OURS + tail
    try:
        permitted_redirect(uri, public_url=OURS)
    except InvalidRequest:
        return
    assert uri.startswith(OURS + "/")
    assert uri.isascii()
    assert not set(uri.removeprefix(OURS)) & set(".%?#@\\: ")


def test_a_refused_address_is_not_repeated():
    with pytest.raises(InvalidRequest) as refused:
        permitted_redirect("https://evil.com/<script>", public_url=OURS)
    assert "evil" not in refused.value.detail
