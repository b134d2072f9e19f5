/** A real PgBouncer in front of a server, with the settings of docs/pooler.md, for tests of behaviour behind a pooler. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { connect as connectSocket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { withAdvisoryLock } from '../advisory-lock.ts';
import { connect } from '../connect.ts';
import { databaseUrl, urlThroughPooler } from '../database.ts';
import { choosePrivileges } from '../embedded/privileges.ts';
import { lastingPort } from './lasting-port.ts';

const program = ['/usr/sbin/pgbouncer', '/usr/bin/pgbouncer', '/usr/local/bin/pgbouncer'].find((path) =>
  existsSync(path),
);

/** Reason why tests with PgBouncer are skipped; false if it is installed. */
export const withoutPgBouncer =
  program === undefined ? 'PgBouncer is not installed (Debian: apt install pgbouncer)' : false;

export interface PgBouncer {
  readonly port: number;
  /** The URL of a database with this pooler beside its own address; `port` of a proxy in front of the pooler. */
  readonly through: (url: string, port?: number) => string;
  /** kill -9 */
  kill(): Promise<void>;
  /** After `kill`. */
  start(): Promise<void>;
  /** Text of its log. */
  log(): Promise<string>;
  close(): Promise<void>;
}

const page = new URL('../../../../docs/pooler.md', import.meta.url);
const password = 'a password of the tests';

/**
 * @param settings replace those of the page, such as `{ default_pool_size: '2' }`
 * @param database to which every name leads; default: the one of that name
 */
export async function startPgBouncer(
  server: string,
  settings: Record<string, string> = {},
  database?: string,
): Promise<PgBouncer> {
  const url = new URL(server);
  await prepare(server);
  const directory = await mkdtemp(join(tmpdir(), 'dhp-pgbouncer-'));
  const file = (name: string): string => join(directory, name);
  const port = await lastingPort();
  const blocks = blocksOf(await readFile(page, 'utf8'));
  const given = {
    ...{ listen_addr: '127.0.0.1', listen_port: String(port), auth_file: file('userlist.txt') },
    ...{ logfile: file('log'), pidfile: file('pid'), client_tls_sslmode: 'disable', server_tls_sslmode: 'disable' },
    ...{ stats_users: decodeURIComponent(url.username), ...settings },
  };
  const own = blocks['ini']!.replace(
    /^\* = .*$/m,
    `* = host=${url.hostname} port=${url.port || '5432'}${database === undefined ? '' : ` dbname=${database}`}`,
  )
    .split('\n')
    .filter((line) => !(line.split(' = ')[0]! in given) && !/_tls_(ca|key|cert)_file/.test(line));
  const ini = [...own, ...Object.entries(given).map(([name, value]) => `${name} = ${value}`)].join('\n');
  await writeFile(file('pgbouncer.ini'), ini);
  // The user on the page queries the passwords of all others except superusers, which only tests use.
  const users = { pgbouncer: password, [decodeURIComponent(url.username)]: decodeURIComponent(url.password) };
  await writeFile(
    file('userlist.txt'),
    Object.entries(users)
      .map((user) => user.map((text) => `"${text.replaceAll('"', '""')}"`).join(' ') + '\n')
      .join(''),
  );
  const privileges = await choosePrivileges([directory, program!]);
  if (privileges.owner !== undefined) {
    for (const path of [directory, file('pgbouncer.ini'), file('userlist.txt')])
      await chown(path, privileges.owner.uid, privileges.owner.gid);
  }
  await chmod(directory, 0o700);
  let child: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    await rm(file('pid'), { force: true });
    const [command, ...parameters] = privileges.wrap([program!, '-q', file('pgbouncer.ini')]);
    child = spawn(command!, parameters, { stdio: 'ignore', ...privileges.spawnAs });
    const running = child;
    const endWithUs = (): void => void running.kill('SIGKILL');
    process.once('exit', endWithUs);
    running.once('exit', () => process.removeListener('exit', endWithUs));
    for (const deadline = Date.now() + 10_000; !(await listens(port));) {
      if (running.exitCode === null && Date.now() < deadline) {
        await delay(10);
        continue;
      }
      throw new Error(`PgBouncer does not start:\n${await readFile(file('log'), 'utf8').catch(() => '')}`);
    }
  };
  const kill = async (): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };
  await start();
  return {
    port,
    through: (to, at = port) => urlThroughPooler(to, `127.0.0.1:${String(at)}`),
    kill,
    start,
    log: () => readFile(file('log'), 'utf8'),
    async close() {
      await kill();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Runs the statements of the documentation that create the user who reads passwords. Test files may share a server. */
async function prepare(server: string): Promise<void> {
  const statements = blocksOf(await readFile(page, 'utf8'))['sql']!.replaceAll("'…'", `'${password}'`);
  const sql = connect(databaseUrl(server, 'postgres'), { max: 2, applicationName: 'dhp test' });
  try {
    await withAdvisoryLock(sql, 'dhp test pgbouncer', async (locked) => {
      if ((await locked`select 1 from pg_roles where rolname = 'pgbouncer'`).length === 0)
        await locked.unsafe(statements);
    });
  } finally {
    await sql.end();
  }
}

/** The first block of code of each language. */
function blocksOf(text: string): Record<string, string> {
  const blocks: Record<string, string> = {};
  for (const [, language, code] of text.matchAll(/^```(\w+)\n(.*?)^```/gms)) blocks[language!] ??= code!;
  return blocks;
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectSocket({ port, host: '127.0.0.1' });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
