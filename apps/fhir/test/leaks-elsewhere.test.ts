/**
 * Ways in which servers of others have told, by their own public reports, what they should have hidden: each once, asked here. Random requests find their relatives
 * (`non-interference*.test.ts`); these have names.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { nationalProfile } from '@dhp/consent';
import { trailKeys } from '@dhp/trail';
import { baseUrl, startServer, type Reply, type TestServer } from './environment.ts';
import { activatePolicies } from './policies.ts';
import { entriesOf, idsOf, linkTo, put } from './searches.ts';

let server: TestServer;
const tokens = new Map<string, string>();
const to = (reference: string): object => ({ reference });
const observation = (id: string, patient: string, more: object = {}): Parameters<typeof put>[1] => ({
  ...{ resourceType: 'Observation', id, status: 'final', subject: to(`Patient/${patient}`) },
  code: { coding: [{ system: 'urn:c', code: 'x' }] },
  ...more,
});
const refusal = (patient: string): Parameters<typeof put>[1] => ({
  ...{ resourceType: 'Consent', id: `of-${patient}`, status: 'active', decision: 'deny' },
  ...{ meta: { profile: [nationalProfile] }, subject: to(`Patient/${patient}`), date: '2026-01-01' },
});

before(async () => {
  server = await startServer({
    requireIfMatch: false,
    validation: { level: 'off' },
    audit: { keys: trailKeys(Buffer.alloc(32, 7)) },
  });
  for (const id of ['open', 'hidden', 'changing'])
    await put(server, { resourceType: 'Patient', id, name: [{ family: id === 'hidden' ? 'Secretov' : 'Karimov' }] });
  for (let n = 0; n < 5; n += 1) {
    await put(server, observation(`open-${String(n)}`, 'open'));
    await put(
      server,
      observation(`hidden-${String(n)}`, 'hidden', { identifier: [{ system: 'urn:i', value: `secret-${String(n)}` }] }),
    );
  }
  await put(server, observation('leads', 'open', { hasMember: [to('Observation/hidden-0')] }));
  await put(server, observation('led', 'hidden', { hasMember: [to('Observation/open-0')] }));
  await put(server, refusal('hidden'));
  const system = (client: string, scope: string): Promise<string> =>
    server.sso.token({ client_id: client, sub: client, scope });
  tokens.set('clinic', await system('clinic', 'system/*.cruds'));
  tokens.set('limited', await system('limited', 'system/*.rs'));
  tokens.set('narrow', await system('narrow', 'system/Patient.rs'));
  tokens.set('chained', await system('chained', 'system/*.rs'));
  tokens.set(
    'open',
    await server.sso.token({
      scope: 'patient/*.rs user/AuditEvent.s',
      client_id: 'app',
      patient: 'open',
      fhirUser: `${baseUrl}/Patient/open`,
    }),
  );
  await server.store.buildConsents();
  const limited = { client: ['limited'] };
  const ofNobody = { interactions: ['read', 'search'], criteria: 'subject:Patient.name=Nobody' } as const;
  await activatePolicies(server, {
    ...{ others: 'as-scoped', consent: 'enforced', purposes: ['TREAT'] },
    rules: [
      { name: 'patients', effect: 'permit', who: limited, types: ['Patient'], interactions: ['read', 'search'] },
      { name: 'led-to', effect: 'permit', who: { client: ['chained'] }, types: ['Observation'], ...ofNobody },
      { name: 'also', effect: 'permit', who: { client: ['chained'] }, types: ['Patient'], interactions: ['search'] },
    ],
  });
});
after(() => server.close());

const ask = (who: string, path: string, method = 'GET', headers: Record<string, string> = {}): Promise<Reply> =>
  server.request(method, path, { token: tokens.get(who)!, headers });

/** Without ids and times of the answer itself. */
const plain = ({ status, text }: Reply): string =>
  `${String(status)} ${text.replaceAll(/"timestamp":"[^"]*"|[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}|secret-\d/g, '')}`;

