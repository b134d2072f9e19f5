import type { Session } from '../driver/sql.ts';
import type { Grant, SchemaObject } from './privileges.ts';

/** Objects of a schema, and the privileges that the server's role and PUBLIC have on them. */
export interface SchemaGrants {
  readonly objects: SchemaObject[];
  readonly granted: Grant[];
}

/**
 * Reads the grants of the current database: of the database itself, the schema `public`, and the given schema with its tables, sequences
 * and functions. Objects of extensions are left out: the creator of the extension cannot change them, and they hold no data.
 */
export async function readGrants(sql: Session, schema: string, role: string): Promise<SchemaGrants> {
  const rows = await sql<(SchemaObject & { grants: Omit<Grant, keyof SchemaObject>[] })[]>`
    with object (kind, object, name, acl) as (
      select 'database', quote_ident(datname), datname::text, coalesce(datacl, acldefault('d', datdba))
      from pg_database where datname = current_database()
      union all
      select 'schema', quote_ident(nspname), nspname::text, coalesce(nspacl, acldefault('n', nspowner))
      from pg_namespace where nspname in ('public', ${schema})
      union all
      select case c.relkind when 'S' then 'sequence' else 'table' end, format('%I.%I', n.nspname, c.relname), c.relname::text,
        coalesce(c.relacl, acldefault(case c.relkind when 'S' then 's' else 'r' end::"char", c.relowner))
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = ${schema} and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
      union all
      select 'function', format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)), p.proname::text,
        coalesce(p.proacl, acldefault('f', p.proowner))
      from pg_proc p join pg_namespace n on n.oid = p.pronamespace
      where n.nspname = ${schema}
        and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
    ), granted (kind, object, name, acl, col) as (
      select kind, object, name, acl, null from object
      union all
      select 'table', format('%I.%I', n.nspname, c.relname), c.relname::text, a.attacl, quote_ident(a.attname)
      from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = ${schema} and a.attacl is not null and not a.attisdropped
    )
    select o.kind, o.object, o.name, coalesce(jsonb_agg(g.grant) filter (where g.grant is not null), '[]') as grants
    from object o
    left join lateral (
      select jsonb_build_object('grantee', case e.grantee when 0 then 'public' else 'server' end,
        'privilege', lower(e.privilege_type), 'column', a.col) as grant
      from granted a cross join lateral aclexplode(a.acl) e
      where a.kind = o.kind and a.object = o.object
        and (e.grantee = 0 or e.grantee = (select oid from pg_roles where rolname = ${role}))
    ) g on true
    group by o.kind, o.object, o.name`;
  return {
    objects: rows.map(({ kind, object, name }) => ({ kind, object, name })),
    granted: rows.flatMap(({ kind, object, name, grants }) => grants.map((one) => ({ kind, object, name, ...one }))),
  };
}

/**
 * Objects of the schema, and of schemas whose names extend its name (`fhir_audit`), that the current user neither owns nor may change as a
 * superuser, as statements that give them to the user. Migrations would fail on them.
 */
export async function readStrayObjects(sql: Session, schema: string): Promise<string[]> {
  const within = sql`n.nspname in (select nspname from pg_namespace where starts_with(nspname || '_', ${`${schema}_`}))`;
  const rows = await sql<{ statement: string }[]>`
    with me as (select oid, quote_ident(rolname) as name from pg_roles where rolname = current_user and not rolsuper),
    stray (kind, object) as (
      select 'schema', quote_ident(n.nspname) from pg_namespace n, me where ${within} and n.nspowner <> me.oid
      union all
      select case c.relkind when 'S' then 'sequence' else 'table' end, format('%I.%I', n.nspname, c.relname)
      from pg_class c join pg_namespace n on n.oid = c.relnamespace cross join me
      where ${within} and c.relowner <> me.oid and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
        -- A sequence of a column follows its table; a partition does not.
        and (c.relkind <> 'S' or not exists (
          select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype in ('a', 'i')))
      union all
      select 'function', format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid))
      from pg_proc p join pg_namespace n on n.oid = p.pronamespace cross join me
      where ${within} and p.proowner <> me.oid
        and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
    )
    select format('alter %s %s owner to %s', stray.kind, stray.object, me.name) as statement from stray, me`;
  return rows.map(({ statement }) => statement);
}
