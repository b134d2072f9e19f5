/** A FHIR server under record, in a process of its own. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { callers, type Caller } from './callers.ts';
import type { HostReply, HostRequest } from './host.ts';

export interface Server {
  readonly url: string;
  readonly issuer: string;
  /** The value of the header Authorization, by the name of a caller. */
  readonly authorizations: ReadonlyMap<string, string | undefined>;
  close(): Promise<void>;
}

const host = fileURLToPath(new URL('host.ts', import.meta.url));

export interface ServerOptions {
  readonly root: string;
  readonly options: Readonly<Record<string, unknown>>;
  /** URL of PostgreSQL, and the port through which the server reaches it. */
  readonly databaseUrl: string;
  readonly databasePort: number;
}

/** @throws Error with what the process wrote when it ends before it serves */
export async function startServer({ root, options, databaseUrl, databasePort }: ServerOptions): Promise<Server> {
  const child = fork(host, [], {
    cwd: root,
    env: { ...process.env, DHP_TEST_DATABASE_URL: databaseUrl, NODE_OPTIONS: '', NODE_TEST_CONTEXT: '' },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let said = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-10_000)));
  const ended = once(child, 'exit');
  const all: [string, Caller][] = Object.entries(callers);
  const tokens = Object.fromEntries(
    all.flatMap(([name, caller]) => ('claims' in caller ? [[name, caller.claims]] : [])),
  );
  child.send({ root, options, databasePort, tokens } satisfies HostRequest);
  const started = await Promise.race([once(child, 'message'), ended.then(() => undefined)]);
  if (started === undefined) throw new Error(`the server of ${root} ended before it served\n${said}`);
  const [reply] = started as [HostReply];
  return {
    url: reply.url,
    issuer: reply.issuer,
    authorizations: new Map(
      all.map(([name, caller]) => [name, 'claims' in caller ? `Bearer ${reply.tokens[name]!}` : caller.authorization]),
    ),
    async close() {
      if (child.exitCode === null && child.connected) child.send('close');
      await ended;
    },
  };
}
