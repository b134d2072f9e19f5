/**
 * An export as it runs, within its job: resources stored up to its time, as the caller sees them, into files.
 * docs/decisions/0095-bulk-export.md
 */
import type { StoredVersion } from '@dhp/fhir-store';
import { formatInstant } from '@dhp/fhir-model/instant';
import type { ExportFile, ExportTimes } from '@dhp/fhir-store/jobs';
import type { PatientList } from '@dhp/trail/lists';
import { chooseLanguage } from '@dhp/negotiation';
import { changedSince, rulesNow, type RulesAt } from '../../access/changed-rules.ts';
import { settledTime } from '../../access/seen-snapshot.ts';
import type { Answer } from '../../contract/answer.ts';
import type { Exports } from '../../contract/exports.ts';
import { headerOf, type Call, type Services } from '../../contract/interaction.ts';
import type { Work } from '../../contract/jobs.ts';
import { noticeIssue } from '../../http/notices.ts';
import { operationOutcome } from '../../http/outcome.ts';
import type { Asked } from './asked.ts';
import type { Newest } from './associated.ts';
import { withAbsoluteAttachments } from './attachments.ts';
import { ExportFiles, type Position } from './files.ts';
import { lineOf } from './lines.ts';
import { keptMembers } from '../../cohort/kept-members.ts';
import { patientsOf } from './patients.ts';
import { exportBlocks } from './organized.ts';
import { walk, type Place, type Walk } from './walk.ts';

/** Facts of an export that has ended, for its owner. */
export interface ExportTold {
  /** ISO 8601: all that was stored up to then, that moment included. */
  readonly transactionTime: string;
  /** Where files have a block for each resource of that type. */
  readonly organizedBy?: 'Patient';
  /** The list of its patients, if a trail is kept and there are any: kept for downloads of the files, and shown to nobody. */
  readonly list?: PatientList;
}

/** Makes the files, or continues after those that are whole. Fails with `export-storage-failed`, `export-too-large`, and as a search does. */
export async function exportFiles(services: Services, call: Call, asked: Asked, work: Work): Promise<Answer> {
  const { exports, timeZone } = services;
  if (exports === undefined || call.access === undefined) throw new Error('an export runs without exports or access');
  const job = work.attempt.id;
  const { until, begun } = (await exports.store.timesOf(job)) ?? (await begin(services, exports, asked, work));
  const times = { until, ...(asked.since !== undefined && { since: asked.since }) };
  const made = await exports.store.filesOf(job);
  const isPartial = asked.elements !== undefined || services.partly !== undefined;
  const making = {
    services,
    exports,
    work,
    client: call.access.clientId,
    // Of who has joined a Group there are lines of any time.
    times: { until },
    isPartial,
    isOrganized: asked.isOrganized,
    mostBytes: asked.mostBytes,
    ...(asked.isEarly && { early: asked.isOrganized ? { organizedBy: 'Patient' as const } : {} }),
    lineOf: (version: StoredVersion) => lineFor(version, asked, services)[1],
  };
  const files = new ExportFiles(making, (made.at(-1)?.number ?? -1) + 1);
  try {
    const rules = await rulesNow(services);
    const cohorts = await keptMembers(services, call, asked, { exports: exports.store, attempt: work.attempt, times });
    const patients = await patientsOf(services, asked, times, { withJoined: true, cohorts });
    const positions = made.map(({ position }) => position as Position);
    const from = positions.at(-1)?.place;
    const newest = asked.associated === 'latest' ? newestIn(exports, work) : undefined;
    const of = { services, call, asked, times, patients, newest };
    if (asked.isOrganized)
      await exportBlocks(of, { files, work, lineOf: making.lineOf, mostBytes: asked.mostBytes }, from);
    else await exportTypes(of, { asked, files, work }, from);
    await files.finish();
    await tellOfChange(services, call, { files, made, rules: { ...rules, from: rules.from && begun } });
  } finally {
    await files.close();
  }
  // The moment before: resources stored at `until` itself come with the next export.
  const told: ExportTold = {
    transactionTime: formatInstant(new Date(until.getTime() - 1), timeZone),
    ...(asked.isOrganized && { organizedBy: 'Patient' }),
  };
  return ended({ services, exports, begun }, work, told);
}

