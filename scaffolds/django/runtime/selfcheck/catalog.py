"""Reading PostgreSQL's own catalog: which tables there are and what guards them. No Django, no business layer."""

import psycopg
from psycopg.rows import dict_row

EXACT = "(tenant_id = ( SELECT (current_setting('app.current_tenant_id'::text, true))::uuid AS current_setting))"
"""The one form of the policy that `pgrls verify` can prove."""

TABLES = """
select c.oid::int as oid, c.relname as name, c.relkind::text as kind, c.relrowsecurity as enabled,
       c.relforcerowsecurity as forced, pg_get_userbyid(c.relowner) as owner,
       exists (select 1 from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id'
               and a.attnum > 0 and not a.attisdropped) as has_tenant
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname not in ('pg_catalog', 'information_schema') and n.nspname not like 'pg_toast%'
  and n.nspname not like 'pg_temp%' and c.relkind in ('r', 'p', 'v', 'm', 'f')
order by c.relname
"""
COLUMNS = """
select a.attname as name, format_type(a.atttypid, a.atttypmod) as type, a.attgenerated <> '' as generated
from pg_attribute a where a.attrelid = %s and a.attnum > 0 and not a.attisdropped order by a.attnum
"""
REFERENCES = """
select k.conname as name, k.confrelid::int as target,
       array(select a.attname from unnest(k.conkey) with ordinality u(n, o)
             join pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.n order by u.o) as columns,
       array(select a.attname from unnest(k.confkey) with ordinality u(n, o)
             join pg_attribute a on a.attrelid = k.confrelid and a.attnum = u.n order by u.o) as targets
from pg_constraint k where k.contype = 'f' and k.conrelid = %s order by k.conname
"""


def connect(url):
    return psycopg.connect(url, row_factory=dict_row, autocommit=True)


def tables(connection):
    return connection.execute(TABLES).fetchall()


def columns(connection, oid):
    return connection.execute(COLUMNS, [oid]).fetchall()


def references(connection, oid):
    return connection.execute(REFERENCES, [oid]).fetchall()


def enter(connection, tenant):
    """Be this workspace until the end of the transaction."""
    connection.execute("select set_config('app.current_tenant_id', %s, true)", [str(tenant)])
