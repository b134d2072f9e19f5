/** Verifies the trail of an environment, as one snapshot sees it. */
import type { Sql } from '@dhp/postgres';
import {
  type ArchivedRecord,
  createVerifier,
  isKeyOf,
  type RecordToVerify,
  type TrailKeys,
  type TrailReport,
} from '@dhp/trail';
import { listIn } from '@dhp/trail/lists';
import { readActs } from '@dhp/trail/acts';
import type { KeptHead } from '@dhp/trail/heads';
import { hashOfList } from './patient-lists.ts';
import { inSnapshot, selectHeads, selectRecords, type Place, type RecordRow } from './statements/audit-heads.ts';
import { selectActs, selectKeys, selectParts } from './statements/audit-life.ts';
import type { Session } from './statements/session.ts';

/** Records that are read at a time. */
const pageSize = 5_000;
const headsAtATime = 100;

/**
 * Reads the whole trail again, in a time that grows with its length and not faster.
 * @param o.kept heads that were kept outside the database; o.archives the records of periods that left, by their months, in the order of the chain
 */
export function verifyTrail(
  sql: Sql,
  keys: Pick<TrailKeys, 'digests' | 'verifying' | 'wrapping'>,
  o: {
    readonly kept?: readonly KeptHead[];
    readonly archives?: ReadonlyMap<string, AsyncIterable<ArchivedRecord>>;
    readonly onProgress?: (records: number) => void;
  } = {},
): Promise<TrailReport> {
  return inSnapshot(sql, async (session) => {
    const here = new Set((await selectParts(session)).map(({ month }) => month));
    const archives = [...(o.archives ?? [])].filter(([month]) => !here.has(month));
    const archived = new Set(archives.map(([month]) => month));
    const acts = await selectActs(session);
    const verifier = createVerifier(keys, { kept: o.kept, acts, archived });
    const sources = archives.map(([, records]) => ahead(records));
    const known = knownKeys(session, keys);
    const leaving = (readActs(keys.verifying, acts) ?? []).flatMap((act) =>
      act.kind === 'removal' ? [act.month] : [],
    );
    const lists = storedLists(session, new Set([...here].filter((month) => !leaving.includes(month))));
    let done = 0;
    const read = async (after: Place | undefined, upTo: Place | undefined): Promise<RecordToVerify[]> => {
      const rows = await rowsUpTo(session, after, upTo);
      let all = rows;
      for (const source of sources) all = inOrder(all, await source.upTo(upTo));
      o.onProgress?.((done += all.length));
      return lists.of(await known.of(all));
    };
    let place: Place | undefined;
    for (let position = 0; ;) {
      const heads = await selectHeads(session, position, headsAtATime);
      for (const head of heads) {
        verifier.part(head, await read(place, head));
        place = head;
        position = head.position;
      }
      if (heads.length === 0) break;
    }
    verifier.part(undefined, await read(place, undefined));
    return verifier.report();
  });
}

async function rowsUpTo(session: Session, from: Place | undefined, upTo: Place | undefined): Promise<RecordRow[]> {
  const all: RecordRow[] = [];
  for (let after = from; ; after = all.at(-1)) {
    const page = await selectRecords(session, { after, upTo, limit: pageSize });
    for (const record of page) all.push(record);
    if (page.length < pageSize) return all;
  }
}

/** Keys whose ids are remembered. */
const mostKnown = 200_000;

/** Says of records whether their keys are there: each is looked up and opened once, as long as it is remembered. */
function knownKeys(
  session: Session,
  keys: Pick<TrailKeys, 'wrapping'>,
): { of(records: readonly RecordRow[]): Promise<RecordToVerify[]> } {
  let good = new Set<string>();
  return {
    async of(records) {
      if (good.size > mostKnown) good = new Set();
      const unknown = [...new Set(records.map(({ keyId }) => keyId))].filter((id) => !good.has(id));
      for (const { id, sealed } of await selectKeys(session, unknown)) if (isKeyOf(keys, id, sealed)) good.add(id);
      return records.map((record) => ({ ...record, hasKey: good.has(record.keyId) }));
    },
  };
}

/** Says of records that name lists of patients whether these are there as they are named. Those of a period that left have left with it. */
function storedLists(
  session: Session,
  months: ReadonlySet<string>,
): { of(records: RecordToVerify[]): Promise<RecordToVerify[]> } {
  return {
    async of(records) {
      for (const [n, record] of records.entries()) {
        const list = listIn(record.content);
        if (list === undefined || !months.has(list.month)) continue;
        const { patients, sha256 } = await hashOfList(session, list);
        if (patients !== list.patients || sha256 !== list.sha256) records[n] = { ...record, hasOtherList: true };
      }
      return records;
    },
  };
}

/** Records of a file, as far as they are asked for. */
function ahead(records: AsyncIterable<ArchivedRecord>): { upTo(place: Place | undefined): Promise<ArchivedRecord[]> } {
  const source = records[Symbol.asyncIterator]();
  let next: IteratorResult<ArchivedRecord> | undefined;
  return {
    async upTo(place) {
      const found: ArchivedRecord[] = [];
      for (;;) {
        next ??= await source.next();
        if (next.done === true || (place !== undefined && isBehind(next.value, place))) return found;
        found.push(next.value);
        next = undefined;
      }
    },
  };
}

/** Two lists that are in order, as one. */
function inOrder(a: RecordRow[], b: readonly RecordRow[]): RecordRow[] {
  if (b.length === 0) return a;
  if (a.length === 0) return [...b];
  const all: RecordRow[] = [];
  for (let [m, n] = [0, 0]; m < a.length || n < b.length;) {
    const takesFirst = n === b.length || (m < a.length && !isBehind(a[m]!, b[n]!));
    all.push(takesFirst ? a[m++]! : b[n++]!);
  }
  return all;
}

function isBehind(a: Place, b: Place): boolean {
  const [first, second] = [BigInt(a.transactionId), BigInt(b.transactionId)];
  return first === second ? BigInt(a.id) > BigInt(b.id) : first > second;
}
