/** Exports are taken while many write, and meanwhile what makes them is killed: each is compared with the snapshot that the histories give. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { download } from '../../apps/dhp/src/exchange/download.ts';
import { follow, kickOff, remove } from '../../apps/dhp/src/exchange/follow.ts';
import { readManifest } from '../../apps/dhp/src/exchange/manifest.ts';
import { openServer, type Server } from '../../apps/dhp/src/exchange/server.ts';
import type { Progress } from '../../apps/dhp/src/progress.ts';
import { faultsOf, randomFrom, type Exported } from '../../apps/fhir/test/export-exactness.ts';
import { fhirAt, type Ask } from '../fhir.ts';
import { markdownTable } from '../markdown-table.ts';
import { getToken, openHome, type Home, type Platform } from '../platform.ts';
import { servers } from '../processes.ts';
import { readHistories } from './export/history.ts';
import type { Proof, Proven } from './proof.ts';

interface Settings {
  readonly exports: number;
  readonly writers: number;
  /** Synthetic ones, so that an export takes long enough to be killed in the middle. */
  readonly patients: number;
}

export const exportProof: Proof = {
  name: 'export',
  claim:
    'Whoever writes meanwhile, and whatever is killed: a bulk export has exactly what was stored up to its time, each resource once, and the exports that follow have the rest.',
  takes: 'some five minutes on two cores',
  settings: { exports: 12, writers: 16, patients: 100 },
  run: (progress, _, settings) => prove(progress, settings as unknown as Settings),
};

const types = ['Basic', 'Location'];
const tag = 'proof';
/** Resources of a type that are written again and again. */
const resources = 60;
const victims = ['server', 'worker', 'database', 'nothing'] as const;
type Victim = (typeof victims)[number];

interface Made {
  readonly victim: Victim;
  /** Whether the export ran when something was killed. */
  readonly inTheMiddle: boolean;
  readonly since: string | undefined;
  readonly exported: Exported;
  readonly lines: number;
  /** Of types that nobody writes. */
  readonly others: number;
}

