/** One record for each request and patient, whatever its outcome. docs/decisions/0041-access-decided-and-recorded.md */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { destroyKeysOfPatient } from '@dhp/fhir-store/trail';
import { createQuota, type Quota, type QuotaOptions } from '@dhp/rate-limit';
import { patient } from '../environment.ts';
import { startAudited, type Audited, type Opened } from './audited.ts';

let server: Audited;
let number = 0;
before(async () => {
  server = await startAudited();
});
after(() => server.close());

/** Sends a request and returns its answer with its records. */
async function recorded(
  method: string,
  path: string,
  options: Parameters<Audited['request']>[2] = {},
): Promise<{ status: number; text: string; records: Opened[]; id: string }> {
  const request = `r${String((number += 1))}`;
  const headers = { 'content-type': 'application/fhir+json', ...options.headers, 'x-request-id': request };
  const { status, text, json } = await server.request(method, path, { ...options, headers });
  return { status, text, records: await server.of(request), id: String(json['id']) };
}

async function create(resource: object): Promise<string> {
  const { status, id } = await recorded('POST', `/${(resource as { resourceType: string }).resourceType}`, {
    body: JSON.stringify(resource),
  });
  assert.equal(status, 201);
  return id;
}

function observation(subject: string): object {
  return { resourceType: 'Observation', status: 'final', code: { text: 'x' }, subject: { reference: subject } };
}

/** The patients of records, by pseudonym. */
function patientsOf(records: readonly Opened[]): (string | null)[] {
  return records.map((one) => one.patient).sort();
}

