/** The life of the trail, by the hand of an operator: periods that leave, keys that are destroyed. docs/decisions/0043-life-of-the-trail.md */
import type { Sql } from '@dhp/postgres';
import { openSealer, pseudonymOf, type TrailKeys } from '@dhp/trail';
import type { ArchivedListed } from '@dhp/trail/lists';
import {
  leavesOf,
  rangesOf,
  readActs,
  type Removal,
  removalsOf,
  signAct,
  type SignedAct,
  type TrailAct,
} from '@dhp/trail/acts';
import { selectRecords, type Place, type RecordRow } from './statements/audit-heads.ts';
import {
  deleteKeysOfMonth,
  deleteKeysOfPatient,
  dropPart,
  insertAct,
  lockLife,
  selectActs,
  selectHeadsOver,
  selectParts,
  selectUnderHead,
  sizeOfPart,
  type Part,
} from './statements/audit-life.ts';
import { insertRecords } from './statements/audit-records.ts';
import { isPatientHeld, lockHolds } from './statements/legal-holds.ts';
import { selectListedOf } from './statements/patient-lists.ts';
import type { Session } from './statements/session.ts';
import { coverAll } from './trail-store.ts';

/** The means, time, person and reason of an action on the trail. */
export interface LifeMeans {
  /** The owner of the tables. */
  readonly sql: Sql;
  readonly keys: TrailKeys;
  readonly now: number;
  readonly by: string;
  readonly reason: string;
}

/** Nothing was done: the message gives the reason. */
export class TrailActRefused extends Error {
  override name = 'TrailActRefused';
}

export interface Period {
  /** Its first day. */
  readonly month: string;
  /** here: in the database. leaving: its removal was signed, and has not ended. archived: in a file. ended: gone. */
  readonly state: 'here' | 'leaving' | 'archived' | 'ended';
  readonly archive: NonNullable<Removal['archive']> | undefined;
}

/** All periods that there are or were, the oldest first. */
export async function periodsOf(sql: Session, keys: Pick<TrailKeys, 'verifying'>): Promise<Period[]> {
  const { acts } = await actsSoFar(sql, keys);
  const destroyed = new Set(acts.flatMap((act) => (act.kind === 'destruction' ? (act.month ?? []) : [])));
  const removals = new Map(acts.flatMap((act) => (act.kind === 'removal' ? [[act.month, act] as const] : [])));
  const here = new Set((await selectParts(sql)).map(({ month }) => month));
  return [...new Set([...removals.keys(), ...here])].sort().map((month) => {
    const removal = removals.get(month);
    const gone = destroyed.has(month) ? 'ended' : removal?.archive === undefined ? 'leaving' : 'archived';
    return {
      month,
      state: removal === undefined ? 'here' : here.has(month) ? 'leaving' : gone,
      archive: removal?.archive,
    };
  });
}

/** Whether a period may leave: its month, and the one behind it, are over. */
export function mayLeave(month: string, now: number): boolean {
  const date = new Date(now);
  return Date.parse(month) < Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - 1, 1);
}

/**
 * Takes the records of a period out of the database, while servers write. An interrupted removal is continued.
 * @param o.archive writes them to a file first, and returns its description
 * @throws TrailActRefused if the period may not leave, or is not covered by heads yet
 */
export async function removePeriod(
  means: LifeMeans,
  o: {
    readonly month: string;
    readonly archive?: (
      records: AsyncIterable<RecordRow>,
      count: number,
      listed: AsyncIterable<ArchivedListed>,
    ) => Promise<NonNullable<Removal['archive']>>;
  },
): Promise<{ readonly records: number }> {
  const { sql, keys, now } = means;
  const { month } = o;
  if (!mayLeave(month, now))
    throw new TrailActRefused(`${month.slice(0, 7)} is too young: it and the month behind it must be over.`);
  const part = await partOf(sql, month);
  if (part === undefined) return { records: 0 };
  const begun = (await actsSoFar(sql, keys)).acts.find((act) => act.kind === 'removal' && act.month === month) as
    Removal | undefined;
  const removal = begun ?? (await signRemoval(means, part, o.archive));
  // The lists first: a continued removal then still finds the records.
  const lists = (await selectParts(sql, 'audit_listed')).find((each) => each.month === month);
  if (lists !== undefined) await dropPart(sql, lists, 'audit_listed');
  await dropPart(sql, (await partOf(sql, month)) ?? part);
  return { records: removal.records };
}

