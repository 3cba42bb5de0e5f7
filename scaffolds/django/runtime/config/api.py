"""The API under /api/v1: the business layer's routers, one way to sign in, one shape of errors."""

from django.contrib.auth.decorators import login_required
from ninja import NinjaAPI

from api.access import SESSION, TOKEN
from api.problems import answer_problems
from business.api import ROUTERS
from business.app import NAME

api = NinjaAPI(
    title=NAME,
    version="1",
    auth=[TOKEN, SESSION],
    docs_decorator=login_required,
    urls_namespace="api",
)
answer_problems(api)
for prefix, router in ROUTERS.items():
    api.add_router(prefix, router)
