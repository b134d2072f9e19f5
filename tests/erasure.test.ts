/**
 * The remains of an erased patient: every column of every table of both databases is searched, so that future tables are included.
 * docs/operations/retention.md#purging-what-was-deleted
 */
import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync, zstdDecompressSync } from 'node:zlib';
import { after, before, test } from 'node:test';
import { connect, databaseUrl, type Sql } from '@dhp/postgres';
import { testServer } from '@dhp/postgres/testing';
import { fhirAt, hasStatus, type Ask } from './fhir.ts';
import { getToken, openHome, type Home, type Platform } from './platform.ts';

const database = `erasure_${randomBytes(8).toString('hex')}`;
const stamp = randomBytes(5).toString('hex');
/** In letters that no other word of the databases has. */
const word = (begin: string): string =>
  begin + [...randomBytes(8)].map((byte) => 'bdgjklmnpqrstvxz'[byte % 16]).join('');
const person = {
  id: randomUUID(),
  family: `Q${word('x')}`,
  given: `Q${word('y')}`,
  pinfl: `3${String(randomBytes(6).readUIntBE(0, 6)).padStart(15, '7').slice(0, 13)}`,
  passport: `ZZ${String(randomBytes(4).readUInt32BE()).padStart(10, '8').slice(-7)}`,
  phone: `+9989${String(randomBytes(4).readUInt32BE()).padStart(10, '6').slice(-8)}`,
  street: `Q${word('z')} koʻchasi`,
  note: `Q${word('w')}`,
};

/** Tables in which data may remain, and why: each is listed in the certificate, or identifies no person. */
const kept: Readonly<Record<string, { readonly of: RegExp; readonly why: string }>> = {
  'fhir.identity': { of: /^id$/, why: 'no number of a version is given again' },
  'fhir.resource': { of: /^id$/, why: 'the row of the deletion' },
  'fhir.history': { of: /^id$/, why: 'the row of the deletion' },
  'fhir.purged_version': { of: /^id$/, why: 'the row in the place of a version' },
  'fhir.purge_item': { of: /^id$/, why: 'the request names what it was about' },
};

let admin: Sql;
let place: Home;
let platform: Platform;
let server: string;

before(async () => {
  server = await testServer();
  admin = connect(server, { max: 1 });
  await admin.unsafe(`create database ${database}`);
  const environment = {
    DHP_PRODUCTION: 'on',
    DHP_AUDIT: 'on',
    DHP_SECRET_KEY: randomBytes(32).toString('base64'),
    DATABASE_URL: databaseUrl(server, database),
  };
  place = await openHome({ serves: 'sso,fhir', commands: 'together', environment });
  platform = await place.start();
});
after(async () => {
  await place.close();
  for (const name of ['', '_sso', '_playground', '_production'])
    await admin.unsafe(`drop database if exists ${database}${name} with (force)`);
  await admin.end();
});

test('of an erased patient nothing is left but what the certificate tells', async () => {
  const sql = connect(databaseUrl(server, `${database}_production`), { max: 1 });
  try {
    const token = await getToken(platform.urls.sso, await place.createClient('production'));
    const ask = fhirAt(platform.urls.production!, token);
    const written = await live(ask);
    // Words and events are stored asynchronously. The scan below must find existing data.
    for (const name of [person.id, person.family, person.pinfl, person.note])
      assert.notDeepEqual(await found(sql, [name]), [], `${name} is stored before`);
    for (const [type, id] of written.toReversed()) hasStatus(await ask('DELETE', `${type}/${id}`), 200);
    const request = '0198c0de-0000-7000-8000-000000000001';
    await sql`insert into fhir.purge_request (id, client) values (${request}::uuid, 'registry')`;
    for (const [type, id] of written)
      await sql`insert into fhir.purge_item (request, type, id) values (${request}::uuid, ${type}, ${id})`;
    const words = [
      'purge',
      'run',
      request,
      '--environment',
      'production',
      '--patient',
      person.id,
      '--reason',
      'request 7 of the person',
      '--json',
    ];
    // Its request log is written then: a server buffers requests for a second or more, and logs a later one of any client as well.
    await platform.end('SIGTERM');
    const { code, stderr } = await place.run(words);
    assert.equal(code, 0, stderr);
    const sso = connect(databaseUrl(server, `${database}_sso`), { max: 1 });
    const left = [...(await found(sql, names())), ...(await found(sso, names()))].filter((one) => !isKept(one));
    await sso.end();
    assert.deepEqual(
      left.map(({ table, column, name }) => `${table}.${column} has ${labelOf(name)}`),
      [],
      left.map(({ table, row }) => `${table} ${row.slice(0, 1000)}`).join('\n'),
    );
  } finally {
    await sql.end();
  }
});

