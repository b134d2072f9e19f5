/** A database server that refuses sessions while it runs, in each possible way, for tests of the errors that callers get. */
import { randomBytes } from 'node:crypto';
import { parseDatabaseUrl } from '../address.ts';
import { connect } from '../connect.ts';
import { urlOfLogin } from '../roles/login.ts';

export interface Refusals {
  /** The URL of the same database, with a separate login that has the rights of the given one. */
  readonly url: string;
  /** SQLSTATEs with which sessions of this login can be refused. */
  readonly codes: readonly string[];
  /** Refuses new sessions with the SQLSTATE, and ends open ones. @returns a function that reverts it */
  refuse(code: string): Promise<() => Promise<void>>;
  /** Removes the login. Its sessions are ended. */
  close(): Promise<void>;
}

/**
 * @param serverUrl of a superuser, in another database
 * @param url of the database, with the role that works there
 */
export async function prepareRefusals(serverUrl: string, url: string): Promise<Refusals> {
  const { user: group = '', database = '' } = parseDatabaseUrl(url);
  const role = `refused_${randomBytes(6).toString('hex')}`;
  const password = randomBytes(16).toString('hex');
  const admin = connect(serverUrl, { max: 1, applicationName: 'dhp test' });
  await admin.unsafe(`create role ${role} login password '${password}' in role ${group}`);
  const ways: Readonly<Record<string, readonly [refuse: string, undo: string]>> = {
    // invalid_catalog_name: the database was renamed, or dropped
    '3D000': [
      `alter database ${database} rename to ${database}_away`,
      `alter database ${database}_away rename to ${database}`,
    ],
    // object_not_in_prerequisite_state
    '55000': [
      `alter database ${database} allow_connections false`,
      `alter database ${database} allow_connections true`,
    ],
    // insufficient_privilege
    '42501': [
      `revoke connect on database ${database} from ${group}`,
      `grant connect on database ${database} to ${group}`,
    ],
    // too_many_connections
    '53300': [`alter role ${role} connection limit 0`, `alter role ${role} connection limit -1`],
    // invalid_authorization_specification
    '28000': [`alter role ${role} nologin`, `alter role ${role} login`],
    // invalid_password
    '28P01': [`alter role ${role} password 'another'`, `alter role ${role} password '${password}'`],
  };
  const end = async (): Promise<void> => {
    const open = (): Promise<unknown[]> => admin`
      select pg_terminate_backend(pid, 1000) from pg_stat_activity where usename = ${role} or datname = ${database}`;
    while ((await open()).length > 0);
  };
  return {
    url: urlOfLogin(url, role, password),
    codes: Object.keys(ways),
    async refuse(code) {
      const [refuse, undo] = ways[code]!;
      // A database with sessions cannot be renamed, and new ones may come at any moment.
      if (code === '3D000') await admin.unsafe(`alter role ${role} nologin`);
      await end();
      await admin.unsafe(refuse);
      if (code === '3D000') await admin.unsafe(`alter role ${role} login`);
      await end();
      return async () => {
        await admin.unsafe(undo);
      };
    },
    async close() {
      await admin.unsafe(`alter role ${role} nologin`);
      await end();
      await admin.unsafe(`drop role ${role}`);
      await admin.end();
    },
  };
}
