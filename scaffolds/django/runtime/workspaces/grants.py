"""What the app's own role may do: read and write rows, nothing else. It owns no table and cannot pass the policies."""

from django.conf import settings
from django.db import connections

GRANTS = """
grant usage on schema public to {role};
grant select, insert, update, delete on all tables in schema public to {role};
grant usage, select on all sequences in schema public to {role};
revoke insert, update, delete, truncate on django_migrations from {role};
revoke update, delete, truncate on audit_entry from {role};
"""


def grant_app_role(role=None, using="owner"):
    connection = connections[using]
    role = role or settings.DATABASES["default"]["USER"]
    if role == connection.settings_dict["USER"]:
        return
    with connection.cursor() as cursor:
        cursor.execute(GRANTS.format(role=connection.ops.quote_name(role)))
