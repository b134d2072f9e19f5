/** Asserts, for every suite that writes, that the index agrees with the current bodies. */
import assert from 'node:assert/strict';
import { typeName } from '@dhp/fhir-model';
import type { JsonResource } from '@dhp/fhir-search';
import { type OwnDefinition, ownParameters } from '@dhp/fhir-search/parameters';
import { cutMark, hash64, keyOf, oneOfPatients, referenceText } from '@dhp/search-index/keys';
import { indexRow, indexVersion } from '@dhp/search-index/rows';
import { connect, type Session } from '@dhp/postgres';
import { sessionOn } from '../src/statements/index-tables.ts';

/** The rows of each resource, `Type/<id>`, as sorted texts that begin with the name of their table. */
type Rows = Map<string, string[]>;

/**
 * The index tables that are searched hold the rows of every current resource and no others, and every word of them is stored. Reads everything:
 * for small databases.
 */
export async function assertIndexWhole(url: string, ownBases: readonly string[] = []): Promise<void> {
  const pool = connect(url, { max: 1 });
  try {
    const [state] = await pool<{ version: number; second: boolean }[]>`select version, second from fhir.index_state`;
    const sql = sessionOn(pool, state?.second === true ? 'b' : 'a');
    const { rows, words } = await expected(sql, ownBases, state?.version ?? indexVersion);
    const found = await stored(sql);
    for (const [name, texts] of rows) assert.deepEqual(found.get(name) ?? [], texts, `index rows of ${name}`);
    for (const [name, texts] of found) if (!rows.has(name)) assert.deepEqual(texts, [], `${name} is not current`);
    const lost = await sql`
      select p.rid, p.v from fhir.str p where p.part and not exists (
        select from fhir.str w where w.rid = p.rid and w.shard = p.shard and not w.part and position(rtrim(p.v, ${cutMark}) in w.v) > 0)`;
    assert.deepEqual([...lost], [], 'parts of strings without their whole');
    assert.deepEqual(
      [...(await wrongPatients(sql))],
      [],
      'versions beside which another patient is noted than in the index',
    );
    const known = await sql`
      select key, parameter, v from fhir.word union all select key, 0, '' from fhir.contained
      union all select key, 0, '' from fhir.boundary`.values();
    for (const word of known) words.delete(word.join(' '));
    assert.deepEqual([...words], [], 'words that are not stored');
  } finally {
    await pool.end();
  }
}

/**
 * Current versions with another noted patient than in the index. Resources of no patient or of several have no note, and those moved between nodes may
 * have none; notes of earlier versions are ignored.
 */
function wrongPatients(sql: Session): PromiseLike<readonly unknown[]> {
  return sql`
    select r.ty, r.id, r.ver, r.pat, r.pat_of, s.pat as searched
    from fhir.resource r left join fhir.search s on s.rid = r.rid and s.shard = r.shard
    where r.pat_of & 4294967295 = r.ver and (r.deleted or s.rid is not null and r.pat is distinct from s.pat)`.values();
}