/** The part of the trail that has the records of a month, where that is in the database. */
export async function partOf(sql: Session, month: string): Promise<Part | undefined> {
  return (await selectParts(sql)).find((each) => each.month === month);
}

async function signRemoval(
  means: LifeMeans,
  { table, month }: Part,
  archive: Parameters<typeof removePeriod>[1]['archive'],
): Promise<Removal> {
  const { sql, keys, now } = means;
  await coverAll(sql, keys, now);
  const { records, isCovered } = await sizeOfPart(sql, table);
  if (!isCovered)
    throw new TrailActRefused(
      `Records of ${month.slice(0, 7)} are not under a signed head yet: a transaction has been open all the time. Try again.`,
    );
  const kept = await archive?.(recordsOfPart(sql, table), records, listedOfMonth(sql, month));
  return sql.begin(async (session) => {
    await lockLife(session);
    const { acts, signed } = await actsSoFar(session, keys);
    const heads = await headsOf(session, { table, month }, acts);
    const removal: Removal = { kind: 'removal', month, records, ...heads, ...(kept && { archive: kept }), made: now };
    const action = kept === undefined ? 'period-removed' : 'period-archived';
    await storeAct(session, means, { act: removal, signed }, action, {
      month: month.slice(0, 7),
      count: records,
      file: kept?.file,
    });
    return removal;
  });
}

/** Records that are read at a time. */
const pageSize = 5_000;
const headsAtATime = 5_000;

/** @param range behind which record it begins, and the last one */
export async function* recordsOfPart(
  sql: Sql,
  table: string | undefined,
  range: { readonly after: Place | undefined; readonly upTo: Place | undefined } = {
    after: undefined,
    upTo: undefined,
  },
): AsyncGenerator<RecordRow> {
  for (let { after } = range; ;) {
    const page = await selectRecords(sql, { after, upTo: range.upTo, limit: pageSize, table });
    yield* page;
    after = page.at(-1);
    if (page.length < pageSize) return;
  }
}

async function* listedOfMonth(sql: Sql, month: string): AsyncGenerator<ArchivedListed> {
  for (let after: ArchivedListed | undefined; ;) {
    const page = await selectListedOf(sql, month, after, pageSize);
    yield* page;
    after = page.at(-1);
    if (page.length < pageSize) return;
  }
}

async function headsOf(
  sql: Session,
  { table, month }: Pick<Part, 'table' | 'month'>,
  acts: readonly TrailAct[],
): Promise<Pick<Removal, 'whole' | 'mixed'>> {
  const removals = removalsOf(acts);
  const whole: number[] = [];
  const mixed: Removal['mixed'][number][] = [];
  for (let after = 0; ;) {
    const heads = await selectHeadsOver(sql, { table, after, limit: headsAtATime });
    for (const { position, records, ofPart } of heads) {
      if (ofPart === records) whole.push(position);
      else if (ofPart > 0) {
        const gone = removals.of(position).map((each) => each.gone);
        const under = await selectUnderHead(sql, { position, month });
        const all = leavesOf(
          records,
          under.map(({ digest }) => digest),
          gone,
        );
        if (all === undefined)
          throw new TrailActRefused(`Records under the head ${String(position)} are not whole: see dhp audit verify.`);
        const own = new Set(under.filter(({ isOfPart }) => isOfPart).map(({ digest }) => digest));
        const leaves = all.flatMap((digest, place) =>
          own.has(digest) ? [[place, digest.toString('base64')] as const] : [],
        );
        mixed.push({ position, leaves });
      }
    }
    if (heads.length < headsAtATime) return { whole: rangesOf(whole), mixed };
    after = heads.at(-1)!.position;
  }
}

/**
 * Destroys the keys of a removed period: data sealed with them can no longer be read, not even in an archive.
 * @throws TrailActRefused while its records are in the database
 */