describe('what a caller may not see is not told', () => {
  it('by what it refers to, asked for back: of a type that is denied, by scopes or by policies', async () => {
    for (const who of ['narrow', 'limited']) {
      const guess = (value: string): Promise<Reply> =>
        ask(who, `/Patient?_has:Observation:subject:identifier=urn:i|${value}&_total=accurate`);
      const [right, wrong] = [await guess('secret-0'), await guess('secret-9')];
      assert.ok(!right.text.includes('Patient/hidden'), right.text);
      assert.equal(plain(right), plain(wrong), who);
    }
  });

  it('by values guessed through a chain, of patients whose consent refuses', async () => {
    for (const query of [
      'subject:Patient.name=Secretov',
      'has-member:Observation.identifier=urn:i|secret-0',
      '_has:Observation:has-member:subject=Patient/hidden',
    ])
      assert.deepEqual(idsOf(await ask('clinic', `/Observation?${query}`)), [], query);
  });

  it('by a total, which is that of what is shown, whichever way it is asked for', async () => {
    const all = await ask('clinic', '/Observation?_count=100&_total=accurate');
    assert.equal(all.json['total'], 6);
    assert.equal(idsOf(all).length, 6);
    for (const query of ['_summary=count', '_count=0', '_total=accurate&_count=1', '_total=estimate&_count=2'])
      assert.equal((await ask('clinic', `/Observation?${query}`)).json['total'], 6, query);
  });

  it('by a page that is short, empty, or one too many', async () => {
    for (const size of [1, 2, 3, 5, 6]) {
      const sizes: number[] = [];
      for (let path: string | undefined = `/Observation?_count=${String(size)}`; path !== undefined;) {
        const page = await ask('clinic', path);
        sizes.push(idsOf(page).length);
        path = linkTo(page, 'next');
      }
      const expected = Array.from({ length: Math.ceil(6 / size) }, (_, n) => Math.min(size, 6 - n * size));
      assert.deepEqual(sizes, expected);
    }
  });

  it('by the next page of a search that began before, or in the name of another', async () => {
    for (let n = 0; n < 4; n += 1) await put(server, observation(`changing-${String(n)}`, 'changing'));
    const path = '/Observation?subject=Patient/changing&_count=2';
    const next = linkTo(await ask('clinic', path), 'next') ?? assert.fail('one page');
    assert.equal(idsOf(await ask('clinic', next)).length, 2);
    assert.deepEqual(entriesOf(await ask('limited', next)), []);
    await put(server, refusal('changing'));
    assert.deepEqual(idsOf(await ask('clinic', next)), []);
  });

  it('by an answer that was made for somebody else', async () => {
    const path = '/Observation/open-0';
    for (let round = 0; round < 3; round += 1) {
      assert.equal((await ask('clinic', path)).status, 200);
      assert.equal((await ask('limited', path)).status, 403);
      assert.equal((await ask('open', path)).status, 200);
    }
  });

  it('by what searches bring along, to and fro, however often', async () => {
    for (const query of [
      '_include=Observation:has-member',
      '_include:iterate=Observation:has-member',
      '_revinclude=Observation:has-member',
      '_include=*',
      '_revinclude=*',
      '_revinclude:iterate=Observation:has-member',
    ])
      for (const type of ['Observation', 'Patient']) {
        const { text } = await ask('clinic', `/${type}?${query}&_count=100`);
        assert.ok(!/secret|Patient\/hidden|\/led"/.test(text), `${type} ${query}`);
      }
  });

  it('by criteria of a policy that lead through a reference, whichever way the resource is reached', async () => {
    assert.equal((await ask('chained', '/Observation/open-0')).status, 404);
    for (const path of [
      '/Observation?_total=accurate',
      '/Patient?_id=nobody,open&_revinclude=Observation:subject',
      '/Patient?_has:Observation:subject:code=x',
      '/Patient?_has:Observation:subject:status=final&_summary=count',
    ]) {
      const { status, text } = await ask('chained', path);
      assert.equal(status, 200, text);
      assert.ok(!/Observation\/(?:open|leads)/.test(text), `${path} ${text}`);
      if (!path.includes('_revinclude')) assert.match(text, /"total":0/, path);
    }
  });

  it('by a table that is made of what is stored', async () => {
    const select = [{ column: [{ name: 'id', path: 'getResourceKey()' }] }];
    const view = { resourceType: 'ViewDefinition', status: 'active', resource: 'Observation', select };
    const body = JSON.stringify({ resourceType: 'Parameters', parameter: [{ name: 'viewResource', resource: view }] });
    for (const [who, rows] of [
      ['clinic', 6],
      ['open', 6],
      ['chained', 0],
    ] as const) {
      const { text } = await server.request('POST', '/$viewdefinition-run', {
        token: tokens.get(who)!,
        headers: { 'content-type': 'application/fhir+json' },
        body,
      });
      const ids = text.split('\n').filter((line) => /open|leads/.test(line));
      assert.equal(ids.length, rows, `${who} ${text}`);
      assert.ok(!/hidden|led"/.test(text), text);
    }
  });

  it('by $everything, histories and earlier versions', async () => {
    for (const path of [
      '/Patient/hidden/$everything',
      '/Observation/hidden-0/_history',
      '/Observation/hidden-0/_history/1',
      '/Observation/hidden-0',
    ])
      assert.equal((await ask('clinic', path)).status, 404, path);
    for (const path of ['/Patient/$everything', '/Observation/_history?_count=100', '/_history?_count=200'])
      assert.ok(!/secret|Patient\/hidden/.test((await ask('clinic', path)).text), path);
  });

  it('by the ETag or the conditions of a read or a write', async () => {
    for (const etag of ['W/"1"', '*'])
      assert.equal((await ask('clinic', '/Observation/hidden-0', 'GET', { 'if-none-match': etag })).status, 404);
    assert.equal((await ask('clinic', '/Observation/hidden-0', 'HEAD')).status, 404);
    const body = JSON.stringify(observation('x', 'open', { id: undefined }));
    const created = await server.request('POST', '/Observation', {
      token: tokens.get('clinic')!,
      headers: { 'content-type': 'application/fhir+json', 'if-none-exist': 'identifier=urn:i|secret-0' },
      body,
    });
    assert.equal(created.status, 201, `not 200, as if there were one: ${created.text}`);
    const gone = await ask('clinic', '/Observation?identifier=urn:i|secret-0', 'DELETE');
    assert.ok(gone.status < 300, gone.text);
    assert.equal(
      (await server.store.read('Observation', 'hidden-0'))?.deleted,
      false,
      'what is not seen is not deleted',
    );
  });

  it('by the trail: who looked at somebody else', async () => {
    assert.equal((await ask('open', '/Patient/open/$access-history')).status, 200);
    for (const path of ['/Patient/hidden/$access-history', '/Patient/changing/$access-history'])
      assert.ok([403, 404].includes((await ask('open', path)).status), path);
    for (const who of ['clinic', 'limited'])
      assert.equal((await ask(who, '/Patient/open/$access-history')).status, 403, who);
  });

  it('by a second way to the same: there is none', async () => {
    for (const [path, method] of [
      ['/$graphql?query={Observation{id}}', 'GET'],
      ['/Observation/hidden-0/$graphql', 'GET'],
    ] as const)
      assert.ok([403, 404, 405].includes((await ask('clinic', path, method)).status), path);
    const { json } = await server.request('GET', '/metadata', {});
    assert.ok(!/\$?graphql"/.test(JSON.stringify(json)));
  });
});
