"""docs/errors.md and errors.py tell the same story."""

import re
from pathlib import Path

from chalicelib import errors

DOC = Path("docs/errors.md").read_text()


def tree(root=errors.PlatformError):
    return [root, *(leaf for child in root.__subclasses__() for leaf in tree(child))]


def test_every_slug_is_documented():
    documented = set(re.findall(r"`([a-z-]+)`", DOC))
    assert {error.slug for error in tree()} <= documented


def test_every_refused_slug_is_documented_with_its_status():
    rows = dict(re.findall(r"^\| `([a-z-]+)` \| (\d{3}) \|", DOC, re.MULTILINE))
    refused = {error.slug: str(error.status) for error in tree(errors.Refused)}
    assert {slug: rows[slug] for slug in refused} == refused


def test_rejected_is_never_a_client_error_and_unavailable_is_always_503():
    assert {error.status for error in tree(errors.Rejected)} == {500}
    assert {error.status for error in tree(errors.Unavailable)} == {503}


def test_slugs_are_unique():
    slugs = [error.slug for error in tree()]
    assert len(slugs) == len(set(slugs))
