"""Asks the database itself whether every workspace table is isolated."""

from django.db import connections

UNPROTECTED = """
select c.relname
from pg_class c
join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'public'
join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
where c.relkind in ('r', 'p')
  and (
    not c.relrowsecurity or not c.relforcerowsecurity
    or not exists (select from pg_policy p where p.polrelid = c.oid and p.polname = 'tenant_isolation')
  )
order by c.relname
"""


def unprotected_tables(using="default"):
    """Tables with a tenant_id but without the forced policy. Empty is good."""
    with connections[using].cursor() as cursor:
        cursor.execute(UNPROTECTED)
        return [name for (name,) in cursor.fetchall()]
