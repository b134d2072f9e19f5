/** The trails of requests of the FHIR environments, for `dhp audit verify`. */
import { periodsOf, verifyTrail } from '@dhp/fhir-store/trail';
import type { Sql } from '@dhp/postgres';
import { type ArchivedRecord, trailKeys, type TrailKeys, type TrailReport } from '@dhp/trail';
import { withDatabase, type Context } from '../context.ts';
import { trailSecret } from '../server-keys.ts';
import { faultOfArchive, readArchive } from '../trail-archive.ts';
import { keepsTrail, servedEnvironments, trailHeadsOf, type EnvironmentName } from '../trail-heads.ts';

/** Verifies the trail of each environment that keeps one. @param archive a folder with the files of periods that left */
export async function trailReports(
  context: Context,
  archive: string | undefined,
): Promise<Partial<Record<EnvironmentName, Report>>> {
  const { settings, data } = context;
  const reports: Partial<Record<EnvironmentName, Report>> = {};
  for (const environment of servedEnvironments(settings).filter((one) => keepsTrail(settings, one))) {
    const keys = trailKeys(trailSecret(settings.DHP_SECRET_KEY ?? data.secretKey(), environment));
    const step = context.progress.step(`verifying the trail of requests of ${environment}`);
    // Read before the trail, which only grows: a head that is kept meanwhile is not asked for.
    const kept = trailHeadsOf(context, environment).read();
    reports[environment] = await withDatabase(context, environment, async (sql) => {
      const { archives, faults } = await openArchives(sql, keys, archive);
      const onProgress = (records: number): void => step.update(records, 0);
      const report = await verifyTrail(sql, keys, { kept, archives, onProgress });
      return { ...report, whole: report.whole && faults.length === 0, faults };
    });
    step.done();
  }
  return reports;
}

/** With the faults of files of an archive. */
export type Report = TrailReport & { readonly faults: readonly string[] };

/** The files of the periods that were archived, where a folder is given; those that do not do are not read. */
async function openArchives(
  sql: Sql,
  keys: TrailKeys,
  folder: string | undefined,
): Promise<{ archives: Map<string, AsyncIterable<ArchivedRecord>>; faults: string[] }> {
  const archives = new Map<string, AsyncIterable<ArchivedRecord>>();
  const faults: string[] = [];
  if (folder === undefined) return { archives, faults };
  for (const { month, state, archive } of await periodsOf(sql, keys)) {
    if (state !== 'archived' || archive === undefined) continue;
    const fault = await faultOfArchive(folder, archive);
    if (fault === undefined) archives.set(month, readArchive(folder, archive));
    else faults.push(fault);
  }
  return { archives, faults };
}

const explained: Record<NonNullable<TrailReport['broken']>['why'], string> = {
  altered: 'a record is not as a server wrote it',
  missing: 'a record was taken out',
  inserted: 'a record was put in, or is there twice',
  reordered: 'records are in another order, or in the place of others',
  'forged-head': 'a head is not signed with the key of this installation, or does not follow on the one before',
  'other-head':
    'a head that was kept is not in the chain: an older backup was restored, and the trail went on from there',
  'behind-head': 'the trail ends before a head that was kept: its end was cut, or an older backup was restored',
  'forged-act':
    'a statement of a removal, or of the destruction of keys, is not signed with the key, or one was taken out',
  'missing-act': 'the last statement of a removal, or of the destruction of keys, was taken out',
  unreadable: 'the key of a record is gone or altered, and no statement says that it was destroyed',
};

export function trailSentences(reports: Partial<Record<EnvironmentName, Report>>): string {
  return Object.entries(reports)
    .map(([environment, { records, waiting, heads, broken, agrees, removed, returned, faults }]) => {
      const size = `records: ${String(records)}, heads: ${String(heads)}, behind the last head: ${String(waiting)}`;
      const upTo =
        agrees === undefined
          ? 'No head that was kept is in it.'
          : `The last kept head that is in it: position ${String(agrees.position)}, of ${new Date(agrees.made).toISOString()}.`;
      const title = `\nRequests of ${environment}: `;
      const left = [
        ...(removed === 0 ? [] : [`Left by signed statements, not read: ${String(removed)} records.`]),
        ...returned.map((month) => `${month.slice(0, 7)} is to leave and is still there: run the command again.`),
        ...faults,
      ].map((line) => `${line}\n`);
      if (broken === undefined)
        return `${title}${faults.length === 0 ? 'whole' : 'NOT ALL'}: ${size}\n${upTo}\n${left.join('')}`;
      const which = broken.id === undefined ? '' : ` (record ${broken.id})`;
      return `${title}BROKEN at head ${String(broken.position)}${which}: ${broken.why}: ${explained[broken.why]}.\n${upTo}\n`;
    })
    .join('');
}
