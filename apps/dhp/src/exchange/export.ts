/** The work of `dhp export`: asks for an export, waits for it, and brings its files into a folder. docs/bulk-export.md */
import { access, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { UsageError, type Repeated, type Values } from '../cli.ts';
import { print, table } from '../output.ts';
import { grouped, spokenLanguage } from '../locale.ts';
import { exchangeMessages } from '../texts/exchange.ts';
import { download, type GotFile } from './download.ts';
import { ServerRefusal } from './faults.ts';
import { follow, kickOff, remove } from './follow.ts';
import { keepJson, keptJson } from './kept-json.ts';
import { readManifest, type Manifest } from './manifest.ts';
import { readTables, tablesRequest } from './tables.ts';
import { walk, type Walk } from './walk.ts';

/** In the folder: the progress of the export, and afterwards its contents. */
const recordName = 'export.json';
const sumsName = 'SHA256SUMS';

/** It has no secret in it. */
interface ExportRecord {
  readonly server: string;
  readonly client: string;
  /** The path and the query of the kick-off. */
  readonly request: string;
  /** Sent with the kick-off of tables; a kick-off of resources has no body. */
  readonly body?: string;
  readonly gzip: boolean;
  job?: string;
  manifest?: Manifest;
  /** Files that exist and match the manifest. */
  files: Record<string, GotFile>;
  ended: boolean;
}

/** @returns the exit code: 0 done, 3 the next run continues @throws UsageError @throws ServerRefusal */
export function runExport(values: Values, _first: string, _second: string, { lists }: Repeated): Promise<number> {
  const said = exchangeMessages[spokenLanguage()];
  if (values['view'] === undefined && values['format'] !== undefined) throw new UsageError(said.formatWithoutView);
  const asked =
    values['view'] === undefined ? { request: requestOf(values, lists['filter'] ?? []) } : tablesRequest(values, lists);
  const folder = resolve(String(values['to']));
  return walk(values, async (walked) => {
    const record = await recordIn(folder, walked, { ...asked, gzip: values['gzip'] === true });
    await exported(walked, folder, record);
    if (values['keep'] !== true && record.job !== undefined) await remove(walked.server, record.job);
    told(walked, folder, record);
    return 0;
  });
}

const parameters = {
  type: '_type',
  since: '_since',
  until: '_until',
  elements: '_elements',
  patient: 'patient',
} as const;

function requestOf(values: Values, filters: readonly string[]): string {
  const { group, patients } = values;
  if (group !== undefined && patients === true)
    throw new UsageError(exchangeMessages[spokenLanguage()].groupOrPatients);
  if (typeof group === 'string' && !/^[A-Za-z0-9.-]{1,64}$/.test(group))
    throw new UsageError(exchangeMessages[spokenLanguage()].group({ given: group }));
  const query = new URLSearchParams();
  for (const [option, parameter] of Object.entries(parameters)) {
    const value = values[option];
    if (typeof value === 'string') query.append(parameter, value);
  }
  for (const filter of filters) query.append('_typeFilter', filter);
  const path = typeof group === 'string' ? `/Group/${group}/$export` : `${patients === true ? '/Patient' : ''}/$export`;
  return query.size === 0 ? path : `${path}?${query.toString()}`;
}

/** A new one, or that of the previous run. @throws UsageError if the folder contains another export, or other files */
async function recordIn(
  folder: string,
  { server, clientId }: Walk,
  asked: Pick<ExportRecord, 'request' | 'body' | 'gzip'>,
): Promise<ExportRecord> {
  const said = exchangeMessages[spokenLanguage()];
  const path = join(folder, recordName);
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw new UsageError(said.unreadable({ path: folder, reason: (error as Error).message }));
  });
  const fresh = { server: server.base, client: clientId, ...asked, files: {}, ended: false };
  const kept = (await keptJson(path).catch(() => null)) as ExportRecord | null | undefined;
  if (kept === null || (kept !== undefined && typeof kept.files !== 'object'))
    throw new UsageError(said.damaged({ path }));
  if (kept === undefined) {
    const others = (await readdir(folder)).filter((name) => !name.startsWith('.'));
    if (others.length > 0) throw new UsageError(said.folderHasFiles({ folder, name: others[0]! }));
    await keepJson(path, fresh);
    return fresh;
  }
  if (kept.ended) throw new UsageError(said.folderIsDone({ folder }));
  const isSame = (['server', 'client', 'request', 'body', 'gzip'] as const).every((name) => kept[name] === fresh[name]);
  if (!isSame) throw new UsageError(said.folderIsOther({ folder }));
  return kept;
}

