import { withAdvisoryLock } from '../advisory-lock.ts';
import type { Session, Sql } from '../driver/sql.ts';
import { isDenied } from './login.ts';

/** Settings of PostgreSQL by name: `{ statement_timeout: '15min' }`. */
export type RoleSettings = Readonly<Record<string, string>>;

/**
 * Settings with which every session of a server begins.
 *
 * Statements name their schema, so the search path is empty. The timeouts end statements that their server has lost; its own timeouts are
 * shorter and come first. If a client's host is gone, its locks are held no longer than a server waits for a host: over TCP half a minute,
 * instead of the two hours that are usual for operating systems.
 */
export const serverSettings: RoleSettings = {
  search_path: 'pg_catalog',
  statement_timeout: '15min',
  idle_in_transaction_session_timeout: '1min',
  tcp_keepalives_idle: '15',
  tcp_keepalives_interval: '5',
  tcp_keepalives_count: '3',
  tcp_user_timeout: '30s',
};

/**
 * Sets the settings with which each new session of the role in the current database begins. They apply behind a pooler too, which drops the
 * settings of a connection. Nothing is written if that is already so; settings that are not named stay. Nodes that start together do it in
 * turn: PostgreSQL lets two sessions insert the first setting of a role, and the second fails.
 *
 * @returns a sentence for each setting that the user may not set
 */
export async function applySettings(sql: Sql, role: string, settings: RoleSettings): Promise<string[]> {
  if ((await settingStatements(sql, role, settings)).length === 0) return [];
  return withAdvisoryLock(sql, `dhp settings of ${role}`, async (connection) => {
    const findings: string[] = [];
    for (const statement of await settingStatements(connection, role, settings)) {
      await connection.unsafe(statement).catch((error: unknown) => {
        if (!isDenied(error)) throw error;
        findings.push(`the user of DATABASE_URL may not run: ${statement}`);
      });
    }
    return findings;
  });
}

/** The statements for settings that have another value in the current database. */
export async function settingStatements(sql: Session, role: string, settings: RoleSettings): Promise<string[]> {
  const rows = await sql<{ statement: string }[]>`
    select format('alter role %I in database %I set %I = %L', ${role}::text, current_database(), w.name, w.value) as statement
    from jsonb_each_text(${JSON.stringify(settings)}::text::jsonb) as w (name, value)
    where w.name || '=' || w.value <> all (coalesce((
      select s.setconfig from pg_db_role_setting s
      join pg_roles r on r.oid = s.setrole join pg_database d on d.oid = s.setdatabase
      where r.rolname = ${role} and d.datname = current_database()), '{}'))`;
  return rows.map(({ statement }) => statement);
}
