/** Ways to corrupt a database, each with the expected findings. */
import { typeNumber } from '@dhp/fhir-model';
import type { Sql } from '@dhp/postgres';
import type { FindingKind } from '../src/verify/finding.ts';

/** The resource that is corrupted: in its third version, with a search row. */
export interface Victim {
  readonly rid: string;
  readonly shard: number;
  readonly ty: number;
  readonly own: string;
  /** Tables of postings with rows of it. */
  readonly posted: readonly string[];
  readonly hasCare: boolean;
}

export interface Corruption {
  readonly name: string;
  readonly types: readonly string[];
  readonly make: (sql: Sql, victim: Victim) => Promise<unknown>;
  /** Kinds of findings that name the resource, each as often as it is found. */
  readonly found: (victim: Victim) => readonly FindingKind[];
  /** Findings that cannot name it. */
  readonly unnamed?: (victim: Victim) => readonly FindingKind[];
}

const all = ['Patient', 'Observation', 'Encounter', 'Consent', 'List', 'Practitioner'];
const observationNumber = typeNumber('Observation')!;
const consentNumber = typeNumber('Consent')!;
const postings = ['tok', 'num', 'date', 'str'] as const;
/** A type that has rows in each of them. */
const typeWith = { tok: 'Observation', num: 'Observation', date: 'Patient', str: 'Patient' } as const;

/** The first posting of a resource; of a table in partitions, a place in one is one in each. */
const firstOf = (sql: Sql, table: string, rid: string): ReturnType<Sql> =>
  sql`select tableoid, ctid from ${sql.unsafe(`fhir.${table}`)} where rid = ${rid} order by ctid limit 1`;

const posted = ({ posted: tables }: Victim): FindingKind[] => tables.map(() => 'posting-stray');
const only =
  (...kinds: FindingKind[]): Corruption['found'] =>
  () =>
    kinds;

const stored: readonly Corruption[] = [
  {
    ...{ name: 'content of another version', types: all, found: only('content') },
    make: (sql, { rid }) =>
      sql`update fhir.resource set content = replace(content, '"versionId":"3"', '"versionId":"4"') where rid = ${rid}`,
  },
  {
    ...{ name: 'content cut off', types: all, found: only('content') },
    make: (sql, { rid }) => sql`update fhir.resource set content = left(content, 40) where rid = ${rid}`,
  },
  {
    ...{ name: 'content of another id in the history', types: all, found: only('content') },
    make: (sql, { rid }) =>
      sql`update fhir.history set content = replace(content, '"id":"', '"id":"x') where rid = ${rid} and ver = 1`,
  },
  {
    ...{ name: 'a directory without it', types: all, found: only('directory') },
    make: (sql, { rid, ty }) => sql`delete from fhir.identity where rid = ${rid} and ty = ${ty}`,
  },
  {
    ...{ name: 'a directory that leads elsewhere', types: all, found: only('directory', 'lost') },
    make: (sql, { rid, ty }) => sql`update fhir.identity set shard = shard + 1 where rid = ${rid} and ty = ${ty}`,
  },
  {
    ...{ name: 'a lost resource', types: all, found: only('lost') },
    unnamed: ({ hasCare, ty }) => [
      ...(['version-stray', 'version-stray', 'index-stray'] as const),
      ...(hasCare ? (['care-stray'] as const) : []),
      ...(ty === consentNumber ? (['consent-stray'] as const) : []),
      ...(ty === observationNumber ? (['label-stray'] as const) : []),
      'text-stray',
    ],
    make: (sql, { rid }) => sql`delete from fhir.resource where rid = ${rid}`,
  },
  ...[1, 2].map((ver): Corruption => ({
    ...{ name: `no version ${String(ver)}`, types: all, found: only('version-missing') },
    make: (sql, { rid }) => sql`delete from fhir.history where rid = ${rid} and ver = ${ver}`,
  })),
  {
    ...{ name: 'a version behind the current one', types: all },
    found: ({ hasCare }) => ['version-stray', 'version-missing', ...(hasCare ? (['care'] as const) : [])],
    make: (sql, { rid }) => sql`
      insert into fhir.history (rid, ver, shard, ty, deleted, upd, txid, content)
      select rid, 5, shard, ty, true, now(), txid, '' from fhir.resource where rid = ${rid}`,
  },
  {
    ...{
      name: 'a transaction before that of the version before',
      types: all,
      found: only('version-order', 'text-differs'),
    },
    make: (sql, { rid }) =>
      sql`update fhir.resource set txid = (select (txid::text::bigint - 1)::text::xid8 from fhir.history where rid = ${rid} and ver = 2) where rid = ${rid}`,
  },
  {
    ...{ name: 'a transaction of the future', types: all, found: only('version-order') },
    make: (sql, { rid }) => sql`update fhir.resource set txid = '900000000000'::xid8 where rid = ${rid}`,
  },
  {
    ...{
      name: 'a version of another type',
      types: all,
      found: only('version-order', 'version-order', 'version-stray', 'content'),
    },
    make: (sql, { rid }) => sql`update fhir.history set ty = ty + 1 where rid = ${rid} and ver = 2`,
  },
  {
    name: 'another shard',
    types: ['Observation', 'Practitioner'],
    found: () => ['placement', 'index-missing', 'text-differs'],
    unnamed: only('index-stray'),
    make: async (sql, { rid, ty }) => {
      await sql`update fhir.resource set shard = shard + 1 where rid = ${rid}`;
      await sql`update fhir.history set shard = shard + 1 where rid = ${rid}`;
      await sql`update fhir.identity set shard = shard + 1 where rid = ${rid} and ty = ${ty}`;
    },
  },
];

