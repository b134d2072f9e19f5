/** The trails of requests of the FHIR environments, for `dhp audit verify`. */
import { periodsOf, verifyTrail } from '@dhp/fhir-store/trail';
import type { Sql } from '@dhp/postgres';
import { type ArchivedRecord, trailKeys, type TrailKeys, type TrailReport } from '@dhp/trail';
import { withDatabase, type Context } from '../context.ts';
import { spokenLanguage } from '../locale.ts';
import { auditMessages } from '../texts/audit.ts';
import { trailSecret } from '../server-keys.ts';
import { faultOfArchive, readArchive, type ArchiveFault } from '../trail-archive.ts';
import { keepsTrail, servedEnvironments, trailHeadsOf, type EnvironmentName } from '../trail-heads.ts';

/**
 * Verifies the trail of each environment that keeps one.
 * @param archive a folder with the files of archived periods
 * @param of the environments (default: all served ones)
 */
export async function trailReports(
  context: Context,
  archive: string | undefined,
  of: readonly EnvironmentName[] = servedEnvironments(context.settings),
): Promise<Partial<Record<EnvironmentName, Report>>> {
  const { settings, data } = context;
  const reports: Partial<Record<EnvironmentName, Report>> = {};
  for (const environment of of.filter((one) => keepsTrail(settings, one))) {
    const keys = trailKeys(trailSecret(settings.DHP_SECRET_KEY ?? data.secretKey(), environment));
    const step = context.progress.step(auditMessages[spokenLanguage()].trail.step({ environment }));
    // Read before the trail, which only grows: heads that are stored meanwhile are not expected.
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
export type Report = TrailReport & { readonly faults: readonly ArchiveFault[] };

/** Returns the reports for a program, with sentences in English. */
export function shownReports(reports: Partial<Record<EnvironmentName, Report>>): Record<string, object> {
  const { trail } = auditMessages.en;
  return Object.fromEntries(
    Object.entries(reports).map(([environment, { faults, ...report }]) => [
      environment,
      { ...report, faults: faults.map((fault) => trail[fault.why](fault)) },
    ]),
  );
}

/** The files of the archived periods, if a folder is given; unsuitable ones are not read. */
async function openArchives(
  sql: Sql,
  keys: TrailKeys,
  folder: string | undefined,
): Promise<{ archives: Map<string, AsyncIterable<ArchivedRecord>>; faults: ArchiveFault[] }> {
  const archives = new Map<string, AsyncIterable<ArchivedRecord>>();
  const faults: ArchiveFault[] = [];
  if (folder === undefined) return { archives, faults };
  for (const { month, state, archive } of await periodsOf(sql, keys)) {
    if (state !== 'archived' || archive === undefined) continue;
    const why = await faultOfArchive(folder, archive);
    if (why === undefined) archives.set(month, readArchive(folder, archive));
    else faults.push({ why, file: archive.file, folder });
  }
  return { archives, faults };
}

/** The end of the output of `dhp audit verify`: a paragraph for each environment. */
export function trailSentences(reports: Partial<Record<EnvironmentName, Report>>): string {
  return (Object.entries(reports) as [EnvironmentName, Report][])
    .map(([environment, report]) => paragraph(environment, report))
    .join('');
}

function paragraph(environment: EnvironmentName, report: Report): string {
  const { records, waiting, heads, broken, agrees, removed, returned, faults } = report;
  const { trail: said, chain } = auditMessages[spokenLanguage()];
  const upTo =
    agrees === undefined
      ? chain.agreesNot
      : chain.agrees({ position: agrees.position, time: new Date(agrees.made).toISOString() });
  if (broken !== undefined) {
    const { position, id: record, why } = broken;
    return `\n${said.broken({ environment, position, record, why, explained: said.why[why] })}\n${upTo}\n`;
  }
  const left = [
    ...(removed === 0 ? [] : [said.left({ count: removed })]),
    ...returned.map((month) => said.returned({ month: month.slice(0, 7) })),
    ...faults.map((fault) => said[fault.why](fault)),
  ].map((line) => `${line}\n`);
  const size = said.size({ records, heads, waiting });
  const first = faults.length === 0 ? said.whole({ environment, size }) : said.notAll({ environment, size });
  return `\n${first}\n${upTo}\n${left.join('')}`;
}