interface ByType {
  readonly asked: Asked;
  readonly files: ExportFiles;
  readonly work: Work;
}

/** One type after the other. */
async function exportTypes(of: Walk, { asked, files, work }: ByType, from: Place | undefined): Promise<void> {
  for await (const { place, versions } of walk(of, from)) {
    work.signal.throwIfAborted();
    await files.turnTo(place.type);
    for (const version of await versions()) {
      await files.add(...lineFor(version, asked, of.services));
      // A file may end behind each line.
      files.at({ ...place, behind: version.id });
    }
    await files.reached(place);
    work.reached(asked.types.indexOf(place.type) / asked.types.length);
  }
}

function newestIn({ store }: Exports, { attempt }: Work): Newest {
  return {
    async note(rows) {
      if (!(await store.noteNewest(attempt, rows))) throw new Error('the job is not this holder’s any more');
    },
    of: (targets) => store.newestOf(attempt.id, targets),
  };
}

interface Ending {
  readonly services: Pick<Services, 'trail'>;
  readonly exports: Exports;
  /** When its first attempt began. */
  readonly begun: Date;
}

/** The end of an export: its files alone are left, and its record has how many resources they tell of, and the list of the patients. */
export async function ended(
  { services, exports, begun }: Ending,
  { attempt }: Work,
  told: ExportTold,
): Promise<Answer> {
  const list = await services.trail?.listOf(attempt.id, begun);
  const all = await exports.store.filesOf(attempt.id);
  // A holder that has lost the job without knowing it yet leaves the files of the next holder.
  await exports.files.removeOthers(attempt.id, all, attempt.attempt);
  const counts: Record<string, number> = {};
  for (const { kind, type, count, position } of all)
    if (kind === 'output')
      for (const [each, n] of Object.entries((position as Position).counts ?? { [type]: count }))
        counts[each] = (counts[each] ?? 0) + n;
  const body = JSON.stringify({ ...told, ...(list !== undefined && { list }) });
  return { status: 200, headers: {}, body, counts, ...(list !== undefined && { list }) };
}

interface SoFar {
  readonly files: ExportFiles;
  /** Files of attempts before. */
  readonly made: readonly ExportFile[];
  /** As they were when the first attempt was begun. */
  readonly rules: RulesAt;
}

/** Adds a file that says so where the rules have changed since the export was begun, unless there is one. */
export async function tellOfChange(services: Services, call: Call, { files, made, rules }: SoFar): Promise<void> {
  if (made.some(({ kind }) => kind === 'error')) return;
  const { generation } = services.policies.current() ?? {};
  const isChanged =
    made.some(({ position }) => (position as Position).policies !== generation) ||
    (await changedSince(services, rules)) !== undefined;
  if (!isChanged) return;
  await files.add('error', Buffer.from(`${rulesChanged(services, call)}\n`));
  await files.finish();
}

/** A time that is requested is kept where nothing can appear before it any more. */
export async function begin(
  services: Services,
  { store }: Exports,
  { until }: Pick<Asked, 'until'>,
  { attempt, signal }: Work,
): Promise<ExportTimes> {
  const settled = await settledTime(services, signal);
  const times = { until: until !== undefined && until < settled ? until : settled, begun: settled };
  return store.begin(attempt.id, times);
}

/** Said in the same words whomever it is about, and however many: from them nothing about a patient can be learnt. */
function rulesChanged({ defaultLanguage }: Services, call: Call): string {
  const language = chooseLanguage(headerOf(call, 'accept-language'), defaultLanguage);
  const about = { type: '', id: '', versionId: 0 };
  return operationOutcome([noticeIssue('export-rules-changed', about, language)], language);
}

function lineFor(version: StoredVersion, { elements }: Asked, { baseUrl }: Services): ['output' | 'deleted', Buffer] {
  const { type, id, deleted } = version;
  if (!deleted) {
    const content = withAbsoluteAttachments(type, version.content, baseUrl);
    return ['output', lineOf({ type, content }, elements)];
  }
  const entry = [{ request: { method: 'DELETE', url: `${type}/${id}` } }];
  return ['deleted', Buffer.from(`${JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry })}\n`)];
}
