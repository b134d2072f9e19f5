import { connect } from '../connect.ts';

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
