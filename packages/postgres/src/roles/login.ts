import { connect } from '../connect.ts';
import type { Session } from '../driver/sql.ts';

/**
 * The URL of the same database for another login.
 * @param url with or without a login; one in its parameters is removed
 */
export function urlOfLogin(url: string, user: string, password: string): string {
  const [, scheme = '', rest = '', query = ''] = /^([^:]*:\/\/)(?:[^/?@]*@)?([^?]*)(\?.*)?$/s.exec(url) ?? [];
  const kept = query
    .slice(1)
    .split('&')
    .filter((pair) => pair !== '' && !/^(user|password)=/.test(pair));
  const login = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`;
  return `${scheme}${login}@${rest}${kept.length > 0 ? `?${kept.join('&')}` : ''}`;
}

/** Reason of a refused login: a wrong password or a missing role, or another error of the server. */
export interface LoginRefusal {
  readonly isPassword: boolean;
  readonly message: string;
}

/**
 * Logs in and out again.
 * @returns why the server refuses it; undefined if it does not
 * @throws the connection's error if the server is not reached
 */
export async function tryLogin(url: string): Promise<LoginRefusal | undefined> {
  const sql = connect(url, { max: 1, applicationName: 'dhp setup' });
  try {
    await sql`select 1`;
    return undefined;
  } catch (error) {
    const code = codeOf(error);
    // 28P01 invalid_password, 28000 invalid_authorization_specification (pg_hba.conf), 42501: CONNECT is not granted.
    if (code === '28P01' || code === '28000' || code === '42501')
      return { isPassword: code === '28P01', message: (error as Error).message };
    throw error;
  } finally {
    await sql.end();
  }
}

/** SQLSTATE of an error of the server. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** Whether an error says that the user lacks a privilege. */
export function isDenied(error: unknown): boolean {
  return codeOf(error) === '42501';
}

/** Whether sessions of the role are open in the current database, of any process. */
export async function isLoggedIn(sql: Session, role: string): Promise<boolean> {
  const rows = await sql`
    select 1 from pg_stat_activity where usename = ${role} and datname = current_database() limit 1`;
  return rows.length > 0;
}