const indexed: readonly Corruption[] = [
  {
    ...{ name: 'no index row', types: all, found: (victim) => ['index-missing', ...posted(victim)] },
    make: (sql, { rid }) => sql`delete from fhir.search where rid = ${rid}`,
  },
  ...['own = own + 1', 'has = has + 1', 'version = version - 1', 'pat = coalesce(pat, 0) + 1', 'hi = now()'].map(
    (change): Corruption => ({
      ...{ name: `an index row with ${change}`, types: all, found: only('index-differs') },
      make: (sql, { rid }) => sql`update fhir.search set ${sql.unsafe(change)} where rid = ${rid}`,
    }),
  ),
  {
    ...{ name: 'another patient beside the version', types: all.filter((type) => type !== 'Practitioner') },
    found: only('index-differs'),
    make: (sql, { rid }) => sql`update fhir.resource set pat = pat + 1 where rid = ${rid}`,
  },
  {
    ...{ name: 'an index row without a key', types: all, found: only('index-differs') },
    // The last one is not posted.
    make: (sql, { rid }) => sql`update fhir.search set keys = keys[:cardinality(keys) - 1] where rid = ${rid}`,
  },
  ...postings.map((table): Corruption => ({
    ...{ name: `a posting less in ${table}`, types: [typeWith[table]], found: only('posting-differs') },
    make: (sql, { rid }) =>
      sql`delete from ${sql.unsafe(`fhir.${table}`)} where (tableoid, ctid) in (${firstOf(sql, table, rid)})`,
  })),
  {
    ...{ name: 'a posting of another system', types: ['Observation'], found: only('posting-differs') },
    make: (sql, { rid }) =>
      sql`update fhir.tok set sys = sys + 1 where (tableoid, ctid) in (${firstOf(sql, 'tok', rid)})`,
  },
  ...postings.map((table): Corruption => ({
    ...{ name: `a posting more in ${table}`, types: [typeWith[table]], found: only('posting-stray') },
    make: (sql, { rid, shard }) => {
      const more = {
        tok: sql`insert into fhir.tok (key, dt, rid, shard, sys) values (1, now(), ${rid}, ${shard}, 1)`,
        num: sql`insert into fhir.num (key, lo, rid, shard) values (1, 1, ${rid}, ${shard})`,
        date: sql`insert into fhir.date (key, lo, hi, rid, shard) values (1, now(), now(), ${rid}, ${shard})`,
        str: sql`insert into fhir.str (key, v, rid, shard) values (1, 'x', ${rid}, ${shard})`,
      };
      return more[table];
    },
  })),
  {
    ...{ name: 'a row of nobody', types: ['Patient'], found: only(), unnamed: only('index-stray') },
    make: (sql) => sql`insert into fhir.search (rid, shard, ty, version, own) values (800000000, 1, 1, 1, 1)`,
  },
  {
    ...{ name: 'a word that is gone', types: ['Observation'], found: only('word-missing') },
    make: (sql, { rid }) =>
      sql`delete from fhir.word where v = 'display of ' || (select lower(id) from fhir.resource where rid = ${rid})`,
  },
  {
    ...{ name: 'a contained resource that is gone', types: ['Encounter'], found: only('word-missing') },
    make: (sql, { rid }) =>
      sql`delete from fhir.contained c using fhir.search s where s.rid = ${rid} and c.key = any(s.keys)`,
  },
];

const worded: readonly Corruption[] = [
  {
    ...{ name: 'other words', types: all, found: only('text-differs') },
    make: (sql, { rid }) => sql`update fhir.text set words = to_tsvector('simple', 'others') where rid = ${rid}`,
  },
  {
    ...{ name: 'no words', types: all, found: only('text-differs') },
    make: (sql, { rid }) => sql`delete from fhir.text where rid = ${rid}`,
  },
  {
    ...{ name: 'words of an older version', types: ['Patient'], found: only('text-differs') },
    make: (sql, { rid }) => sql`update fhir.text set txid = (txid::text::bigint - 1)::text::xid8 where rid = ${rid}`,
  },
  {
    ...{ name: 'words of nobody', types: ['Patient'], found: only(), unnamed: only('text-stray') },
    make: (sql) => sql`insert into fhir.text (rid, shard, txid, words) values (800000001, 1, '3', 'x')`,
  },
];