async function prove(progress: Progress, settings: Settings): Promise<Proven> {
  const environment = {
    DHP_JOBS: 'process',
    DHP_SEED_PATIENTS: String(settings.patients),
    DHP_FHIR_CLIENT_RATE: '0',
  };
  const place = await openHome({ begins: 'migrated', serves: 'sso,fhir', environment });
  const folder = await mkdtemp(join(tmpdir(), 'dhp-proof-'));
  try {
    const starting = progress.step('a platform with synthetic patients');
    const platform = await place.start();
    const { client_id: clientId, client_secret: secret } = platform.demo!;
    const means = { base: platform.urls.playground, client: { clientId, secret }, patience: 120_000 };
    const server = openServer({ ...means, signal: new AbortController().signal, onWait: () => undefined });
    starting.done();
    const state = { isOver: false, writes: 0, failed: 0 };
    const writing = Promise.all(Array.from({ length: settings.writers }, (_, n) => write(platform, n, state)));
    const made: Made[] = [];
    const step = progress.step(`${String(settings.exports)} exports beside ${String(settings.writers)} writers`);
    try {
      for (let n = 0; n < settings.exports; n += 1) {
        const isFull = n % 3 === 0;
        const since = isFull ? undefined : made.at(-1)!.exported.manifest.transactionTime;
        made.push(await exportOnce(place, platform, server, { since, victim: victims[n % victims.length]!, folder }));
        step.update(n + 1, settings.exports);
      }
    } finally {
      state.isOver = true;
      await writing;
    }
    step.done();
    const ask = fhirAt(platform.urls.playground, await getToken(platform.urls.sso, platform.demo!));
    return conclude(made, await readHistories(ask, types, tag), { ...state, ...settings });
  } finally {
    await place.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Creates, changes and deletes until it is over; what fails meanwhile is done again otherwise. */
async function write(
  { urls, demo }: Platform,
  writer: number,
  state: { isOver: boolean; writes: number; failed: number },
): Promise<void> {
  const random = randomFrom(writer + 1);
  let ask: Ask | undefined;
  for (let n = 0; !state.isOver; n += 1) {
    try {
      // One that is renewed now and then, as a run may take longer than a token.
      if (ask === undefined || n % 500 === 0) ask = fhirAt(urls.playground, await getToken(urls.sso, demo!));
      const type = types[Math.floor(random() * types.length)]!;
      const id = `${tag}-${String(Math.floor(random() * resources))}`;
      const body = type === 'Basic' ? { code: { text: String(random()) } } : { name: String(random()) };
      const { status } =
        random() < 0.2
          ? await ask('DELETE', `${type}/${id}`)
          : await put(ask, `${type}/${id}`, { resourceType: type, id, ...body });
      if (status < 300) state.writes += 1;
      else state.failed += 1;
    } catch {
      state.failed += 1;
      await delay(100);
    }
    await delay(20 + random() * 40);
  }
}

/** Over the version that is there. */
async function put(ask: Ask, path: string, body: object): Promise<{ readonly status: number }> {
  const { status, headers } = await ask('GET', path);
  return ask('PUT', path, body, status === 200 ? { 'if-match': headers.get('etag') ?? '' } : {});
}

async function exportOnce(
  place: Home,
  platform: Platform,
  server: Server,
  { since, victim, folder }: { readonly since: string | undefined; readonly victim: Victim; readonly folder: string },
): Promise<Made> {
  const query = since === undefined ? '' : `?_since=${encodeURIComponent(since)}`;
  const job = await kickOff(server, `${server.base}/$export${query}`);
  const state = { inTheMiddle: false };
  const body = await follow(server, job, (said) => {
    if (state.inTheMiddle || !said.startsWith('running')) return;
    state.inTheMiddle = true;
    void kill(place, platform, victim);
  });
  // One that was too quick is followed by the kill, beside its files.
  if (!state.inTheMiddle) await kill(place, platform, victim);
  const { transactionTime, files } = readManifest(job, body);
  const lines: { output: Record<string, unknown>[]; deleted: Record<string, unknown>[] } = { output: [], deleted: [] };
  for (const file of files) {
    if (file.kind === 'error') continue;
    await download(server, file, folder, { gzip: false, onBytes: () => undefined });
    const text = await readFile(join(folder, file.name), 'utf8');
    for (const line of text.split('\n'))
      if (line !== '') lines[file.kind].push(JSON.parse(line) as Record<string, unknown>);
    await rm(join(folder, file.name));
  }
  await remove(server, job);
  const all = lines.output.length + lines.deleted.length;
  const others = lines.output.filter(({ resourceType }) => !types.includes(String(resourceType))).length;
  return { victim, ...state, since, exported: { manifest: { transactionTime }, lines }, lines: all, others };
}

async function kill(place: Home, { pid }: Platform, victim: Victim): Promise<void> {
  if (victim === 'nothing') return;
  if (victim === 'database') {
    process.kill((await place.postmaster())!, 'SIGKILL');
    return;
  }
  const found = (await servers(pid)).get('playground') ?? [];
  for (const one of found) {
    // The process for jobs has a lower priority.
    const stat = await readFile(`/proc/${String(one)}/stat`, 'utf8').catch(() => '');
    const isWorker = stat.split(') ')[1]?.split(' ')[16] === '10';
    if (isWorker === (victim === 'worker')) process.kill(one, 'SIGKILL');
  }
}

function conclude(
  made: readonly Made[],
  versions: Awaited<ReturnType<typeof readHistories>>,
  { writes, failed, writers, patients }: Settings & { readonly writes: number; readonly failed: number },
): Proven {
  const faults = made.map(({ exported, since }) => faultsOf(versions, exported, since, tag));
  const full = made.filter(({ since }) => since === undefined);
  // Resources that nobody writes are in each of all, and in none of what has changed since.
  const isSame = new Set(full.map(({ others }) => others)).size === 1;
  const isMiddle = victims.every(
    (victim) => victim === 'nothing' || made.some((one) => one.victim === victim && one.inTheMiddle),
  );
  const report = [
    `${String(writers)} writers create, change and delete resources of two types over HTTP, beside those of ${String(patients)} synthetic patients, while one export follows on the other: every third of all, the others of what has changed since the one before. ` +
      'While an export runs, a process is killed (`kill -9`): the one that serves FHIR, the one that makes exports, or PostgreSQL. Afterwards each export is compared, line by line, ' +
      'with the last version of each resource up to its `transactionTime` in the histories.',
    '',
    markdownTable(
      ['Export of', 'Killed', 'While it ran', 'Lines', 'Faults'],
      made.map(({ since, victim, inTheMiddle, lines }, n) => [
        since === undefined ? 'all' : 'changes',
        victim,
        inTheMiddle ? 'yes' : 'no',
        String(lines),
        String(faults[n]!.length),
      ]),
      [3, 4],
    ),
    '',
    `${String(versions.length)} versions were stored by ${String(writes)} writes that were acknowledged; ${String(failed)} failed, as what answers them was killed. ` +
      `Exports of all have ${full.map(({ others }) => String(others)).join(', ')} resources that nobody writes.`,
    ...faults.flatMap((each, n) => each.slice(0, 5).map((fault) => `\n- export ${String(n + 1)}: ${fault}`)),
  ];
  return { holds: faults.every((each) => each.length === 0) && isSame && isMiddle, report: report.join('\n') };
}