async function exported(walked: Walk, folder: string, record: ExportRecord): Promise<void> {
  for (;;) {
    try {
      await manifestOf(walked, folder, record);
      await filesOf(walked, folder, record);
      break;
    } catch (error) {
      // Its time is over, or somebody has removed it: a new one is of another moment, and files of two exports must not mix.
      if (!(error instanceof ServerRefusal) || error.status !== 404 || record.job === undefined) {
        // After correcting the parameters one begins again; existing files stay for the next attempt.
        if (error instanceof ServerRefusal && record.manifest === undefined)
          await rm(join(folder, recordName), { force: true });
        throw error;
      }
      walked.progress.say(exchangeMessages[spokenLanguage()].isGone);
      await forget(folder, record);
    }
  }
  const sums = Object.entries(record.files).map(([name, { sha256 }]) => `${sha256}  ${name}\n`);
  // The compressed file would have another sum.
  if (!record.gzip) await writeFile(join(folder, sumsName), sums.join(''));
  record.ended = true;
  await keepJson(join(folder, recordName), record);
}

async function forget(folder: string, record: ExportRecord): Promise<void> {
  for (const name of Object.keys(record.files))
    await rm(join(folder, record.gzip ? `${name}.gz` : name), { force: true });
  for (const { name } of record.manifest?.files ?? []) await rm(join(folder, `${name}.part`), { force: true });
  record.files = {};
  delete record.job;
  delete record.manifest;
  await keepJson(join(folder, recordName), record);
}

async function manifestOf({ server, progress }: Walk, folder: string, record: ExportRecord): Promise<void> {
  const said = exchangeMessages[spokenLanguage()];
  const path = join(folder, recordName);
  if (record.manifest !== undefined) return;
  const step = progress.step(said.making);
  if (record.job === undefined) {
    const { request, body } = record;
    const headers = { 'content-type': 'application/fhir+json' };
    const asked = body === undefined ? {} : { method: 'POST' as const, headers, body };
    record.job = await kickOff(server, `${server.base}${request}`, asked);
    await keepJson(path, record);
  }
  const read = record.body === undefined ? readManifest : readTables;
  record.manifest = read(record.job, await follow(server, record.job, (now) => step.update(0, 0, now)));
  step.done();
  await keepJson(path, record);
}

async function filesOf({ server, progress }: Walk, folder: string, record: ExportRecord): Promise<void> {
  const files = record.manifest?.files ?? [];
  const total = files.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0);
  let before = 0;
  const step = progress.step(exchangeMessages[spokenLanguage()].downloading);
  for (const file of files) {
    const kept = record.files[file.name];
    if (kept === undefined || !(await isThere(join(folder, record.gzip ? `${file.name}.gz` : file.name)))) {
      const onBytes = (held: number): void => step.update(before + held, total, file.name);
      record.files[file.name] = await download(server, file, folder, { gzip: record.gzip, onBytes });
      await keepJson(join(folder, recordName), record);
    }
    before += record.files[file.name]!.bytes;
  }
  step.done();
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function told({ asJson }: Walk, folder: string, record: ExportRecord): void {
  const said = exchangeMessages[spokenLanguage()];
  const { manifest, files, gzip } = record;
  if (manifest === undefined) return;
  const { transactionTime } = manifest;
  if (asJson) {
    const list = Object.entries(files).map(([name, got]) => ({ name: gzip ? `${name}.gz` : name, ...got }));
    print({ folder, transaction_time: transactionTime, files: list });
    return;
  }
  process.stdout.write(record.body === undefined ? resourcesTold(manifest, files) : tablesTold(manifest, files));
  process.stdout.write(`${said.exported({ files: Object.keys(files).length, folder })}\n`);
  process.stdout.write(`${said.nextTime({ time: transactionTime })}\n`);
}

function resourcesTold(manifest: Manifest, files: ExportRecord['files']): string {
  const said = exchangeMessages[spokenLanguage()];
  const counts = new Map<string, number>();
  for (const { name, kind, type } of manifest.files) {
    const of = kind === 'output' ? type : said.kinds[kind];
    counts.set(of, (counts.get(of) ?? 0) + (files[name]?.count ?? 0));
  }
  if (counts.size === 0) return `${said.nothing}\n`;
  return table(
    ['TYPE', 'COUNT'],
    [...counts].map(([type, count]) => [type, grouped(count)]),
  );
}

/** With bytes: a row may have several lines, and one of Parquet has none. */
function tablesTold(manifest: Manifest, files: ExportRecord['files']): string {
  const said = exchangeMessages[spokenLanguage()];
  const rows = manifest.files.map(({ name, kind, type }) => [
    kind === 'output' ? type : said.kinds[kind],
    name,
    grouped(files[name]?.bytes ?? 0),
  ]);
  return table(['TABLE', 'FILE', 'BYTES'], rows);
}
