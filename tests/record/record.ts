/** Makes a recording: starts the servers of a source tree, sends the requests of the lanes, writes what comes back. */
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbedded } from '@dhp/postgres';
import { randomSource } from '../random.ts';
import { clientOf } from './client.ts';
import { writeRecording, type Head } from './entry.ts';
import { lanes, type Lane } from './lanes.ts';
import { createNormaliser } from './normalise.ts';
import { startServer, type Server } from './server.ts';
import { createSession, type Script } from './session.ts';
import { startTap, type StatementTap } from './statement-tap.ts';

export interface RecordOptions {
  /** The source tree whose servers are asked. */
  readonly root: string;
  /** The file that is written. */
  readonly out: string;
  readonly commit: string;
  readonly seed: number;
  /** About how many requests in all. */
  readonly requests: number;
  /** URL of a running PostgreSQL; without it one is started. */
  readonly databaseUrl?: string | undefined;
  readonly onProgress?: (done: number, total: number) => void;
}

export interface Recorded {
  /** Requests by kind. */
  readonly kinds: ReadonlyMap<string, number>;
  readonly statements: number;
  readonly seconds: number;
}

/**
 * Results are worth nothing after the run, so nothing waits for the disk; and estimates of the database must not depend on when
 * statistics were gathered.
 */
const databaseSettings = {
  fsync: 'off',
  full_page_writes: 'off',
  synchronous_commit: 'off',
  autovacuum: 'off',
  shared_buffers: '256MB',
};

export async function record(options: RecordOptions): Promise<Recorded> {
  const begin = performance.now();
  const folder = await mkdtemp(join(tmpdir(), 'dhp-record-'));
  const database =
    options.databaseUrl === undefined
      ? await startEmbedded({
          directory: join(folder, 'postgres'),
          name: 'a recording',
          temporary: true,
          settings: databaseSettings,
        })
      : { url: options.databaseUrl, stop: () => Promise.resolve() };
  try {
    const kinds = new Map<string, number>();
    const plan = planned(options.requests);
    const total = plan.reduce(
      (sum, { scripts }) => sum + scripts.reduce((more, { requests }) => more + requests, 0),
      0,
    );
    let done = 0;
    const onRequest = (kind: string): void => {
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
      done += 1;
      options.onProgress?.(done, Math.max(done, total));
    };
    const parts = await Promise.all(
      plan.map(async (part) => {
        const file = join(folder, `${part.lane.name}.gz`);
        return { file, statements: await recordLane(part, { ...options, databaseUrl: database.url }, file, onRequest) };
      }),
    );
    await writeHead(options);
    for (const { file } of parts) await appendFile(options.out, await readFile(file));
    const statements = parts.reduce((sum, part) => sum + part.statements, 0);
    return { kinds, statements, seconds: (performance.now() - begin) / 1000 };
  } finally {
    await database.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function writeHead({ out, commit, seed, requests }: RecordOptions): Promise<void> {
  await writeFile(out, '');
  const head = writeRecording(out);
  head.write({ recording: 1, commit, seed, requests, made: new Date().toISOString() } satisfies Head);
  await head.end();
}

interface Part {
  readonly lane: Lane;
  readonly scripts: readonly { readonly script: Script; readonly requests: number }[];
}

/** How many requests each script sends: its share, and one at least. */
function planned(requests: number): Part[] {
  const whole = lanes.reduce((sum, { scripts }) => sum + scripts.reduce((more, { share }) => more + share, 0), 0);
  return lanes.map((lane) => ({
    lane,
    scripts: lane.scripts.map((script) => ({
      script,
      requests: Math.max(1, Math.round((requests * script.share) / whole)),
    })),
  }));
}

/** @returns how many statements it holds */
async function recordLane(
  part: Part,
  options: RecordOptions & { readonly databaseUrl: string },
  file: string,
  onRequest: (kind: string) => void,
): Promise<number> {
  const { root, databaseUrl } = options;
  const tap = await startTap(databaseUrl);
  try {
    const server = await startServer({ root, options: part.lane.options, databaseUrl, databasePort: tap.port });
    try {
      return await runScripts(part, options.seed, { server, tap, file, onRequest });
    } finally {
      await server.close();
    }
  } finally {
    await tap.close();
  }
}

interface Running {
  readonly server: Server;
  readonly tap: StatementTap;
  readonly file: string;
  readonly onRequest: (kind: string) => void;
}

async function runScripts({ lane, scripts }: Part, seed: number, running: Running): Promise<number> {
  const { server, tap, file, onRequest } = running;
  const client = clientOf(server.url);
  const writer = writeRecording(file);
  const texts = new Set<string>();
  try {
    const normaliser = createNormaliser(new Map([[server.issuer, 'http://sso.test']]));
    for (const [n, { script, requests }] of scripts.entries()) {
      const { kind } = script;
      const random = randomSource(seed, 1000 * lanes.indexOf(lane) + n);
      const context = { kind, lane: lane.name, requests, random, server, client, tap, normaliser, writer, texts };
      await script.run(createSession({ ...context, onRequest: () => onRequest(kind) }));
    }
    return texts.size;
  } finally {
    client.close();
    await writer.end();
  }
}
