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
import { fhirAt, hasStatus, type Ask } from '../fhir.ts';
import { markdownTable } from '../markdown-table.ts';
import { getToken, openHome, type Credentials, type Home, type Platform } from '../platform.ts';
import { servers } from '../processes.ts';
import { faultsOfBlocks, faultsOfNewest, linesIn, type Line } from './export/forms.ts';
import { readHistories, readProvenances } from './export/history.ts';
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
    'Whoever writes meanwhile, and whatever is killed: a bulk export has exactly what was stored up to its time, each resource once, and the exports that follow have the rest; by patients, each block has what was of its patient; and of Provenance there is the newest of each resource.',
  takes: 'some ten minutes on two cores',
  settings: { exports: 18, writers: 16, patients: 100 },
  run: (progress, _, settings) => prove(progress, settings as unknown as Settings),
};

const types = ['Basic', 'Location', 'Observation'];
/** Types of which Provenances are stored. */
const told = ['Basic', 'Location'];
/** Observations move between these. */
const subjects = 5;
const tag = 'proof';
/** Resources of a type that are written again and again. */
const resources = 60;
const victims = ['server', 'worker', 'database', 'nothing'] as const;
type Victim = (typeof victims)[number];
type Form = 'types' | 'blocks' | 'newest';
const mib = String(1024 ** 2);
const queries: Readonly<Record<Form, string>> = {
  types: '',
  blocks: `organizeOutputBy=Patient&_type=Observation,Patient&_maximumFileSize=${mib}`,
  newest: `includeAssociatedData=LatestProvenanceResources&_type=${told.join()}`,
};
/** One after the other, again and again. */
const forms: readonly Form[] = ['types', 'types', 'blocks', 'types', 'newest', 'types'];
const scope = 'system/*.cruds system/Provenance.cruds';