describe('a request has a record', () => {
  it('a create, with the new patient, in one statement with the version', async () => {
    const { status, records, id } = await recorded('POST', '/Patient', { body: JSON.stringify(patient()) });
    assert.equal(status, 201);
    const [{ content, sealed, patient: pseudonym }] = records as [Opened];
    assert.equal(records.length, 1);
    assert.equal(pseudonym, server.pseudonym(id));
    assert.deepEqual(
      {
        action: content['action'],
        interaction: content['interaction'],
        type: content['type'],
        version: content['version'],
      },
      { action: 'C', interaction: 'create', type: 'Patient', version: 1 },
    );
    assert.equal(sealed?.['id'], id);
    const [row] = await server.owner<{ same: boolean }[]>`
      select r.transaction_id = v.txid as same
      from fhir.resource v, fhir.audit_record r where v.id = ${id} and r.id = ${records[0]!.id}::bigint`;
    assert.equal(row?.same, true);
  });

  it('a read, a version, a history, a search, $everything: with the patients of whom the answer tells', async () => {
    const one = await create(patient());
    const other = await create(patient());
    const own = await create(observation(`Patient/${one}`));
    await create(observation(`Patient/${other}`));
    const both = [server.pseudonym(one), server.pseudonym(other)].sort();
    const cases: [string, (string | null)[], string][] = [
      [`/Patient/${one}`, [server.pseudonym(one)], 'read'],
      [`/Observation/${own}`, [server.pseudonym(one)], 'read'],
      [`/Observation/${own}/_history/1`, [server.pseudonym(one)], 'vread'],
      [`/Observation/${own}/_history`, [server.pseudonym(one)], 'history-instance'],
      [`/Observation?subject=Patient/${one},Patient/${other}`, both, 'search-type'],
      [`/Observation?subject=Patient/${one},Patient/${other}&_elements=code`, both, 'search-type'],
      [`/Patient/${one}/Observation`, [server.pseudonym(one)], 'search-compartment'],
      [`/Patient/${one}/$everything`, [server.pseudonym(one)], '$everything'],
      [`/Patient/${one}/$everything?_count=5`, [server.pseudonym(one)], '$everything'],
      [`/Observation/$lastn?patient=${one}&category:missing=true`, [server.pseudonym(one)], '$lastn'],
      [`/Observation/$stats?subject=Patient/${one}&system=x&code=x&statistic=count`, [server.pseudonym(one)], '$stats'],
      [`/Observation?patient=${one}&_summary=count`, [server.pseudonym(one)], 'search-type'],
      ['/Organization?name=nobody', [null], 'search-type'],
    ];
    for (const [path, patients, interaction] of cases) {
      const { status, records } = await recorded('GET', path);
      assert.equal(status, 200, path);
      assert.deepEqual(patientsOf(records), patients, path);
      for (const { content } of records) {
        assert.equal(content['interaction'], interaction);
        assert.equal(content['outcome'], 'success');
        assert.equal(content['status'], 200);
        assert.equal(content['client'], 'tests');
      }
    }
  });

  it('without a body: HEAD, 304, and of a part alone', async () => {
    const id = await create(patient());
    const own = await create(observation(`Patient/${id}`));
    for (const [method, path, headers, wanted] of [
      ['HEAD', `/Observation/${own}`, {}, 200],
      ['GET', `/Observation/${own}`, { 'if-none-match': 'W/"1"' }, 304],
      ['GET', `/Observation/${own}?_elements=code`, {}, 200],
      ['GET', `/Observation/${own}`, { accept: 'application/fhir+xml' }, 200],
    ] as const) {
      const { status, records } = await recorded(method, path, { headers });
      assert.equal(status, wanted);
      assert.deepEqual(patientsOf(records), [server.pseudonym(id)], `${method} ${path}`);
    }
  });

  it('an update, a patch and a deletion, of which only the version that was there says whose it is', async () => {
    const id = await create(patient());
    const own = await create(observation(`Patient/${id}`));
    const body = JSON.stringify({ ...observation(`Patient/${id}`), id: own, note: [{ text: 'n' }] });
    const updated = await recorded('PUT', `/Observation/${own}`, { body, headers: { 'if-match': 'W/"1"' } });
    const patch = JSON.stringify([{ op: 'add', path: '/interpretation', value: [{ text: 'high' }] }]);
    const patched = await recorded('PATCH', `/Observation/${own}`, {
      body: patch,
      headers: { 'content-type': 'application/json-patch+json' },
    });
    const deleted = await recorded('DELETE', `/Observation/${own}`);
    for (const [{ status, records }, action, version] of [
      [updated, 'U', 2],
      [patched, 'U', 3],
      [deleted, 'D', 4],
    ] as const) {
      assert.equal(status, 200);
      assert.deepEqual(patientsOf(records), [server.pseudonym(id)], action);
      assert.deepEqual([records[0]!.content['action'], records[0]!.content['version']], [action, version]);
    }
  });

  it('a write that stores nothing: unchanged, refused, not found, in conflict', async () => {
    const id = await create(patient());
    const { text: same } = await server.request('GET', `/Patient/${id}`);
    const cases = [
      [await recorded('PUT', `/Patient/${id}`, { body: same, headers: { 'if-match': 'W/"1"' } }), 200, undefined],
      [
        await recorded('PUT', `/Patient/${id}`, { body: same, headers: { 'if-match': 'W/"9"' } }),
        412,
        'version-mismatch',
      ],
      [await recorded('PUT', `/Patient/${id}`, { body: '{' }), 400, 'json-invalid'],
      [await recorded('GET', `/Patient/none`), 404, 'resource-not-found'],
      [await recorded('GET', `/Patient/${id}?_format=nonsense`), 406, 'not-acceptable'],
    ] as const;
    for (const [{ status, records }, wanted, reason] of cases) {
      assert.equal(status, wanted);
      assert.equal(records.length, 1, String(reason));
      assert.deepEqual([records[0]!.content['status'], records[0]!.content['reason']], [wanted, reason]);
    }
  });

  it('403 of somebody who is known', async () => {
    const token = await server.sso.token({ scope: 'system/Observation.rs', client_id: 'narrow', sub: 'narrow' });
    const { status, records } = await recorded('GET', '/Patient/1', { token });
    assert.equal(status, 403);
    assert.deepEqual(patientsOf(records), [server.pseudonym('1')]);
    const { reason, client, outcome } = records[0]!.content;
    assert.deepEqual({ reason, client, outcome }, { reason: 'scope-insufficient', client: 'narrow', outcome: 'error' });
  });

  it('a body that cannot be read, which the pipeline never sees', async () => {
    const tooLarge = await recorded('POST', '/Patient', { body: Buffer.alloc(1024 * 1024 + 1, 0x20) });
    assert.equal(tooLarge.status, 413);
    assert.deepEqual(
      tooLarge.records.map(({ content }) => content['reason']),
      ['body-too-large'],
    );
  });

  it('each entry of a batch and each write of a transaction, with the id of the one request', async () => {
    const one = await create(patient());
    const other = await create(patient());
    const entry = (method: string, url: string, resource?: object): object => ({ resource, request: { method, url } });
    const batch = await recorded('POST', '/', {
      body: JSON.stringify({
        resourceType: 'Bundle',
        type: 'batch',
        entry: [
          entry('GET', `Patient/${one}`),
          entry('GET', 'Patient/none'),
          entry('POST', 'Observation', observation(`Patient/${other}`)),
        ],
      }),
    });
    assert.equal(batch.status, 200);
    const told = batch.records.map(({ content, patient: of }) => [content['entry'], content['status'], of]);
    const expected = [
      [0, 200, server.pseudonym(one)],
      [1, 404, server.pseudonym('none')],
      [2, undefined, server.pseudonym(other)],
    ];
    assert.deepEqual(
      told.sort((a, b) => Number(a[0]) - Number(b[0])),
      expected,
    );

    const transaction = await recorded('POST', '/', {
      body: JSON.stringify({
        resourceType: 'Bundle',
        type: 'transaction',
        entry: [
          entry('POST', 'Observation', observation(`Patient/${one}`)),
          entry('DELETE', `Patient/${other}`),
          entry('GET', `Patient/${one}`),
        ],
      }),
    });
    assert.equal(transaction.status, 200);
    const found = new Set(
      transaction.records.map(({ content, patient: of }) => `${String(content['action'])} ${String(of)}`),
    );
    assert.deepEqual(
      found,
      new Set([`C ${server.pseudonym(one)}`, `D ${server.pseudonym(other)}`, `R ${server.pseudonym(one)}`]),
    );
  });

  it('not of public addresses', async () => {
    assert.deepEqual((await recorded('GET', '/metadata')).records, []);
    assert.deepEqual((await recorded('GET', '/healthz')).records, []);
  });
});

