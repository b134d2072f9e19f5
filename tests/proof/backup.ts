/** A backup while sixteen clients write, and a restore to a moment after it: what was acknowledged before is there, and nothing later. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Progress } from '../../apps/dhp/src/progress.ts';
import { fhirAt } from '../fhir.ts';
import { markdownTable } from '../markdown-table.ts';
import { getToken, openHome, type Home, type Platform } from '../platform.ts';
import type { Proof, Proven } from './proof.ts';

const writers = 16;
const claim =
  'A backup is made while sixteen clients write. After kill -9 of the platform, a restore to a moment behind it has every write that was acknowledged before that moment and none that came after, by a hash over the change feed; tokens of before are refused. Of a million versions (patients=13300) the backup takes two minutes at most, and the restore three.';

export const backup: Proof = {
  name: 'backup',
  claim,
  takes: 'some five minutes',
  settings: { patients: 1000 },
  run: (progress, _only, settings = {}) => prove(progress, settings['patients'] ?? 1000),
};

/** Seconds that a backup of a million versions may take beside the writers, and its restore. */
const most = { backup: 120, restore: 180 } as const;
const million = 1_000_000;

/** Ids of Patients that were acknowledged. */
interface Written {
  readonly before: readonly string[];
  readonly after: readonly string[];
}

async function prove(progress: Progress, patients: number): Promise<Proven> {
  const home = await openHome({ serves: 'sso,fhir' });
  try {
    const folder = join(home.data, '..', 'backups');
    await mkdir(folder, { mode: 0o700 });
    const environment = { DHP_BACKUPS: folder };
    const starting = progress.step('filling a platform and starting it');
    for (const words of [['migrate'], ['seed', '--patients', String(patients), '--json']]) {
      const { code, stderr } = await home.run(words);
      if (code !== 0) throw new Error(stderr);
    }
    const platform = await home.start(environment);
    starting.done();
    const token = await getToken(platform.urls.sso, await home.createClient());
    const step = progress.step('a backup while sixteen clients write');
    const made = await writeDuring(platform, token, () => home.run(['backup', '--json'], environment));
    step.done();
    const [moment, after] = await continueBehind(platform, token);
    await platform.end('SIGKILL');
    const restoring = progress.step('a restore');
    const began = performance.now();
    const restored = await home.run(['restore', '--at', moment, '--reason', 'a proof', '--json'], environment);
    const seconds = (performance.now() - began) / 1000;
    restoring.done();
    if (made.result.code !== 0 || restored.code !== 0) throw new Error(made.result.stderr + restored.stderr);
    const found = await look(home, environment, token, { before: made.ids, after });
    const { bytes, proofs } = JSON.parse(made.result.stdout) as {
      bytes: number;
      proofs: Record<string, { versions: number }>;
    };
    const versions = proofs['playground']?.versions ?? 0;
    // Fewer say nothing of a million.
    const isLarge = versions >= million;
    const inTime = !isLarge || (made.seconds <= most.backup && seconds <= most.restore);
    const rows = [
      ['Versions in the backup', String(versions)],
      ['Bytes of the backup', String(bytes)],
      [
        `Seconds of the backup, beside the writers${isLarge ? ` (at most ${String(most.backup)})` : ''}`,
        made.seconds.toFixed(1),
      ],
      ['Writes acknowledged in that time', String(made.ids.length)],
      [`Seconds of the restore${isLarge ? ` (at most ${String(most.restore)})` : ''}`, seconds.toFixed(1)],
      ['Writes before the moment that are missing', String(found.missing)],
      ['Writes after the moment that are there', String(found.surplus)],
      ['A token of before', `HTTP ${String(found.old)}`],
      ['A token of now', `HTTP ${String(found.fresh)}`],
    ];
    return {
      holds: inTime && found.missing === 0 && found.surplus === 0 && found.old === 401 && found.fresh === 200,
      report: markdownTable(['Measured', 'Value'], rows),
    };
  } finally {
    await home.close();
  }
}

type Outcome = Awaited<ReturnType<Home['run']>>;

/** Writes by sixteen clients for as long as the work takes. */
async function writeDuring(
  platform: Platform,
  token: string,
  work: () => Promise<Outcome>,
): Promise<{ result: Outcome; ids: string[]; seconds: number }> {
  const ask = fhirAt(platform.urls.playground, token);
  const ids: string[] = [];
  let isOver = false;
  const all = Array.from({ length: writers }, async (_, writer) => {
    for (let n = 0; !isOver; n += 1) ids.push(await write(ask, `w${String(writer)}-${String(n)}`));
  });
  const began = performance.now();
  const result = await work();
  const seconds = (performance.now() - began) / 1000;
  isOver = true;
  await Promise.all(all);
  return { result, ids, seconds };
}

async function write(ask: ReturnType<typeof fhirAt>, id: string): Promise<string> {
  const answer = await ask('PUT', `Patient/${id}`, { resourceType: 'Patient', id });
  if (answer.status !== 201) throw new Error(`PUT Patient/${id}: ${String(answer.status)}`);
  return id;
}

/** A moment, and writes that come after it. Times of a restore are whole milliseconds. */
async function continueBehind(platform: Platform, token: string): Promise<[moment: string, ids: string[]]> {
  await delay(50);
  const moment = new Date().toISOString();
  await delay(50);
  const ask = fhirAt(platform.urls.playground, token);
  const ids: string[] = [];
  for (let n = 0; n < 20; n += 1) ids.push(await write(ask, `late-${String(n)}`));
  return [moment, ids];
}

async function look(
  home: Home,
  environment: Readonly<Record<string, string>>,
  token: string,
  { before, after }: Written,
): Promise<{ missing: number; surplus: number; old: number; fresh: number }> {
  const platform = await home.start(environment);
  const fresh = await getToken(platform.urls.sso, await home.createClient());
  const ask = fhirAt(platform.urls.playground, fresh);
  const statusOf = async (id: string): Promise<number> => (await ask('GET', `Patient/${id}`)).status;
  let [missing, surplus] = [0, 0];
  for (const id of before) missing += Number((await statusOf(id)) !== 200);
  for (const id of after) surplus += Number((await statusOf(id)) !== 404);
  const old = await fhirAt(platform.urls.playground, token)('GET', `Patient/${before[0]!}`);
  return { missing, surplus, old: old.status, fresh: await statusOf(before[0]!) };
}
