import { connect } from '../connect.ts';
import type { Session } from '../driver/sql.ts';

/**
 * Lets nobody but superusers connect to the databases that `initdb` makes. For a server of our own: elsewhere they belong to others.
 * Nothing is written when that is so already.
 */
export async function closeToPublic(url: string): Promise<void> {
  const sql = connect(url, { max: 1, applicationName: 'dhp setup' });
  try {
    const open = await sql<{ statement: string }[]>`
      select distinct format('revoke all on database %I from public', d.datname) as statement
      from pg_database d cross join lateral aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
      where d.datname in ('postgres', 'template1') and a.grantee = 0`;
    for (const { statement } of open) await sql.unsafe(statement);
  } finally {
    await sql.end();
  }
}

/**
 * Lets nobody but superusers make or change large objects in the current database: anybody could fill the disk with them. Only a superuser may
 * take that from PUBLIC; where the user is none, and where it is so already, nothing is written.
 */
export async function closeLargeObjects(sql: Session): Promise<void> {
  const open = await sql<{ statement: string }[]>`
    select distinct format('revoke execute on function %s from public', p.oid::regprocedure) as statement
    from pg_proc p cross join lateral aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
    where p.pronamespace = 'pg_catalog'::regnamespace and a.grantee = 0
      and p.proname in ('lo_creat', 'lo_create', 'lo_from_bytea', 'lo_put', 'lowrite', 'lo_truncate', 'lo_truncate64', 'lo_unlink')
      and (select rolsuper from pg_roles where rolname = current_user)`;
  for (const { statement } of open) await sql.unsafe(statement);
}
