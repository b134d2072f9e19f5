/**
 * The work of PostgreSQL, counted: its module auto_explain tells of each statement how many pages it has read, as a notice to the session,
 * which is read on the way to the server. https://www.postgresql.org/docs/current/auto-explain.html
 */
import { once } from 'node:events';
import { connect as connectSocket, createServer, type AddressInfo, type Socket } from 'node:net';
import { connect, databaseUrl } from '@dhp/postgres';
import { testServer } from '@dhp/postgres/testing';
import { createFrames, message, readFields } from '../../../packages/postgres/src/driver/messages.ts';

/** Reads and writes of one request; transaction control is left out. */
export interface DatabaseWork {
  readonly statements: number;
  /** Read, from memory or the disk, as often as they were read. */
  readonly pages: number;
}

export interface DatabaseMeter {
  /** The URL by which a server must reach its database. */
  readonly url: string;
  /** Work since the last call; undefined if PostgreSQL has no auto_explain. */
  take(): DatabaseWork | undefined;
  close(): Promise<void>;
}

/** The driver wants to hear warnings alone; the log of the server hears of errors alone, or it would have all plans. */
const settings = {
  session_preload_libraries: 'auto_explain',
  'auto_explain.log_min_duration': '0',
  'auto_explain.log_analyze': 'on',
  'auto_explain.log_buffers': 'on',
  'auto_explain.log_timing': 'off',
  'auto_explain.log_format': 'json',
  'auto_explain.log_parameter_max_length': '0',
  'auto_explain.log_level': 'warning',
  log_min_messages: 'error',
};

/**
 * @param url of a database for tests, with the login of its server
 * @param sessions that count, by their application_name
 */
export async function meterDatabase(url: string, sessions: RegExp): Promise<DatabaseMeter> {
  const isThere = await tell(new URL(url));
  let [statements, pages] = [0, 0];
  const wire = await openWire(url, sessions, (told) => {
    statements += 1;
    pages += pagesOf(told);
  });
  const through = new URL(url);
  through.host = `127.0.0.1:${wire.port}`;
  through.searchParams.delete('host'); // the directory of a Unix socket, which would lead around the wire
  return {
    url: through.href,
    take() {
      const taken = { statements, pages };
      [statements, pages] = [0, 0];
      return isThere ? taken : undefined;
    },
    close: () => wire.close(),
  };
}

/** @returns whether the sessions of the login tell of their statements from now on */
async function tell({ username, pathname }: URL): Promise<boolean> {
  const database = pathname.slice(1);
  const sql = connect(databaseUrl(await testServer(), 'postgres'), { max: 1, applicationName: 'dhp test' });
  try {
    await sql.unsafe("load 'auto_explain'");
    for (const [name, value] of Object.entries(settings))
      await sql.unsafe(
        `alter role "${decodeURIComponent(username)}" in database "${database}" set ${name} = '${value}'`,
      );
    return true;
  } catch {
    return false;
  } finally {
    await sql.end();
  }
}

interface Explained {
  readonly Plan?: Readonly<Record<string, number>>;
}

function pagesOf(told: string): number {
  const { Plan: plan } = JSON.parse(told.slice(told.indexOf('{'))) as Explained;
  return (plan?.['Shared Hit Blocks'] ?? 0) + (plan?.['Shared Read Blocks'] ?? 0);
}

interface OpenWire {
  readonly port: number;
  close(): Promise<void>;
}

async function openWire(url: string, sessions: RegExp, onPlan: (told: string) => void): Promise<OpenWire> {
  const { hostname: host, port } = new URL(url);
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const far = connectSocket({ host, port: Number(port || '5432') });
    let read: ((chunk: Buffer) => void) | undefined;
    client.once('data', (startup: Buffer) => {
      if (sessions.test(startup.toString())) read = planReader(onPlan);
    });
    far.on('data', (chunk: Buffer) => read?.(chunk));
    for (const [from, to] of [
      [client, far],
      [far, client],
    ] as const) {
      sockets.add(from);
      from.setNoDelay(true);
      from.pipe(to);
      from.on('error', () => undefined);
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      for (const socket of sockets) socket.destroy();
      const closed = once(server, 'close');
      server.close();
      await closed;
    },
  };
}

function planReader(onPlan: (told: string) => void): (chunk: Buffer) => void {
  return createFrames((type, bytes, at, end) => {
    if (type !== message.notice) return;
    const fields = readFields(bytes, at, end);
    if (fields.get('R') === 'explain_ExecutorEnd') onPlan(fields.get('M')!);
  });
}