/** Returns the rows and terms of the bodies, computed by the function of the store and without its other work. */
async function expected(
  sql: Session,
  ownBases: readonly string[],
  version: number,
): Promise<{ rows: Rows; words: Set<string> }> {
  const rows: Rows = new Map();
  const words = new Set<string>();
  const definitions = await sql<{ definition: string }[]>`select definition from fhir.own_parameter order by rid`;
  const own = ownParameters(
    0,
    definitions.map((row) => ({ id: '', definition: JSON.parse(row.definition) as OwnDefinition, unready: undefined })),
  );
  const bodies = await sql<{ ty: number; id: string; shard: number; content: string }[]>`
    select ty, id, shard, content from fhir.resource where not deleted`;
  for (const { ty, id, shard, content } of bodies) {
    const name = `${typeName(ty)!}/${id}`;
    const row = indexRow(JSON.parse(content) as JsonResource, { timeZone: 'Asia/Tashkent', ownBases, own });
    const patients = row.patients.map((patient) => referenceText('Patient', patient));
    const pat = patients.length === 1 ? hash64(patients[0]!) : null;
    const several = patients.length > 1 ? patients.map((patient) => keyOf(oneOfPatients, patient)) : [];
    const { low, high } = row.mainDate ?? { low: -Infinity, high: -Infinity };
    const long = high - low > day ? true : null;
    const strings = row.strings.filter(({ text }) => text !== '');
    const postings = [
      ...row.postings.map(({ key, system }) => ['tok', shard, key, system]),
      ...row.numbers.filter(({ posted }) => posted).map(({ key, low, high }) => ['num', shard, key, low, high]),
      ...row.dates.map((date) => ['date', shard, date.key, date.low, date.high]),
      ...strings.filter(({ posted }) => posted).map(({ key, text }) => ['str', shard, key, plain(text)]),
    ];
    const unposted = strings.filter(({ posted }) => !posted);
    const texts = [
      ['search', shard, ty, version, hash64(name), pat, low, high, long, row.present],
      ...row.numbers.map(({ key, low, high }) => ['number', key, low, high]),
      ...[...row.keys, ...several].map((key) => ['keys', key]),
      ...postings.map((posting) => ['search', ...(posting[0] === 'tok' ? posting.slice(0, 3) : posting)]),
      ...unposted.map(({ key, text }) => ['search', 'str', shard, key, plain(text)]),
      ...postings.map((posting) => (posting[0] === 'tok' ? [...posting, low, long] : posting)),
    ];
    rows.set(name, texts.map(String).sort());
    for (const { key, parameter, text } of row.words) words.add(`${key} ${parameter} ${plain(text)}`);
  }
  return { rows, words };
}

async function stored(sql: Session): Promise<Rows> {
  const names = new Map<string, string>();
  for (const [rid, ty, id] of await sql`select rid, ty, id from fhir.identity`.values()) {
    names.set(rid as string, `${typeName(ty as number)!}/${id as string}`);
  }
  const rows: Rows = new Map();
  const add = (table: string, found: readonly unknown[][]): void => {
    for (const [rid, ...values] of found) {
      const name = names.get(rid as string) ?? `row ${rid as string}`;
      if (!rows.has(name)) rows.set(name, []);
      rows.get(name)!.push(String([table, ...values]));
    }
  };
  const ms = (column: string): ReturnType<Session> => sql`round(date_part('epoch', ${sql.unsafe(column)}) * 1000)`;
  add(
    'search',
    await sql`select rid, shard, ty, version, own, pat, ${ms('dt')}, ${ms('hi')}, long, has from fhir.search`.values(),
  );
  add('keys', await sql`select rid, unnest(keys) from fhir.search`.values());
  add('search,tok', await sql`select rid, shard, unnest(keys[1:tn]) from fhir.search`.values());
  const withHigh = sql`coalesce(n.hi, n.lo)`;
  add(
    'number',
    await sql`select s.rid, n.key, n.lo, ${withHigh} from fhir.search s, unnest(s.nk, s.nlo, s.nhi) as n (key, lo, hi)`.values(),
  );
  add(
    'search,num',
    await sql`select s.rid, s.shard, n.key, n.lo, ${withHigh}
      from fhir.search s, unnest(s.nk[1:s.np], s.nlo[1:s.np], s.nhi[1:s.np]) as n (key, lo, hi)`.values(),
  );
  add(
    'search,date',
    await sql`select rid, shard, unnest(dk), ${ms('unnest(dlo)')}, ${ms('unnest(dhi)')} from fhir.search`.values(),
  );
  add('search,str', await sql`select rid, shard, unnest(sk), unnest(sv) from fhir.search`.values());
  add('tok', await sql`select rid, shard, key, sys, ${ms('dt')}, long from fhir.tok`.values());
  add('num', await sql`select rid, shard, key, lo, coalesce(hi, lo) from fhir.num`.values());
  add('date', await sql`select rid, shard, key, ${ms('lo')}, ${ms('hi')} from fhir.date`.values());
  add('str', await sql`select rid, shard, key, v from fhir.str`.values());
  for (const texts of rows.values()) texts.sort();
  return rows;
}

const day = 86_400_000;

/** As the index holds a text: PostgreSQL refuses NUL, and two other control characters separate columns on their way. */
function plain(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, (found) => (found < ' ' ? ' ' : found));
}
