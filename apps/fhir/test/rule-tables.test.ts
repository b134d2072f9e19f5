/**
 * Each rule of the two tables at each door: read, vread, histories, searches, includes, chains, criteria of conditional requests, and entries of
 * Bundles. A rule without a case fails here.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import type { PolicyRule } from '@dhp/access-policies';
import { nationalPersonSystems } from '@dhp/fhir-validation';
import { readRules } from '../src/access/read-rules.ts';
import { writeRules } from '../src/access/write-rules.ts';
import { baseUrl, startServer, type Reply, type TestServer } from './environment.ts';
import { activateLabels, activatePolicies } from './policies.ts';

type Resource = Record<string, unknown> & { readonly resourceType: string; readonly id: string };

/** No key is known, and what cannot be verified is refused. */
const signatures = { keys: '{"keys":[]}', unchecked: 'refuse' } as const;

let server: TestServer;
/** The same where consents and labels are enforced, and doctors bound to their patients: a search finds no Binary there. */
let enforcing: TestServer;
before(async () => {
  [server, enforcing] = (await Promise.all(
    [1, 2].map(() => startServer({ requireIfMatch: false, referenceIntegrity: 'enforce', signatures })),
  )) as [TestServer, TestServer];
  for (const resource of world) {
    await store(resource);
    await store(resource, enforcing);
  }
  const who = { client: ['limited'] };
  const interactions = ['read', 'search', 'update', 'delete'] as const;
  const rule = {
    name: 'x',
    effect: 'deny',
    who,
    types: ['Observation'],
    interactions,
    criteria: '_tag=marked-hidden',
  } as const;
  await enforcing.store.buildConsents();
  await enforcing.store.buildCare();
  const limit = (client: string): PolicyRule => ({
    ...{ name: `limits-${client}`, effect: 'limit', who: { client: [client] }, types: ['Organization'] },
    interactions: [],
  });
  const limits = [
    { ...limit('partly'), hide: ['alias'] },
    { ...limit('locked'), readOnly: ['alias'] },
  ];
  await activatePolicies(server, { others: 'as-scoped', rules: [rule, ...limits] });
  const labels = ['urn:l|HIV', 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality|V'];
  const clearance = { name: 'tests', who: { client: ['tests'] }, labels };
  await activateLabels(enforcing, {
    ...{ others: 'as-scoped', rules: [], consent: 'enforced', care: { roles: ['doctor'] } },
    labels: { rules: [{ name: 'hiv', labels: ['urn:l|HIV'], codes: ['urn:c|hiv'] }], clearances: [clearance] },
  });
});
after(() => Promise.all([server.close(), enforcing.close()]));

async function store(resource: Resource, at = server): Promise<void> {
  const reply = await at.write('PUT', `/${resource.resourceType}/${resource.id}`, resource);
  assert.ok(reply.status < 300, reply.text);
}

/** Only the caller who may read the resource is answered with it. */
const marker = (id: string): object[] => [{ code: `marked-${id}` }];
const observation = (id: string, more: object): Resource => ({
  ...{ resourceType: 'Observation', id, status: 'final', code: { text: 'x' }, meta: { tag: marker(id) } },
  ...more,
});

const provenance = (patient: string, more: object = {}): Resource => ({
  ...{ resourceType: 'Provenance', id: 'kept', target: [{ reference: `Patient/${patient}` }] },
  ...{ agent: [{ who: { display: 'x' } }], ...more },
});
const practitioner = (use: 'official' | 'usual'): Resource => ({
  ...{ resourceType: 'Practitioner', id: 'known' },
  identifier: [{ use, system: Object.keys(nationalPersonSystems)[0], value: '30211975910033' }],
});
const parameter = (expression: string, status: string): Resource => ({
  ...{ resourceType: 'SearchParameter', id: 'odd', url: 'urn:odd', name: 'Odd', status, description: 'x' },
  ...{ code: 'odd', base: ['Patient'], type: 'token', expression, processingMode: 'normal' },
});

const topic = (status: string): Resource => ({
  ...{ resourceType: 'SubscriptionTopic', id: 'odd', url: 'urn:odd', status },
  resourceTrigger: [{ resource: 'Patient', fhirPathCriteria: '%current.(' }],
});

const world: readonly Resource[] = [
  { resourceType: 'Patient', id: 'a' },
  { resourceType: 'Patient', id: 'b' },
  observation('hidden', { subject: { reference: 'Patient/b' }, identifier: [{ value: 'hidden' }] }),
  { resourceType: 'Patient', id: 'c' },
  observation('refused', { subject: { reference: 'Patient/c' } }),
  {
    ...{ resourceType: 'Consent', id: 'no', status: 'active', decision: 'permit', subject: { reference: 'Patient/c' } },
    provision: [{ actor: [{ reference: { identifier: { system: 'urn:dhp:sso:client', value: 'refused' } } }] }],
  },
  observation('labelled', {
    subject: { reference: 'Patient/a' },
    meta: { tag: marker('labelled'), security: [{ system: 'urn:l', code: 'HIV' }] },
  }),
  { resourceType: 'Binary', id: 'closed', contentType: 'text/plain', securityContext: { reference: 'Patient/b' } },
  provenance('b'),
  practitioner('official'),
  parameter('Patient.(', 'draft'),
  topic('draft'),
  { resourceType: 'Organization', id: 'needed', name: 'x' },
  { resourceType: 'Organization', id: 'partly', name: 'part', alias: ['x'] },
  { resourceType: 'Location', id: 'needs', managingOrganization: { reference: 'Organization/needed' } },
];

describe('read rules', () => {
  /** For each rule: a caller from whom it hides the resource, and the way to the resource. */
  const cases: Readonly<Record<string, Record<string, unknown> & { hidden: string; marker: string }>> = {
    scopes: { scope: 'patient/*.cruds', hidden: 'Observation/hidden', marker: 'marked-hidden' },
    'access-policies': {
      ...{ scope: 'system/*.cruds', client_id: 'limited', hidden: 'Observation/hidden', marker: 'marked-hidden' },
    },
    consent: {
      ...{ scope: 'system/*.cruds', client_id: 'refused', hidden: 'Observation/refused', marker: 'marked-refused' },
    },
    care: {
      ...{ scope: 'user/*.cruds', policies: ['user/*.cruds'], roles: ['doctor Organization/7'] },
      ...{ fhirUser: `${baseUrl}/Practitioner/known`, hidden: 'Observation/hidden', marker: 'marked-hidden' },
    },
    label: {
      ...{ scope: 'system/*.cruds', client_id: 'refused', hidden: 'Observation/labelled', marker: 'marked-labelled' },
    },
    'security-context': { scope: 'patient/*.cruds system/Binary.cruds', hidden: 'Binary/closed', marker: '"closed"' },
  };
  const entry = (method: string, url: string): object => ({ request: { method, url } });
  const doors: Readonly<Record<string, (send: Send, type: string, id: string) => Promise<Reply>>> = {
    read: (send, type, id) => send('GET', `/${type}/${id}`),
    vread: (send, type, id) => send('GET', `/${type}/${id}/_history/1`),
    'history of a resource': (send, type, id) => send('GET', `/${type}/${id}/_history`),
    'history of a type': (send, type) => send('GET', `/${type}/_history?_count=50`),
    'history of all': (send) => send('GET', '/_history?_count=50'),
    search: (send, type, id) => send('GET', `/${type}?_id=${id}`),
    'search of all types': (send, type, id) => send('GET', `/?_type=${type}&_id=${id}`),
    'reverse include': (send) => send('GET', '/Patient?_id=a,b,c&_revinclude=Observation:subject'),
    'criteria of a conditional patch': (send, type, id) =>
      send('PATCH', `/${type}?_id=${id}`, [{ op: 'add', path: '/language', value: 'uz' }]),
    'criteria of a conditional delete': (send, type, id) => send('DELETE', `/${type}?_id=${id}`),
    batch: (send, type, id) =>
      send('POST', '/', {
        resourceType: 'Bundle',
        type: 'batch',
        entry: [entry('GET', `${type}/${id}`), entry('GET', `${type}?_id=${id}`)],
      }),
    transaction: (send, type, id) =>
      send('POST', '/', { resourceType: 'Bundle', type: 'transaction', entry: [entry('GET', `${type}?_id=${id}`)] }),
    'the table of a view': (send, type) => {
      const column = [
        { name: 'id', path: 'id' },
        { name: 'tags', path: 'meta.tag.code', collection: true },
      ];
      const viewResource = { name: 'viewResource', resource: { resource: type, select: [{ column }] } };
      const parameter = [viewResource, { name: '_format', valueCode: 'json' }];
      return send('POST', '/$viewdefinition-run', { resourceType: 'Parameters', parameter });
    },
  };

  test('each has a case', () => {
    assert.deepEqual(readRules.map(({ name }) => name).sort(), Object.keys(cases).sort());
  });
  for (const [rule, { hidden, marker, ...claims }] of Object.entries(cases)) {
    for (const [door, ask] of Object.entries(doors)) {
      test(`${rule} at ${door}`, async () => {
        const [type = '', id = ''] = hidden.split('/');
        const isEnforcing = rule === 'consent' || rule === 'care' || rule === 'label';
        const at = isEnforcing ? enforcing : server;
        const send = await senderOf({ ...claims, patient: 'a' }, at);
        const refused = await ask(send, type, id);
        assert.ok(!showsIt(refused, marker), refused.text);
        assert.equal((await at.request('GET', `/${hidden}`)).headers.get('etag'), 'W/"1"', 'it was changed');
        if (door.startsWith('criteria') || (door === 'reverse include' && type !== 'Observation')) return;
        const all = await senderOf({ scope: 'system/*.rs' }, at);
        const shown = await ask(all, type, id);
        assert.ok(showsIt(shown, marker), shown.text);
      });
    }
  }

  /** Whether an answer holds the resource: an outcome names it without telling of it. */
  function showsIt({ text, json }: Reply, mark: string): boolean {
    return json['resourceType'] !== 'OperationOutcome' && text.includes(mark) && !text.includes('"resource-not-found"');
  }
});

type Send = (method: string, path: string, body?: unknown) => Promise<Reply>;

async function senderOf(claims: Record<string, unknown>, at = server): Promise<Send> {
  const token = await at.sso.token(claims);
  return (method, path, body) => {
    const type = method === 'PATCH' ? 'application/json-patch+json' : 'application/fhir+json';
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    return at.request(method, path, { token, headers: { 'content-type': type }, ...sent });
  };
}

describe('write rules', () => {
  interface Case {
    readonly claims: Record<string, unknown>;
    /** A write of it is refused. */
    readonly sent: Resource;
    readonly patch: readonly object[];
    /** A deletion of it is refused. */
    readonly deleted?: string;
    /** It is about what is stored, so that it refuses no create. */
    readonly refusesNoCreate?: boolean;
    /** It is about what is new, and refuses no change. */
    readonly refusesCreatesAlone?: boolean;
    /** Nor a change of labels. */
    readonly permitsMeta?: boolean;
  }
  const add = (path: string, value: unknown): object[] => [{ op: 'add', path, value }];
  const healthWorker = { scope: 'user/*.cruds', fhirUser: `${baseUrl}/Practitioner/known`, policies: ['user/*.cruds'] };
  const every = { scope: 'system/*.cruds system/Provenance.cruds' };
  const signed = { type: [{ code: '1.2.840.10065.1.12.1.1' }], when: '2026-11-29T10:00:00Z', data: 'eA==' };
  const none = { reference: 'Organization/none' };
  const cases: Readonly<Record<string, Case>> = {
    scopes: {
      claims: { scope: 'patient/*.cruds', patient: 'a' },
      sent: observation('hidden', { subject: { reference: 'Patient/b' }, language: 'uz' }),
      ...{ patch: add('/language', 'uz'), deleted: 'Observation/hidden' },
    },
    'records-kept': {
      claims: every,
      sent: provenance('b', { language: 'uz' }),
      ...{ patch: add('/language', 'uz'), deleted: 'Provenance/kept', refusesNoCreate: true },
    },
    'national-identifiers': {
      claims: healthWorker,
      sent: practitioner('usual'),
      ...{ patch: add('/identifier/0/use', 'usual'), deleted: 'Practitioner/known' },
    },
    'hidden-elements': {
      claims: { scope: 'system/*.cruds', client_id: 'partly' },
      sent: { resourceType: 'Organization', id: 'partly', name: 'other' },
      ...{ patch: add('/alias', ['y']), refusesNoCreate: true, permitsMeta: true },
    },
    'read-only-elements': {
      claims: { scope: 'system/*.cruds', client_id: 'locked' },
      sent: { resourceType: 'Organization', id: 'partly', name: 'part', alias: ['y'] },
      patch: add('/alias', ['y']),
    },
    references: {
      claims: every,
      sent: { resourceType: 'Location', id: 'needs', managingOrganization: none },
      ...{ patch: add('/managingOrganization', none), deleted: 'Organization/needed' },
    },
    signatures: {
      claims: every,
      sent: provenance('b', { signature: [{ ...signed, sigFormat: 'application/jose' }] }),
      ...{ patch: [], refusesCreatesAlone: true },
    },
    'search-parameters': {
      claims: every,
      sent: parameter('Patient.(', 'active'),
      patch: add('/status', 'active'),
    },
    'subscription-topics': { claims: every, sent: topic('active'), patch: add('/status', 'active') },
  };
  const bundle = (type: string, method: string, url: string, resource?: object): object => ({
    ...{ resourceType: 'Bundle', type, entry: [{ request: { method, url }, ...(resource && { resource }) }] },
  });
  const doors: Readonly<Record<string, (send: Send, given: Case) => Promise<Reply> | undefined>> = {
    create: (send, { sent, refusesNoCreate }) =>
      refusesNoCreate ? undefined : send('POST', `/${sent.resourceType}`, sent),
    update: (send, { sent, refusesCreatesAlone }) =>
      refusesCreatesAlone ? undefined : send('PUT', nameOf(sent), sent),
    patch: (send, { sent, patch }) => (patch.length === 0 ? undefined : send('PATCH', nameOf(sent), patch)),
    delete: (send, { deleted }) => (deleted === undefined ? undefined : send('DELETE', `/${deleted}`)),
    'conditional update': (send, { sent, refusesCreatesAlone }) =>
      refusesCreatesAlone ? undefined : send('PUT', `/${sent.resourceType}?_id=${sent.id}`, sent),
    'conditional patch': (send, { sent, patch }) =>
      patch.length === 0 ? undefined : send('PATCH', `/${sent.resourceType}?_id=${sent.id}`, patch),
    'conditional delete': (send, { deleted }) =>
      deleted === undefined ? undefined : send('DELETE', `/${deleted.replace('/', '?_id=')}`),
    'meta-add': (send, { sent, refusesNoCreate, permitsMeta }) =>
      refusesNoCreate !== true || permitsMeta === true
        ? undefined
        : send('POST', `${nameOf(sent)}/$meta-add`, {
            resourceType: 'Parameters',
            parameter: [{ name: 'meta', valueMeta: { tag: [{ code: 'added' }] } }],
          }),
    'update in a batch': (send, { sent, refusesCreatesAlone }) =>
      refusesCreatesAlone ? undefined : send('POST', '/', bundle('batch', 'PUT', nameOf(sent).slice(1), sent)),
    'update in a transaction': (send, { sent, refusesCreatesAlone }) =>
      refusesCreatesAlone ? undefined : send('POST', '/', bundle('transaction', 'PUT', nameOf(sent).slice(1), sent)),
    'create in a transaction': (send, { sent, refusesNoCreate }) =>
      refusesNoCreate ? undefined : send('POST', '/', bundle('transaction', 'POST', sent.resourceType, sent)),
    'deletion in a transaction': (send, { deleted }) =>
      deleted === undefined ? undefined : send('POST', '/', bundle('transaction', 'DELETE', deleted)),
    'deletion in a batch': (send, { deleted }) =>
      deleted === undefined ? undefined : send('POST', '/', bundle('batch', 'DELETE', deleted)),
  };

  test('each has a case', () => {
    assert.deepEqual(writeRules.map(({ name }) => name).sort(), Object.keys(cases).sort());
  });
  for (const rule of writeRules) {
    for (const [door, ask] of Object.entries(doors)) {
      const given = cases[rule.name]!;
      const isOpen = ask(() => Promise.resolve({} as Reply), given) !== undefined;
      if (!isOpen) continue;
      test(`${rule.name} at ${door}`, async () => {
        const reply = (await ask(await senderOf(given.claims), given))!;
        // Criteria find nothing of what the caller may not see, which is then refused nothing.
        const isHidden = door.startsWith('conditional') && rule.name === 'scopes';
        if (!isHidden)
          assert.ok(
            rule.refuses.some((code) => reply.text.includes(`"${code}"`)),
            reply.text,
          );
        for (const name of [nameOf(given.sent), `/${given.deleted ?? ''}`].filter((each) => each !== '/')) {
          assert.equal((await server.request('GET', name)).headers.get('etag'), 'W/"1"', `${name} was changed`);
        }
      });
    }
  }

  function nameOf({ resourceType, id }: Resource): string {
    return `/${resourceType}/${id}`;
  }
});

test('docs/architecture.md names the rules of both tables in their order, with what they refuse with', () => {
  const text = readFileSync(new URL('../../../docs/architecture.md', import.meta.url), 'utf8');
  const rows = text.split('\n').flatMap((line) => {
    const [, rule, , , codes] = line.split('|').map((cell) => cell.trim());
    const names = [...(codes ?? '').matchAll(/`([a-z-]+)`/g)].map(([, name]) => name);
    return rule?.startsWith('`') === true && names.length > 0 ? [[rule.replaceAll('`', ''), names]] : [];
  });
  assert.deepEqual(
    rows,
    [...readRules, ...writeRules].map(({ name, refuses }) => [name, refuses]),
  );
});