export function destroyKeysOfPeriod(means: LifeMeans, month: string): Promise<{ readonly keys: number }> {
  const { sql, keys, now } = means;
  return sql.begin(async (session) => {
    await lockLife(session);
    if ((await partOf(session, month)) !== undefined)
      throw new TrailActRefused(`The records of ${month.slice(0, 7)} are still there.`);
    const count = await deleteKeysOfMonth(session, month);
    const { signed } = await actsSoFar(session, keys);
    const act = { kind: 'destruction', month, made: now } as const;
    await storeAct(session, means, { act, signed }, 'period-keys-destroyed', { month: month.slice(0, 7), count });
    return { keys: count };
  });
}

/**
 * Destroys all existing keys of a patient: data sealed with them can no longer be read, and the pseudonyms can no longer be linked to the
 * patient. No record is changed. @throws TrailActRefused under a legal hold
 */
export function destroyKeysOfPatient(means: LifeMeans, patient: string): Promise<{ readonly keys: number }> {
  return means.sql.begin(async (session) => {
    await lockLife(session);
    return destroyKeysIn(session, means, patient);
  });
}

/** As `destroyKeysOfPatient`, in a transaction that has locked the life of the trail. */
export async function destroyKeysIn(
  session: Session,
  means: LifeMeans,
  patient: string,
): Promise<{ readonly keys: number }> {
  const { keys, now } = means;
  await lockHolds(session, 'to go by');
  if (await isPatientHeld(session, patient))
    throw new TrailActRefused(`A legal hold keeps what is recorded of Patient/${patient}: dhp hold list shows it.`);
  const destroyed = await deleteKeysOfPatient(session, pseudonymOf(keys, patient));
  if (destroyed.length === 0) return { keys: 0 };
  const { signed } = await actsSoFar(session, keys);
  const act = { kind: 'destruction', keys: destroyed, made: now } as const;
  await storeAct(session, means, { act, signed }, 'patient-keys-destroyed', { count: destroyed.length });
  return { keys: destroyed.length };
}

/** The action codes in the trail for acts that destroy nothing. */
const actions: ReadonlyMap<string, string> = new Map([
  ['trail-exported', 'R'],
  ['archive-read', 'R'],
  ['period-archived', 'E'],
  ['hold-set', 'C'],
  ['hold-lifted', 'U'],
  ['retention-set', 'U'],
  ['retention-removed', 'U'],
  ['purge-refused', 'U'],
]);

/** An act of an operator, for the trail. */
interface Done {
  readonly interaction: string;
  /** In clear: nothing that identifies a patient. */
  readonly told: Readonly<Record<string, unknown>>;
  /** `Type/id` or a type, which is sealed; of a Patient it is a record of that patient. */
  readonly about?: string | undefined;
}

/** Records an act, with its person and reason. */
export async function recordDone(
  sql: Session,
  { keys, now, by, reason }: LifeMeans,
  { interaction, told, about }: Done,
): Promise<void> {
  const action = actions.get(interaction) ?? 'D';
  const content = { ...told, interaction, action, type: 'AuditEvent', outcome: 'success', operator: by };
  const [, patient] = /^Patient\/(.+)$/.exec(about ?? '') ?? [];
  const sealed = { why: reason, ...(about !== undefined && { about }) };
  await insertRecords(sql, [openSealer(keys).row({ recorded: now, patient, content, sealed })]);
}

/** The statements so far, decoded and as signed. @throws TrailActRefused if one does not match its signature */
export async function actsSoFar(
  sql: Session,
  keys: Pick<TrailKeys, 'verifying'>,
): Promise<{ readonly acts: readonly TrailAct[]; readonly signed: readonly SignedAct[] }> {
  const signed = await selectActs(sql);
  const acts = readActs(keys.verifying, signed);
  if (acts === undefined)
    throw new TrailActRefused(
      'The statements of what was done to the trail are not as they were signed: see dhp audit verify.',
    );
  return { acts, signed };
}

/** Stores an act with the record of it, which is the proof that is in the chain. */
export async function storeAct(
  session: Session,
  means: LifeMeans,
  { act, signed }: { readonly act: TrailAct; readonly signed: readonly SignedAct[] },
  interaction: string,
  told: Readonly<Record<string, unknown>>,
): Promise<void> {
  await insertAct(session, signAct(means.keys.signing, act, signed), signed.length + 1);
  await recordDone(session, means, { interaction, told: { act: signed.length + 1, ...told } });
}