/** Rows of subscriptions that do not exist. */
const told: readonly Corruption[] = [
  {
    ...{ name: 'a subscription that is nowhere', types: ['Patient'], found: only() },
    unnamed: only('subscription-stray'),
    make: (sql) => sql`insert into fhir.subscription (id, ver, status) values ('nowhere', 1, 'active')`,
  },
  {
    ...{ name: 'an event of no subscription', types: ['Patient'], found: only(), unnamed: only('event-stray') },
    make: (sql) =>
      sql`insert into fhir.event (subscription, number, type, id, ver, happened) values ('never', 1, 'Patient', 'gone', 1, now())`,
  },
  {
    ...{ name: 'a lane of no subscription', types: ['Patient'], found: only(), unnamed: only('subscription-stray') },
    make: (sql) => sql`insert into fhir.lane (subscription) values ('nobody')`,
  },
  {
    ...{ name: 'the run of a server that begins in the future', types: ['Patient'], found: only() },
    unnamed: only('run-order'),
    make: (sql) => sql`update fhir.server_run set first = '900000000000'`,
  },
];

const decisive: readonly Corruption[] = [
  {
    ...{ name: 'no row of a consent', types: ['Consent'], found: only('consent') },
    make: (sql, { own }) => sql`delete from fhir.consent where own = ${own}`,
  },
  ...['whole = 0', 'until = now()', 'pat = null', 'parts = null', 'ver = ver - 1', 'national = not national'].map(
    (change): Corruption => ({
      ...{ name: `a consent with ${change}`, types: ['Consent'], found: only('consent') },
      make: (sql, { own }) => sql`update fhir.consent set ${sql.unsafe(change)} where own = ${own}`,
    }),
  ),
  {
    ...{ name: 'a consent of nobody', types: ['Consent'], found: only('consent-stray') },
    make: (sql, { rid }) => sql`
      insert into fhir.consent (own, rid, ver, national, dated, since, until, whole)
      values (${rid}, ${rid}, 1, false, now(), now(), now(), 0)`,
  },
  {
    ...{ name: 'no link of care', types: ['Encounter'], found: only('care') },
    make: (sql, { own }) => sql`delete from fhir.care_link where own = ${own}`,
  },
  ...[
    'actor = actor + 1',
    'target = target + 1',
    "until = since + interval '1 ms'",
    'ver = ver - 1',
    'subject = 7',
  ].map((change): Corruption => ({
    ...{ name: `a link of care with ${change}`, types: ['Encounter'], found: only('care') },
    make: (sql, { own }) => sql`update fhir.care_link set ${sql.unsafe(change)} where own = ${own}`,
  })),
  {
    ...{ name: 'a link of care of nobody', types: ['Encounter'], found: only('care-stray') },
    make: (sql, { rid, shard }) => sql`
      insert into fhir.care_link (rid, shard, own, kind, target, actor, since, until)
      values (${rid}, ${shard}, ${rid}, 1, 1, 1, now(), 'infinity')`,
  },
  ...[1, 3].map((ver): Corruption => ({
    ...{ name: `no label of version ${String(ver)}`, types: ['Observation'], found: only('label') },
    make: (sql, { own }) => sql`delete from fhir.label where own = ${own} and ver = ${ver}`,
  })),
  {
    ...{ name: 'another label', types: ['Observation'], found: only('label') },
    make: (sql, { own }) => sql`update fhir.label set labels = '{x}' where own = ${own} and ver = 3`,
  },
  {
    ...{ name: 'a label too many', types: ['Patient'], found: only('label') },
    make: (sql, { own, rid }) =>
      sql`insert into fhir.label (own, rid, ver, definition, labels) values (${own}, ${rid}, 3, 1, '{x}')`,
  },
  {
    ...{ name: 'a label of nobody', types: ['Patient'], found: only('label-stray') },
    make: (sql, { rid }) =>
      sql`insert into fhir.label (own, rid, ver, definition, labels) values (${rid}, ${rid}, 3, 1, '{x}')`,
  },
  {
    ...{ name: 'members that are gone', types: ['List'], found: only('label') },
    make: (sql, { own }) => sql`update fhir.label_member set members = '{}' where own = ${own}`,
  },
];

export const corruptions: readonly Corruption[] = [...stored, ...indexed, ...worded, ...told, ...decisive];