interface Made {
  readonly form: Form;
  readonly victim: Victim;
  /** Whether the export ran when something was killed. */
  readonly inTheMiddle: boolean;
  readonly since: string | undefined;
  readonly exported: Exported;
  readonly lines: number;
  /** With the patients of their blocks. */
  readonly all: readonly Line[];
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
    const client = await place.createClient('playground', scope);
    const { client_id: clientId, client_secret: secret } = client;
    const means = { base: platform.urls.playground, client: { clientId, secret }, patience: 120_000 };
    const server = openServer({ ...means, signal: new AbortController().signal, onWait: () => undefined });
    await storeSubjects(fhirAt(platform.urls.playground, await getToken(platform.urls.sso, client)));
    starting.done();
    const state = { isOver: false, writes: 0, failed: 0 };
    const writing = Promise.all(Array.from({ length: settings.writers }, (_, n) => write(platform, client, n, state)));
    const made: Made[] = [];
    const step = progress.step(`${String(settings.exports)} exports beside ${String(settings.writers)} writers`);
    try {
      for (let n = 0; n < settings.exports; n += 1) {
        const form = forms[n % forms.length]!;
        const isFull = form !== 'types' || n % forms.length === 0;
        const before = made.findLast((one) => one.form === 'types');
        const since = isFull ? undefined : before!.exported.manifest.transactionTime;
        const victim = victims[(n + Math.floor(n / forms.length)) % victims.length]!;
        made.push(await exportOnce(place, platform, server, { form, since, victim, folder }));
        step.update(n + 1, settings.exports);
      }
    } finally {
      state.isOver = true;
      await writing;
    }
    step.done();
    const ask = fhirAt(platform.urls.playground, await getToken(platform.urls.sso, client));
    const stored = { versions: await readHistories(ask, types, tag), provenances: await readProvenances(ask) };
    return conclude(made, stored, { ...state, ...settings });
  } finally {
    await place.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function storeSubjects(ask: Ask): Promise<void> {
  for (let n = 0; n < subjects; n += 1) {
    const id = `subject-${String(n)}`;
    hasStatus(await ask('PUT', `Patient/${id}`, { resourceType: 'Patient', id }), 201);
  }
}

function bodyOf(type: string, random: () => number): object {
  if (type === 'Basic') return { code: { text: String(random()) } };
  if (type === 'Location') return { name: String(random()) };
  const subject = { reference: `Patient/subject-${String(Math.floor(random() * subjects))}` };
  return { status: 'final', code: { text: String(random()) }, subject };
}

/** Of days that repeat themselves, so that the newest is told by the time of storing, too. */
function provenanceHeader(random: () => number): string {
  const recorded = `2026-01-0${String(1 + Math.floor(random() * 5))}T00:00:00Z`;
  return JSON.stringify({ resourceType: 'Provenance', recorded, agent: [{ who: { display: tag } }] });
}

/** Creates, changes and deletes until it is over; what fails meanwhile is done again otherwise. */
async function write(
  { urls }: Platform,
  client: Credentials,
  writer: number,
  state: { isOver: boolean; writes: number; failed: number },
): Promise<void> {
  const random = randomFrom(writer + 1);
  let ask: Ask | undefined;
  for (let n = 0; !state.isOver; n += 1) {
    try {
      // One that is renewed now and then, as a run may take longer than a token.
      if (ask === undefined || n % 500 === 0) ask = fhirAt(urls.playground, await getToken(urls.sso, client));
      const type = types[Math.floor(random() * types.length)]!;
      const id = `${tag}-${String(Math.floor(random() * resources))}`;
      const body = bodyOf(type, random);
      const isTold = told.includes(type) && random() < 0.15;
      const headers: Record<string, string> = isTold ? { 'x-provenance': provenanceHeader(random) } : {};
      const { status } =
        random() < 0.2
          ? await ask('DELETE', `${type}/${id}`)
          : await put(ask, `${type}/${id}`, { resourceType: type, id, ...body }, headers);
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
async function put(
  ask: Ask,
  path: string,
  body: object,
  more: Readonly<Record<string, string>>,
): Promise<{ readonly status: number }> {
  const { status, headers } = await ask('GET', path);
  return ask('PUT', path, body, { ...more, ...(status === 200 && { 'if-match': headers.get('etag') ?? '' }) });
}

async function exportOnce(
  place: Home,
  platform: Platform,
  server: Server,
  {
    form,
    since,
    victim,
    folder,
  }: {
    readonly form: Form;
    readonly since: string | undefined;
    readonly victim: Victim;
    readonly folder: string;
  },
): Promise<Made> {
  const query = since === undefined ? queries[form] : `_since=${encodeURIComponent(since)}`;
  const job = await kickOff(server, `${server.base}/$export?${query}`);
  const state = { inTheMiddle: false };
  const body = await follow(server, job, (said) => {
    if (state.inTheMiddle || !said.startsWith('running')) return;
    state.inTheMiddle = true;
    void kill(place, platform, victim);
  });
  // One that was too quick is followed by the kill, beside its files.
  if (!state.inTheMiddle) await kill(place, platform, victim);
  const { transactionTime, files } = readManifest(job, body);
  const lines: Record<'output' | 'deleted', Line[]> = { output: [], deleted: [] };
  for (const file of files) {
    if (file.kind === 'error') continue;
    await download(server, file, folder, { gzip: false, onBytes: () => undefined });
    lines[file.kind].push(...linesIn(await readFile(join(folder, file.name), 'utf8')));
    await rm(join(folder, file.name));
  }
  await remove(server, job);
  const others = lines.output.filter(({ type, id }) => !id.startsWith(tag) && type !== 'Provenance').length;
  const resources = { output: contents(lines.output), deleted: contents(lines.deleted) };
  const exported = { manifest: { transactionTime }, lines: resources };
  const count = lines.output.length + lines.deleted.length;
  return { form, victim, ...state, since, exported, lines: count, all: lines.output, others };
}

function contents(lines: readonly Line[]): Readonly<Record<string, unknown>>[] {
  return lines.map(({ resource }) => resource);
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

interface Stored {
  readonly versions: Awaited<ReturnType<typeof readHistories>>;
  readonly provenances: Awaited<ReturnType<typeof readProvenances>>;
}

function faultsIn({ form, exported, since, all }: Made, { versions, provenances }: Stored): string[] {
  if (form === 'types') return faultsOf(versions, exported, since, tag);
  const { transactionTime } = exported.manifest;
  if (form === 'blocks') return faultsOfBlocks(versions, all, transactionTime, tag);
  const named = versions.filter(({ name }) => told.includes(name.split('/')[0]!));
  return [...faultsOf(named, exported, since, tag), ...faultsOfNewest(provenances, all, transactionTime)];
}

function conclude(
  made: readonly Made[],
  stored: Stored,
  { writes, failed, writers, patients }: Settings & { readonly writes: number; readonly failed: number },
): Proven {
  const { versions, provenances } = stored;
  const faults = made.map((one) => faultsIn(one, stored));
  const full = made.filter(({ form, since }) => form === 'types' && since === undefined);
  // Resources that nobody writes are in each of all, and in none of what has changed since.
  const isSame = new Set(full.map(({ others }) => others)).size === 1;
  const isMiddle = victims.every(
    (victim) => victim === 'nothing' || made.some((one) => one.victim === victim && one.inTheMiddle),
  );
  const report = [
    `${String(writers)} writers create, change and delete resources of three types over HTTP, Observations that move between ${String(subjects)} patients among them, some with a Provenance, beside those of ${String(patients)} synthetic patients, while one export follows on the other: of all, of what has changed since the one before, by patients in files of one MiB at most, and with the newest Provenance of each resource. ` +
      'While an export runs, a process is killed (`kill -9`): the one that serves FHIR, the one that makes exports, or PostgreSQL. Afterwards each export is compared, line by line, ' +
      'with the last version of each resource up to its `transactionTime` in the histories: by patients with the patient of that version, and of Provenance with the newest of each resource that was there.',
    '',
    markdownTable(
      ['Export of', 'Killed', 'While it ran', 'Lines', 'Faults'],
      made.map(({ form, since, victim, inTheMiddle, lines }, n) => [
        form === 'blocks'
          ? 'all, by patients'
          : form === 'newest'
            ? 'newest Provenance'
            : since === undefined
              ? 'all'
              : 'changes',
        victim,
        inTheMiddle ? 'yes' : 'no',
        String(lines),
        String(faults[n]!.length),
      ]),
      [3, 4],
    ),
    '',
    `${String(versions.length)} versions and ${String(provenances.length)} Provenances were stored by ${String(writes)} writes that were acknowledged; ${String(failed)} failed, as what answers them was killed. ` +
      `Exports of all have ${full.map(({ others }) => String(others)).join(', ')} resources that nobody writes.`,
    ...faults.flatMap((each, n) => each.slice(0, 5).map((fault) => `\n- export ${String(n + 1)}: ${fault}`)),
  ];
  return { holds: faults.every((each) => each.length === 0) && isSame && isMiddle, report: report.join('\n') };
}
