/** `dhp archive list|show|verify|read`: files of versions that purges have removed. docs/operations/retention.md */
import type { ArchivedVersion, SignedArchive } from '@dhp/fhir-store/archive';
import { UsageError, type Command } from '../cli.ts';
import { grouped, spokenLanguage } from '../locale.ts';
import { retentionMessages, type RetentionMessages } from '../texts/retention.ts';
import { onTrail, type LifeWork } from './audit-life.ts';
import { print, table } from '../output.ts';
import { environment, json, reason } from './shared.ts';

/** Loaded when the command runs: the help does not need it. */
const stored = async () => import('@dhp/fhir-store/archive');
const files = async () => import('../version-archive.ts');

const said = (): RetentionMessages['archive'] => retentionMessages[spokenLanguage()].archive;

const list: Command = {
  name: 'archive list',
  summary: 'List the files of versions that purges have removed, the oldest first',
  options: { environment, json },
  examples: ['dhp archive list --environment production'],
  run: (values) =>
    onTrail({ ...values, reason: 'to look' }, async ({ sql, keys }) => {
      const all = await (await stored()).archivesOf(sql, keys);
      if (values['json'] === true) print({ archives: all.map(asJson) });
      else if (all.length === 0) process.stdout.write(`${said().none}\n`);
      else process.stdout.write(table(['FILE', 'MADE', 'VERSIONS', 'TYPES'], all.map(row)));
      return 0;
    }),
};

function row({ archive, made, versions }: SignedArchive): string[] {
  const types = archive.isLost === true ? said().lost : (archive.types ?? []).map(({ type }) => type).join();
  return [archive.file, new Date(made).toISOString(), grouped(versions), types];
}

function asJson({ run, versions, made, archive }: SignedArchive): object {
  const { file, isLost = false, isSealed, ...rest } = archive;
  return {
    ...{ run_id: run, file, made_at: new Date(made).toISOString(), versions, lost: isLost },
    ...(isSealed !== undefined && { encrypted: isSealed }),
    ...rest,
  };
}

const show: Command = {
  name: 'archive show',
  summary:
    'Show the signed manifest of an archive: its hash, its size, and of each type how many versions from when to when',
  argument: 'FILE',
  options: { environment },
  examples: ['dhp archive show versions-production-0198c0de-0000-7000-8000-000000000000.ndjson.gz'],
  run: (values, file) =>
    onTrail({ ...values, reason: 'to look' }, async ({ sql, keys }) => {
      const one = (await (await stored()).archivesOf(sql, keys)).find(({ archive }) => archive.file === file);
      if (one === undefined) throw new UsageError(said().unknown({ file }));
      print({ ...asJson(one), manifest: one.manifest });
      return 0;
    }),
};

type Verdict = 'good' | 'lost' | 'absent' | 'other' | 'damaged' | 'foreign';

const verify: Command = {
  name: 'archive verify',
  summary:
    'Verify the archives of a folder: signature, hash, every line, and that they are what was purged; manifests that are absent are written again',
  argument: 'FOLDER',
  options: { environment, json },
  examples: ['dhp archive verify /mnt/archive --environment production'],
  run: (values, folder) =>
    onTrail({ ...values, reason: 'to verify' }, async (means) => {
      const { archivesOf } = await stored();
      const found: { file: string; versions: number; verdict: Verdict }[] = [];
      for (const one of await archivesOf(means.sql, means.keys))
        found.push({ file: one.archive.file, versions: one.versions, verdict: await verdictOn(means, folder, one) });
      if (values['json'] === true) print({ archives: found });
      else if (found.length === 0) process.stdout.write(`${said().none}\n`);
      else
        for (const { file, versions, verdict } of found)
          process.stdout.write(`${said().verdicts[verdict]({ file, versions: grouped(versions) })}\n`);
      return found.some(({ verdict }) => verdict !== 'good' && verdict !== 'lost') ? 1 : 0;
    }),
};

async function verdictOn(means: LifeWork, folder: string, one: SignedArchive): Promise<Verdict> {
  const { archive, run } = one;
  if (archive.isLost === true) return 'lost';
  const { areThosePurged } = await stored();
  const { ArchiveDamaged, archivePlace, isIn, surveyOf, versionsOf, writeManifest } = await files();
  if (!(await isIn(folder, one))) return 'absent';
  const place = archivePlace(means, folder);
  try {
    const now = await surveyOf(place, archive.file, run);
    if (now.sha256 !== archive.sha256 || now.bytes !== archive.bytes) return 'other';
    let page: ArchivedVersion[] = [];
    for await (const version of versionsOf(place, archive.file, run)) {
      page.push(version);
      if (page.length < atATime) continue;
      if (!(await areThosePurged(means.sql, run, page))) return 'foreign';
      page = [];
    }
    if (!(await areThosePurged(means.sql, run, page))) return 'foreign';
  } catch (error) {
    if (error instanceof ArchiveDamaged) return 'damaged';
    throw error;
  }
  await writeManifest(folder, one);
  return 'good';
}

/** Versions that are compared with the database at a time. */
const atATime = 200;

const read: Command = {
  name: 'archive read',
  summary: 'Print a version from its archive, as it was stored; that it is read is recorded in the trail',
  argument: 'VERSION',
  options: {
    environment,
    from: { type: 'string', value: 'FOLDER', help: 'the folder of the archives', required: true },
    reason,
  },
  examples: ["dhp archive read Observation/7/_history/2 --from /mnt/archive --reason 'case 7 of the city court'"],
  run: (values, given) => {
    const wanted = versionNamed(given);
    return onTrail(values, async (means) => {
      const { archivesOf, areThosePurged, recordRead, runOfVersion } = await stored();
      const { ArchiveDamaged, archivePlace, versionsOf } = await files();
      const run = await runOfVersion(means.sql, wanted);
      const one = (await archivesOf(means.sql, means.keys)).find((each) => each.run === run);
      if (one === undefined || one.archive.isLost === true) throw new UsageError(said().absent({ version: given }));
      const place = archivePlace(means, String(values['from']));
      try {
        for await (const found of versionsOf(place, one.archive.file, one.run)) {
          const { type, id, version } = found;
          if (type !== wanted.type || id !== wanted.id || version !== wanted.version) continue;
          // The rest of the file is not read: its hash in the database proves that this one is what was purged.
          if (!(await areThosePurged(means.sql, one.run, [found]))) break;
          await recordRead(means, wanted);
          process.stdout.write(`${found.content}\n`);
          return 0;
        }
      } catch (error) {
        if (!(error instanceof ArchiveDamaged)) throw error;
      }
      throw new UsageError(said().unreadable({ version: given, file: one.archive.file }));
    });
  },
};

/** @throws UsageError */
function versionNamed(given: string): Pick<ArchivedVersion, 'type' | 'id' | 'version'> {
  const [, type, id, version] = /^([A-Za-z]+)\/([A-Za-z0-9.-]{1,64})\/_history\/([1-9]\d{0,8})$/.exec(given) ?? [];
  if (type === undefined || id === undefined) throw new UsageError(said().what({ given }));
  return { type, id, version: Number(version) };
}

export const archiveCommands: readonly Command[] = [list, show, verify, read];