/** All actions of a clinic for a patient that may store data. @returns the written resources, in order */
async function live(ask: Ask): Promise<[type: string, id: string][]> {
  const { id, family, given, pinfl, passport, phone, street, note } = person;
  const subject = { reference: `Patient/${id}`, display: `${given} ${family}` };
  const patient = (more: object): object => ({
    ...{ resourceType: 'Patient', id, name: [{ family, given: [given] }], birthDate: '1990-05-14' },
    identifier: [
      { system: 'urn:number-of-a-person', value: pinfl },
      { system: 'urn:passport', value: passport },
    ],
    ...{ telecom: [{ system: 'phone', value: phone }], address: [{ line: [street], city: 'Toshkent' }] },
    ...more,
  });
  const all: [string, object][] = [
    ['Practitioner', { resourceType: 'Practitioner', id: `d-${stamp}`, name: [{ text: 'A doctor' }] }],
    ['Patient', patient({})],
    [
      'Patient',
      patient({
        gender: 'female',
        text: {
          status: 'generated',
          div: `<div xmlns="http://www.w3.org/1999/xhtml">${given} ${family}, ${note}</div>`,
        },
      }),
    ],
    ['Encounter', { resourceType: 'Encounter', id: `e-${stamp}`, status: 'in-progress', subject }],
    [
      'Observation',
      {
        resourceType: 'Observation',
        id: `o-${stamp}`,
        status: 'final',
        code: { text: note },
        subject,
        valueString: `${note} ${family}`,
        note: [{ text: `${family} ${note}` }],
      },
    ],
    ['Consent', { resourceType: 'Consent', id: `c-${stamp}`, status: 'active', subject, decision: 'permit' }],
    [
      'CareTeam',
      {
        resourceType: 'CareTeam',
        id: `t-${stamp}`,
        status: 'active',
        subject,
        participant: [{ member: { reference: `Practitioner/d-${stamp}` } }],
      },
    ],
    [
      'Flag',
      {
        resourceType: 'Flag',
        id: `f-${stamp}`,
        status: 'active',
        code: { text: note },
        subject,
        meta: { security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'R' }] },
        contained: [{ resourceType: 'Patient', id: 'p', name: [{ family }] }],
        author: { reference: '#p' },
      },
    ],
    [
      'List',
      {
        resourceType: 'List',
        id: `l-${stamp}`,
        status: 'current',
        mode: 'working',
        title: `${given} ${family}`,
        entry: [{ item: subject }],
      },
    ],
  ];
  const written = new Map<string, [string, string]>();
  for (const [type, body] of all) {
    const own = (body as { id: string }).id;
    const version = written.has(`${type}/${own}`) ? { 'if-match': 'W/"1"' } : undefined;
    const answer = await ask('PUT', `${type}/${own}`, body, version);
    assert.ok(answer.status < 300, `${type}: ${answer.text.slice(0, 500)}`);
    written.set(`${type}/${own}`, [type, own]);
  }
  for (const path of [
    `Patient?name=${encodeURIComponent(family)}`,
    `Patient?identifier=${pinfl}&_sort=family&_count=1`,
    `Patient?_text=${note}`,
    `Patient?phone=${encodeURIComponent(phone)}`,
    `Observation?_content=${note}&subject:Patient.name=${family}`,
    `Observation?patient=${id}`,
    `Patient/${id}/$everything`,
    `Patient/${id}/_history`,
    `Patient?name=${family}&name:not=${'a,'.repeat(2_000)}b&_count=1`,
  ])
    await ask('GET', path);
  await ask('POST', 'Patient', patient({ id: undefined, birthDate: 'never' }));
  await ask('POST', 'Patient', patient({ id: undefined }), { 'if-none-exist': `identifier=${pinfl}` });
  // Words of full texts, and reports of accesses, are stored after the answers.
  const isFound = async (): Promise<boolean> => {
    const answer = await ask('GET', `Observation?_content=${note}&_summary=count`);
    return answer.status === 200 && answer.json()['total'] === 1;
  };
  for (const end = performance.now() + 30_000; performance.now() < end && !(await isFound());) await delay(100);
  return [...written.values()];
}

interface Found {
  readonly table: string;
  readonly column: string;
  readonly name: string;
  /** As JSON. */
  readonly row: string;
}

/** As written, and as an index would store them: in lower case, and in Cyrillic. */
const names = (): string[] => Object.values(person);
const labelOf = (name: string): string => Object.entries(person).find(([, value]) => value === name)?.[0] ?? name;
const isKept = ({ table, column }: Found): boolean => kept[table.replace(/_\d+$/, '')]?.of.test(column) === true;

/** Columns of all tables of a database that contain one of these texts, in any form. */
async function found(sql: Sql, texts: readonly string[]): Promise<Found[]> {
  const tables = await sql<{ table: string }[]>`
    select c.oid::regclass::text as table from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'm') and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname not like 'pg\\_toast%'
    order by 1`;
  const hits = new Map<string, Found>();
  for (const { table } of tables) {
    const rows = await sql.unsafe<{ row: string }[]>(`select row_to_json(t)::text as row from ${table} t`);
    for (const { row } of rows)
      for (const [column, value] of Object.entries(JSON.parse(row) as Record<string, unknown>))
        for (const name of texts)
          if (holds(value, name)) hits.set(`${table}.${column} ${name}`, { table, column, name, row });
  }
  return [...hits.values()];
}

/** Whether a value contains the text: in any case, in nested strings, and in bytes as they are or decompressed. */
function holds(value: unknown, name: string): boolean {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (text.toLowerCase().includes(name.toLowerCase())) return true;
  if (!/^\\x([\da-f]{2})+$/.test(text)) return false;
  const bytes = Buffer.from(text.slice(2), 'hex');
  return [bytes, ...unpacked(bytes)].some((one) => one.toString().toLowerCase().includes(name.toLowerCase()));
}

function unpacked(bytes: Buffer): Buffer[] {
  return [gunzipSync, inflateSync, inflateRawSync, brotliDecompressSync, zstdDecompressSync].flatMap((unpack) => {
    try {
      return [unpack(bytes)];
    } catch {
      return [];
    }
  });
}