describe('what stands in clear', () => {
  it('names no patient: no id, no query, no address, no account of a patient', async () => {
    const id = await create(patient({ id: undefined }));
    const own = await create(observation(`Patient/${id}`));
    const token = await server.sso.token({
      scope: 'patient/*.rs',
      patient: id,
      fhirUser: `Patient/${id}`,
      sub: 'account-of-the-patient',
      client_id: 'app',
    });
    for (const path of [
      `/Patient/${id}`,
      `/Observation/${own}`,
      `/Observation?subject=Patient/${id}&code:text=secretword`,
    ]) {
      const { status, records } = await recorded('GET', path, { token });
      assert.equal(status, 200, path);
      for (const { content, sealed } of records) {
        const clear = JSON.stringify(content);
        for (const word of [id, own, 'account-of-the-patient', 'secretword', '127.0.0.1'])
          assert.ok(!clear.includes(word), `${word} in ${clear}`);
        assert.equal(sealed?.['user'], 'account-of-the-patient');
        assert.match(String(sealed['address']), /127\.0\.0\.1$/);
      }
    }
  });

  it('is all that is left when the keys of a patient are destroyed', async () => {
    const id = await create(patient());
    const { records } = await recorded('GET', `/Patient/${id}`);
    assert.equal(records[0]!.sealed?.['id'], id);
    const means = { sql: server.owner, keys: server.keys, now: Date.now(), by: 'cli:test', reason: 'to be forgotten' };
    assert.deepEqual(await destroyKeysOfPatient(means, id), { keys: 1 });
    const left = (await server.records()).filter((one) => one.patient === server.pseudonym(id));
    assert.equal(left.length, 2);
    for (const one of left) assert.equal(one.sealed, undefined);
    await server.cover();
    assert.equal((await server.verify()).whole, true);
  });
});

/** All that the server says to bytes which are no request. */
function said(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.end(bytes);
  return text(socket);
}

/** Polls until the counts of a trail are as they should be. */
async function hasCounts(counting: Audited, wanted: Record<string, number>): Promise<void> {
  const counts = async (): Promise<Record<string, number>> => {
    const found: Record<string, number> = {};
    for (const { content, patient: of } of await counting.records()) {
      if (content['interaction'] !== 'refused') continue;
      assert.equal(of, null);
      const name = `${String(content['status'])} ${String(content['reason'])}`;
      found[name] = (found[name] ?? 0) + Number(content['count']);
    }
    return found;
  };
  const deadline = Date.now() + 30_000;
  while (Date.now() < deadline && !isDeepStrictEqual(await counts(), wanted)) await delay(50);
  assert.deepEqual(await counts(), wanted);
}

describe('requests of nobody known', () => {
  it('are counted by reason, and one record says how many', async (t) => {
    const counting = await startAudited({}, undefined, 0.1);
    t.after(() => counting.close());
    for (let n = 0; n < 20; n += 1)
      assert.equal((await counting.request('GET', '/Patient/1', { token: null })).status, 401);
    assert.equal((await counting.request('GET', '/Patient/1', { token: 'nonsense' })).status, 401);
    await hasCounts(counting, { '401 token-missing': 20, '401 token-malformed': 1 });
  });

  it('are counted also where they were refused before they were looked at', async (t) => {
    // No time passes for it, however slow the machine is.
    const still = (options: QuotaOptions): Quota => {
      const quota = createQuota(options);
      return { ...quota, take: (caller) => quota.take(caller, 0) };
    };
    const limits = { perClient: 0, perAddress: 3, createQuota: still };
    const counting = await startAudited({ limits }, undefined, 0.1);
    t.after(() => counting.close());
    const ask = async (path: string, method = 'GET'): Promise<number> => (await counting.request(method, path)).status;
    assert.deepEqual(await Promise.all([ask('/Patient?name=%zz'), ask('/Patient/%zz/$meta')]), [400, 400]);
    assert.equal(await ask('/nothing/of/this/kind'), 404);
    const body = '{"resourceType":"Bundle"';
    const known = await counting.request('POST', '/', { body, headers: { 'content-type': 'application/fhir+json' } });
    assert.equal(known.status, 400, 'of somebody known: a record of its own');
    for (let n = 0; n < 5; n += 1) assert.equal(await ask('/Patient/1'), 429);
    assert.match(await said(counting.port, 'GET /Пациент HTTP/1.1\r\n\r\n'), /^HTTP\/1\.1 400/);
    await hasCounts(counting, { '400 url-malformed': 3, '404 route-unknown': 1, '429 too-many-requests': 5 });
    const own = (await counting.records()).filter(({ content }) => content['interaction'] !== 'refused');
    assert.deepEqual(
      own.map(({ content }) => content['reason']),
      ['json-invalid'],
    );
  });
});
