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
const pageSize = 2_000;
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
    const source = storedRecords(session);
    const sources = archives.map(([, records]) => ahead(records));
    const known = knownKeys(session, keys);
    const leaving = (readActs(keys.verifying, acts) ?? []).flatMap((act) =>
      act.kind === 'removal' ? [act.month] : [],
    );
    const lists = storedLists(session, new Set([...here].filter((month) => !leaving.includes(month))));
    let done = 0;
    /** Gives all up to a place to the verifier, some at a time. */
    const look = async (upTo: Place | undefined): Promise<void> => {
      for (let isAll = false; !isAll;) {
        const page = await source.upTo(upTo);
        isAll = page.isAll;
        let all = page.records;
        for (const archive of sources) all = inOrder(all, await archive.upTo(isAll ? upTo : all.at(-1)));
        if (all.length === 0) continue;
        verifier.records(await lists.of(await known.of(all)));
        o.onProgress?.((done += all.length));
      }
    };
    for (let position = 0; ;) {
      const heads = await selectHeads(session, position, headsAtATime);
      for (const head of heads) {
        await look(head);
        verifier.head(head);
        position = head.position;
      }
      if (heads.length === 0) break;
    }
    await look(undefined);
    return verifier.report();
  });
}

/** The records of the database in their order, a page at a time whatever the heads cover. */
function storedRecords(session: Session): {
  /** The next records up to a place, and whether these are all up to there. */
  upTo(place: Place | undefined): Promise<{ readonly records: RecordRow[]; readonly isAll: boolean }>;
} {
  let page: RecordRow[] = [];
  let [at, isLast] = [0, false];
  return {
    async upTo(place) {
      if (at === page.length && !isLast) {
        page = await selectRecords(session, { after: page.at(-1), upTo: undefined, limit: pageSize });
        [at, isLast] = [0, page.length < pageSize];
      }
      const end = place === undefined ? page.length : endOf(page, at, place);
      const records = page.slice(at, end);
      at = end;
      return { records, isAll: end < page.length || isLast };
    },
  };
}

/** The end of the records up to a place, among those from `from` on. */
function endOf(page: readonly RecordRow[], from: number, place: Place): number {
  let [low, high] = [from, page.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBehind(page[middle]!, place)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Keys whose ids are remembered. */
const mostKnown = 200_000;

/** Adds to records whether their keys exist: each key is looked up and opened once while it is cached. */
function knownKeys(
  session: Session,
  keys: Pick<TrailKeys, 'wrapping'>,
): { of(records: RecordRow[]): Promise<RecordToVerify[]> } {
  let good = new Set<string>();
  return {
    async of(records) {
      if (good.size > mostKnown) good = new Set();
      const unknown = new Set<string>();
      for (const { keyId } of records) if (!good.has(keyId)) unknown.add(keyId);
      for (const { id, sealed } of await selectKeys(session, [...unknown])) if (isKeyOf(keys, id, sealed)) good.add(id);
      // Nobody else has these objects: a new object for each takes longer than to look its key up.
      const looked = records as (RecordRow & { hasKey: boolean })[];
      for (const record of looked) record.hasKey = good.has(record.keyId);
      return looked;
    },
  };
}

/** Adds to records with lists of patients whether these are stored as named. The lists of a removed period were removed with it. */
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

/** Records of a file, read on demand. */
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
