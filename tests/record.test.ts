/** The short form of `npm run record`: the same requests twice get the same answers, and a difference is seen. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { testServer } from '@dhp/postgres/testing';
import { compare } from './record/compare.ts';
import { readRecording, writeRecording, type Entry, type Line } from './record/entry.ts';
import { createNormaliser } from './record/normalise.ts';
import { record } from './record/record.ts';
import { routeOf } from './record/route.ts';
import { recordSso } from './record/sso/record.ts';

const folder = await mkdtemp(join(tmpdir(), 'dhp-record-test-'));
const root = fileURLToPath(new URL('..', import.meta.url));
after(() => rm(folder, { recursive: true, force: true }));

async function linesOf(file: string): Promise<Line[]> {
  const lines: Line[] = [];
  for await (const line of readRecording(file)) lines.push(line);
  return lines;
}

const entriesOf = (lines: readonly Line[]): Entry[] => lines.filter((line): line is Entry => 'id' in line);

describe('a recording', () => {
  const files = ['a', 'b', 'changed'].map((name) => join(folder, `${name}.gz`)) as [string, string, string];
  const [a, b, changed] = files;

  test('is the same when it is made twice', async () => {
    const databaseUrl = await testServer();
    const options = { root, commit: 'this', seed: 3, requests: 150, databaseUrl };
    const [first] = await Promise.all([record({ ...options, out: a }), record({ ...options, out: b })]);
    assert.ok(first.kinds.size > 12, `only ${[...first.kinds.keys()].join(', ')}`);
    const { compared, differences } = await compare(a, b);
    assert.deepEqual(
      differences.map(({ report }) => report),
      [],
    );
    assert.ok(compared >= 150, `${compared} requests`);
    const entries = entriesOf(await linesOf(a));
    const statuses = new Set(entries.map(({ status }) => status));
    for (const status of [200, 201, 400, 404]) assert.ok(statuses.has(status), `no ${status}`);
    const withStatements = entries.filter(({ statements = [] }) => statements.length > 0);
    assert.ok(withStatements.length > 10 && first.statements > 10, 'statements are recorded');
  });

  test('differs where an answer, a header, a status or a statement does', async () => {
    const lines = await linesOf(a);
    const ids = entriesOf(lines)
      .filter(({ statements = [] }) => statements.length > 0)
      .map(({ id }) => id);
    const writer = writeRecording(changed);
    for (const line of lines) {
      if (!('id' in line) || !ids.includes(line.id)) writer.write(line);
      else writer.write(changedBy(ids.indexOf(line.id), line));
    }
    await writer.end();
    const { differences } = await compare(a, changed);
    assert.deepEqual(
      differences.map(({ id, parts }) => [id, ...parts]),
      [
        [ids[0], 'status'],
        [ids[1], 'header etag'],
        [ids[2], 'body'],
        [ids[3], 'statements'],
        [ids[4], 'only in one'],
        ['elsewhere', 'only in one'],
      ],
    );
  });
});

/** The entry with a change that each of the first five has alone. */
function changedBy(n: number, entry: Entry): Entry {
  switch (n) {
    case 0:
      return { ...entry, status: 599 };
    case 1:
      return { ...entry, headers: { ...entry.headers, etag: 'x' } };
    case 2:
      return { ...entry, body: `${entry.body} ` };
    case 3:
      return { ...entry, statements: [] };
    case 4:
      return { ...entry, id: 'elsewhere' };
    default:
      return entry;
  }
}

test('a normalised text has no id of the server and no time of now, and keeps those that were sent', () => {
  const normaliser = createNormaliser(new Map([['http://127.0.0.1:4711', 'http://sso.test']]));
  const [own, made, other] = ['1', '2', '3'].map((digit) => `0198c2de-0000-7000-8000-00000000000${digit}`) as [
    string,
    string,
    string,
  ];
  normaliser.sent(`/Patient/${own}`);
  const now = new Date();
  const withOffset = new Date(now.getTime() + 5 * 3_600_000).toISOString().replace('Z', '+05:00');
  const texts: [string, string][] = [
    [`Patient/${own} Patient/${made} Patient/${other} ${made}`, `Patient/${own} Patient/<id 1> Patient/<id 2> <id 1>`],
    [`"${withOffset}" "${now.toISOString()}" 2021-03-04T05:06:07Z`, '"<time>" "<time>" 2021-03-04T05:06:07Z'],
    [encodeURIComponent(withOffset), '<time>'],
    [`${now.toUTCString()}, Fri, 01 Jan 2100 00:00:00 GMT`, '<date>, Fri, 01 Jan 2100 00:00:00 GMT'],
    ['Patient?_cursor=AbC-_.1&_count=2', 'Patient?_cursor=<cursor>&_count=2'],
    ['W/"3" W/"0123456789abcdeF"', 'W/"3" W/"<digest>"'],
    ['http://127.0.0.1:4711/oauth/token', 'http://sso.test/oauth/token'],
  ];
  for (const [given, wanted] of texts) assert.equal(normaliser.text(given), wanted);
});

test('requests are counted by their routes', () => {
  const routes: [string, string][] = [
    ['/Patient/x?a=b', 'GET /:type/:id'],
    ['/Patient?a=b', 'GET /:type?…'],
    ['?_type=Patient', 'GET /?…'],
    ['/Patient/x/_history/1', 'GET /:type/:id/_history/:version'],
    ['/Patient/p1/Observation?x', 'GET /:type/:id/:more'],
    ['/ValueSet/$expand?url=x', 'GET /:type/$expand'],
    ['/metadata', 'GET /metadata'],
  ];
  for (const [path, route] of routes) assert.equal(routeOf('GET', path), route);
});

describe('a recording of the SSO', () => {
  const files = ['sso-a', 'sso-b'].map((name) => join(folder, `${name}.gz`)) as [string, string];

  test('is the same when it is made twice', async () => {
    const databaseUrl = await testServer();
    const kinds = ['tokens', 'introspection', 'choosing a patient', 'devices'];
    const options = { root, commit: 'this', databaseUrl, kinds };
    const [first] = await Promise.all(files.map((out) => recordSso({ ...options, out })));
    assert.deepEqual([...first!.kinds.keys()], kinds);
    const { compared, differences } = await compare(...files);
    assert.deepEqual(
      differences.map(({ report }) => report),
      [],
    );
    assert.ok(compared > 150, `${compared} requests`);
    const entries = entriesOf(await linesOf(files[0]));
    const statuses = new Set(entries.map(({ status }) => status));
    for (const status of [200, 303, 400, 401]) assert.ok(statuses.has(status), `no ${status}`);
    const isCode = ({ request }: Entry): boolean => request.body.startsWith('grant_type=authorization_code');
    assert.ok(
      entries.some((entry) => isCode(entry) && entry.status === 200),
      'a code is exchanged',
    );
  });
});
