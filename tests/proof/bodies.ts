/** Large bodies from many clients at once: all are stored, and nobody else waits for it. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Progress } from '../../apps/dhp/src/progress.ts';
import { findBinaries } from '../../packages/postgres/src/embedded/binaries.ts';
import { markdownTable } from '../markdown-table.ts';
import { getToken, openHome } from '../platform.ts';
import { watchHealth, type Waits } from './health.ts';
import { largeBodies } from './large-bodies.ts';
import { processOf, watchMemory, type Memory } from './process-memory.ts';
import type { Proof, Proven } from './proof.ts';
import { sendUntilStored, type Sent } from './send.ts';

export interface BodiesSettings {
  readonly clients: number;
  /** Bytes of each body, about. */
  readonly size: number;
  /** Settings of the platform. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Seconds that a client continues. */
  readonly patience: number;
}

export interface BodiesMeasured {
  readonly sent: readonly Sent[];
  /** From the first byte until the last body is stored. */
  readonly seconds: number;
  readonly waits: readonly Waits[];
  /** Memory of the process that serves the playground; undefined if the system does not tell. */
  readonly memory: Memory | undefined;
}

/** Milliseconds between two questions for the health of a server. */
const interval = 20;
const limits = { p99: 200, memory: 1.5 * 2 ** 30 } as const;
const settings: BodiesSettings = {
  clients: 10,
  size: 46_000_000,
  patience: 900,
  environment: { DHP_PRODUCTION: 'on' },
};

export const bodies: Proof = {
  name: 'bodies',
  claim:
    'While ten clients send bodies of 46 MB at the same time, and again after each 503 until all ten are stored, 99 of 100 questions for /healthz of every server are answered within 200 ms, and the FHIR process has less than 1.5 GiB of resident memory.',
  takes: 'some two minutes',
  async run(progress) {
    const measured = await measureBodies(settings, progress);
    return { ...proven(measured), versions: await postgresVersion() };
  },
};

/** Version of the embedded server, as the program prints it: `postgres (PostgreSQL) 18.0`. */
async function postgresVersion(): Promise<string> {
  const { stdout } = await promisify(execFile)((await findBinaries()).postgres, ['--version']);
  return stdout.trim().replace(/^postgres \(PostgreSQL\)/, 'PostgreSQL');
}

/** Starts a platform of its own, sends the bodies, and watches meanwhile. Rejects when one of them is not stored. */
export async function measureBodies(settings: BodiesSettings, progress: Progress): Promise<BodiesMeasured> {
  const { clients, size, patience } = settings;
  const home = await openHome({ environment: settings.environment ?? {} });
  try {
    const starting = progress.step('starting a platform');
    const platform = await home.start();
    const { urls } = platform;
    const token = await getToken(urls.sso, await home.createClient());
    starting.done();
    const kinds = largeBodies(size);
    const servers = [urls.sso, urls.playground, urls.portal, urls.production].filter((url) => url !== undefined);
    const health = [...new Set(servers.map((url) => new URL('/healthz', url).href))];
    const memory =
      process.platform === 'linux' ? await watchMemory(await processOf(platform.pid, 'playground')) : undefined;
    const waits = watchHealth({ urls: health, interval });
    const step = progress.step(`storing ${clients} bodies of ${Math.round(size / 1e6)} MB`);
    const begun = performance.now();
    let [done, refusals] = [0, 0];
    const told = (): void => step.update(done, clients, `${refusals} × 503`);
    const refused = (): void => {
      refusals += 1;
      told();
    };
    const sending = Array.from({ length: clients }, async (_, n) => {
      const body = kinds[n % kinds.length]!;
      const sent = await sendUntilStored({ baseUrl: urls.playground, token, patience, refused }, body);
      done += 1;
      told();
      return sent;
    });
    const sent = await Promise.all(sending).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${platform.said().slice(-3_000)}`, { cause: error });
    });
    const seconds = (performance.now() - begun) / 1000;
    step.done();
    return { sent, seconds, waits: await waits(), memory: await memory?.() };
  } finally {
    await home.close();
  }
}

function proven({ sent, seconds, waits, memory }: BodiesMeasured): Proven {
  const holds = waits.every(({ p99 }) => p99 < limits.p99) && (memory === undefined || memory.most < limits.memory);
  const mebibytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(0);
  const report = [
    markdownTable(
      ['Body', 'MB', '503 before', 'seconds until stored'],
      sent.map(({ body, refusals, seconds }) => [
        ...[body.name, (body.bytes.length / 1e6).toFixed(0), String(refusals), seconds.toFixed(1)],
      ]),
      [1, 2, 3],
    ),
    '',
    `All were stored after ${seconds.toFixed(1)} s, and ${sent.reduce((sum, { refusals }) => sum + refusals, 0)} requests were answered with 503.`,
    '',
    `/healthz, asked every ${interval} ms from the first byte to the last answer:`,
    '',
    markdownTable(
      ['Server', 'Questions', 'p50 ms', 'p99 ms', 'longest ms'],
      waits.map(({ url, count, p50, p99, longest }) => [
        ...[new URL(url).host, String(count), p50.toFixed(1), p99.toFixed(1), longest.toFixed(0)],
      ]),
      [1, 2, 3, 4],
    ),
    '',
    memory === undefined
      ? 'This system does not tell the memory of a process.'
      : `The process that serves the playground had ${mebibytes(memory.before)} MiB of resident memory before, at most ` +
        `${mebibytes(memory.most)} MiB meanwhile, and ${mebibytes(memory.after)} MiB at the end.`,
  ];
  return { holds, report: report.join('\n') };
}
