/**
 * Access policies over the administration API, on a whole platform: set by an operators' client in both environments, each with its initial
 * policy.
 */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fhirAt, hasStatus } from './fhir.ts';
import { getToken, openHome, type Home, type Platform } from './platform.ts';

let place: Home;
let platform: Platform;
let operator: string;
let reader: string;

before(async () => {
  place = await openHome({
    begins: 'migrated',
    programs: 'kept',
    serves: 'sso,fhir',
    environment: { DHP_PRODUCTION: 'on' },
  });
  platform = await place.start();
  operator = await tokenWith('admin/access-policies.read admin/access-policies.write admin/broken-glass.read');
  reader = await tokenWith('admin/access-policies.read');
});
after(() => place.close());

async function tokenWith(scope: string): Promise<string> {
  const { client_id, client_secret } = await place.createClient('playground', scope);
  const { sso: resource } = platform.urls;
  const body = new URLSearchParams({ grant_type: 'client_credentials', client_id, client_secret, scope, resource });
  const answer = await fetch(`${resource}/oauth/token`, { method: 'POST', body });
  const { access_token: token = '' } = (await answer.json()) as { access_token?: string };
  assert.equal(answer.status, 200);
  return token;
}

interface Told {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

async function ask(method: string, path: string, values?: object, token = operator): Promise<Told> {
  const answer = await fetch(`${platform.urls.sso}/admin${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(values && { body: JSON.stringify(values) }),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}
async function told(method: string, path: string, values?: object): Promise<Record<string, unknown>> {
  const { status, body } = await ask(method, path, values);
  assert.equal(status, 200, JSON.stringify(body));
  return body;
}
const reason = 'order 12';
const playground = '/access-policies/playground';
const document = (rules: readonly object[] = [], more: object = {}): string =>
  JSON.stringify({ others: 'as-scoped', rules, ...more });
const noConditions = (client: string): object => ({
  ...{ name: 'no-conditions', effect: 'deny', who: { client: [client] }, types: ['Condition'] },
  interactions: ['read', 'search'],
});

describe('what an environment begins with', () => {
  it('is nothing in the playground, and in a new production consents, care and labels', async () => {
    const { version, factors, consents_without_policies: without } = await told('GET', playground);
    assert.deepEqual(
      [version, factors, without],
      [null, { consent: 'absent', care: 'absent', labels: 'absent' }, 'record'],
    );
    const production = await told('GET', '/access-policies/production');
    assert.equal(production['version'], 1);
    assert.deepEqual(production['consents_of_nobody'], []);
    assert.notEqual((production['factors'] as Record<string, string>)['consent'], 'absent');
    const { versions } = await told('GET', '/access-policies/production/versions');
    const [first] = versions as Record<string, unknown>[];
    assert.deepEqual([first!['made_by'], first!['reason']], ['platform', 'the default of a new installation']);
    assert.deepEqual(await told('POST', '/access-policies/production/check', { policies: production['policies'] }), {
      faults: [],
    });
  });

  it('lets a client act for its organisation in production, and nothing beyond', async () => {
    const [own, free] = await Promise.all(
      [['--organization', 'org-7'], []].map((more) =>
        place.json<{ client_id: string; client_secret: string }>([
          ...['client', 'create', '--name', 'Hospital', '--scope', 'system/*.cruds', '--environment', 'production'],
          ...more,
        ]),
      ),
    );
    const [hospital, registry] = await Promise.all(
      [own!, free!].map(async (client) => fhirAt(platform.urls.production!, await getToken(platform.urls.sso, client))),
    );
    hasStatus(
      await registry!('PUT', 'Organization/org-7', { resourceType: 'Organization', id: 'org-7', name: 'One' }),
      201,
    );
    hasStatus(
      await registry!('PUT', 'Organization/org-8', { resourceType: 'Organization', id: 'org-8', name: 'Two' }),
      201,
    );
    hasStatus(await hospital!('PUT', 'Patient/p', { resourceType: 'Patient', id: 'p', gender: 'female' }), 201);
    const visit = (id: string, organization: string): object => ({
      ...{ resourceType: 'Encounter', id, status: 'in-progress', class: [{ text: 'ambulatory' }] },
      subject: { reference: 'Patient/p' },
      serviceProvider: { reference: `Organization/${organization}` },
    });
    hasStatus(await hospital!('PUT', 'Encounter/own', visit('own', 'org-7')), 201);
    hasStatus(await hospital!('PUT', 'Encounter/other', visit('other', 'org-8')), 403);
    hasStatus(await registry!('PUT', 'Encounter/other', visit('other', 'org-8')), 201);
    hasStatus(await hospital!('GET', 'Encounter/own'), 200);
    hasStatus(await hospital!('GET', 'Encounter/other'), 404);
    const found = hasStatus(await hospital!('GET', 'Encounter?_total=accurate'), 200).json();
    assert.equal(found['total'], 1);
  });
});

describe('access policies by the API', () => {
  it('are for clients with the scope, those that change something for the one that writes', async () => {
    const asReader = (method: string, path: string, values?: object): Promise<Told> =>
      ask(method, path, values, reader);
    assert.equal((await asReader('GET', playground)).status, 200);
    for (const path of ['/activate', '/rollback'])
      assert.equal((await asReader('POST', playground + path, { policies: document(), base: 0, reason })).status, 403);
    assert.equal((await asReader('GET', '/broken-glass/playground')).status, 403);
    const strange = await getToken(platform.urls.sso, await place.createClient('playground'));
    assert.equal((await ask('GET', playground, undefined, strange)).status, 401);
    assert.equal((await ask('GET', '/access-policies/elsewhere')).status, 400);
  });

  it('are checked, tried, put into force, told, and taken back', async () => {
    const lab = await place.createClient('playground', 'system/*.rs');
    const policies = document([noConditions(lab.client_id)]);
    const wrong = await told('POST', `${playground}/check`, { policies: '{\n"others": "all",\n"rules": []}' });
    assert.deepEqual(
      (wrong['faults'] as { line: number }[]).map(({ line }) => line),
      [2],
    );
    const { losses } = (await told('POST', `${playground}/try`, { policies })) as { losses: Loss[] };
    assert.deepEqual(
      losses.map(({ who, what, types }) => [who.clients, what, types]),
      ['read', 'search'].map((what) => [[lab.client_id], what, ['Condition']]),
    );
    const asked = { resource: 'Condition/none', client_id: lab.client_id };
    const says = async (): Promise<unknown> =>
      ((await told('POST', `${playground}/explain`, asked))['factors'] as { factor: string; says: string }[]).find(
        ({ factor }) => factor === 'access-policies',
      )?.says;
    assert.equal(await says(), 'leaves');

    const { version } = await told('POST', `${playground}/activate`, { policies, base: 0, reason });
    assert.equal(version, 1);
    const asLab = fhirAt(platform.urls.playground, await getToken(platform.urls.sso, lab));
    const until = Date.now() + 30_000;
    while ((await asLab('GET', 'Condition')).status !== 403) assert.ok(Date.now() < until, 'it does not act');
    assert.equal(await says(), 'refuses-type');

    const stale = await ask('POST', `${playground}/activate`, { policies: document(), base: 0, reason });
    assert.equal(stale.status, 409);
    assert.match(String(stale.body['error_description']), /Version 1 is in force/);
    assert.equal((await ask('POST', `${playground}/activate`, { policies, base: 1 })).status, 400, 'without a reason');
    assert.deepEqual(await told('POST', `${playground}/rollback`, { base: 1, reason }), { version: null });
    assert.equal((await ask('POST', `${playground}/rollback`, { base: 0, version: 9, reason })).status, 404);
    const { activations } = await told('GET', `${playground}/versions`);
    const made = (activations as { version: number | null; made_by: string; reason: string }[]).map(
      ({ version: of, made_by: who, reason: why }) => [of, /^client:/.test(who), why],
    );
    assert.deepEqual(made, [
      [null, true, reason],
      [1, true, reason],
    ]);
    assert.equal((await told('GET', `${playground}/versions/1`))['text'], policies);
    assert.equal((await ask('GET', `${playground}/versions/x`)).status, 404);
  });

  it('name persons by their roles, and the Single Sign-On itself', async () => {
    await place.json(['policy', 'set', 'nurse', '--scope', 'user/Patient.rs', '--reason', reason]);
    await place.json(['user', 'create', 'aziza', '--name', 'Aziza Karimova', '--practitioner', 'pr-1']);
    await place.json(['user', 'give-role', 'aziza', '--role', 'nurse', '--organization', 'org-1']);
    const policies = JSON.stringify({ others: 'nothing', rules: [], care: { roles: ['nurse'] } });
    const { losses } = (await told('POST', `${playground}/try`, { policies })) as { losses: Loss[] };
    const nurses = losses.filter(({ who }) => who.roles.includes('nurse Organization/*'));
    assert.deepEqual(
      nurses.map(({ who, what, types, nothing }) => [who.people, what, types, nothing ?? false]).sort(),
      [
        [1, 'care', [], false],
        [1, 'read', ['Patient'], true],
        [1, 'search', ['Patient'], true],
      ],
    );
    assert.ok(losses.some(({ who, what }) => who.clients.includes('dhp-sso') && what === 'read'));
    const byCommand = await place.json<{ losses: { roles: string[]; interaction: string }[] }>([
      ...['policy', 'try', await written(policies)],
    ]);
    assert.equal(byCommand.losses.filter(({ roles }) => roles.length > 0).length, nurses.length);
  });

  it('of a huge document are refused', async () => {
    const { status, body } = await ask('POST', `${playground}/check`, { policies: '{"a"'.repeat(400_000) });
    assert.ok(status === 400 || status === 413, JSON.stringify(body).slice(0, 200));
  });
});

interface Loss {
  readonly who: { readonly clients: readonly string[]; readonly roles: readonly string[]; readonly people?: number };
  readonly what: string;
  readonly types: readonly string[];
  readonly nothing?: boolean;
}

async function written(text: string): Promise<string> {
  const file = join(place.data, 'tried.json');
  await writeFile(file, text);
  return file;
}
