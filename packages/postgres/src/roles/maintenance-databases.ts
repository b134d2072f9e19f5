import { connect } from '../connect.ts';
import type { Session } from '../driver/sql.ts';

/**
 * Allows only superusers to connect to the databases that `initdb` creates. For a server of our own: elsewhere they belong to others.
 * Nothing is written if that is already so.
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
 * Allows only superusers to create or change large objects in the current database: otherwise anybody could fill the disk with them. Only a
 * superuser may revoke that from PUBLIC; if the user is not one, or it is already so, nothing is written.
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
