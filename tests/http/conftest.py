from tests.door import api, app, mvs, world  # noqa: F401
