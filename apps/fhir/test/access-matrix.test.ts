/**
 * Kinds of scopes × all routes × resources inside and outside of what they permit. Probes are listed by route. A route without one fails
 * here, so that no address is added without a decision about who may use it.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Route } from '../src/contract/route.ts';
import { routes } from '../src/routes.ts';
import { startServer, type Reply, type TestServer } from './environment.ts';
import { caughtUp, versionsOf } from './followed-changes.ts';
import { linkTo } from './searches.ts';
import { queryOf } from './sql-query.ts';

interface Place {
  readonly patient: string;
  readonly tag: string;
}

interface Kind {
  readonly name: string;
  /** Returns a scope with these letters. */
  readonly scope: (letters: string) => string;
  readonly claims?: Record<string, unknown>;
  readonly inside: Place;
  readonly outside: Place;
  /** Whether the token is a patient's. Resources inside were written by the patient, who must not change those of others. */
  readonly isOfPatient?: boolean;
  /** Whether the token may ask about codes. Vocabularies are in no patient's record, so a scope for all of a record hides none of them. */
  readonly asksAboutCodes?: boolean;
}

const base = 'https://playground.test/fhir';
const ours = { patient: 'a', tag: 'ours' };
const kinds: readonly Kind[] = [
  {
    name: 'patient/',
    isOfPatient: true,
    asksAboutCodes: true,
    scope: (letters) => `patient/*.${letters}`,
    claims: { patient: 'a' },
    inside: ours,
    outside: { patient: 'b', tag: 'ours' },
  },
  {
    name: 'system/ with a query',
    scope: (letters) => `system/*.${letters}?_tag=ours`,
    inside: { patient: 'b', tag: 'ours' },
    outside: { patient: 'a', tag: 'theirs' },
  },
  {
    name: 'patient/ with a query',
    isOfPatient: true,
    scope: (letters) => `patient/*.${letters}?_tag=ours`,
    claims: { patient: 'a' },
    inside: ours,
    outside: { patient: 'a', tag: 'theirs' },
  },
  {
    name: 'user/ of a patient',
    isOfPatient: true,
    asksAboutCodes: true,
    scope: (letters) => `user/*.${letters}`,
    claims: { fhirUser: `${base}/Patient/a` },
    inside: ours,
    outside: { patient: 'b', tag: 'ours' },
  },
  {
    name: 'user/ of a health worker by policy',
    scope: (letters) => `user/*.${letters}`,
    claims: { fhirUser: `${base}/Practitioner/d`, policies: ['user/*.cruds?_tag=ours'] },
    inside: { patient: 'b', tag: 'ours' },
    outside: { patient: 'a', tag: 'theirs' },
  },
  {
    name: 'user/ with a query of a health worker by policy',
    scope: (letters) => `user/*.${letters}?_tag=ours`,
    claims: { fhirUser: `${base}/Practitioner/d`, policies: ['user/*.cruds'] },
    inside: { patient: 'b', tag: 'ours' },
    outside: { patient: 'a', tag: 'theirs' },
  },
];

/** A new one for each kind, because some answers take time in proportion to the number of resources, and each probe stores one. */
let server: TestServer;

/** Inputs of a probe: a token, and a resource of the place that no other probe uses. */
interface Probe {
  readonly token: string;
  readonly type: string;
  readonly id: string;
  readonly place: Place;
  readonly resource: Record<string, unknown>;
}

let number = 0;

function made(type: string, id: string, { patient, tag }: Place): Record<string, unknown> {
  const common = {
    resourceType: type,
    id,
    meta: { tag: [{ code: tag }, { code: `only-${id}` }] },
    identifier: [{ value: id }],
  };
  const subject = { reference: `Patient/${patient}` };
  switch (type) {
    case 'Patient':
      // A person linked to a patient is in the compartment, which gives that patient no right.
      return { ...common, link: [{ other: subject, type: 'seealso' }] };
    case 'Encounter':
      return { ...common, status: 'planned', subject };
    case 'Composition':
      return {
        ...common,
        status: 'final',
        type: { text: 'x' },
        subject: [subject],
        date: '2026-01-01',
        author: [{ display: 'x' }],
        title: 'x',
      };
    default:
      return { ...common, status: 'final', code: { text: 'x', coding: [{ system: 'urn:x', code: id }] }, subject };
  }
}

async function send(probe: Probe, method: string, path: string, body?: unknown, headers = {}): Promise<Reply> {
  const type = method === 'PATCH' ? 'application/json-patch+json' : 'application/fhir+json';
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  return server.request(method, path, { token: probe.token, headers: { 'content-type': type, ...headers }, ...sent });
}

async function form(probe: Probe, path: string, body: string): Promise<Reply> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return server.request('POST', path, { token: probe.token, headers, body });
}

/** Whether an answer is about the resource: it was not refused, and shows it. */
function shows({ id }: Probe, reply: Reply): boolean {
  assert.ok([200, 201, 403, 404].includes(reply.status), reply.text);
  if (reply.json['total'] === 0) assert.ok(!reply.text.includes(`"id":"${id}"`));
  return reply.status < 300 && reply.text.includes(`"id":"${id}"`);
}

/** Whether a write took effect, according to a client that may read everything. */
async function changed(probe: Probe, reply: Reply): Promise<boolean> {
  assert.ok([200, 201, 204, 403, 404, 412].includes(reply.status), reply.text);
  const now = await server.request('GET', `/${probe.type}/${probe.id}`);
  const isChanged = now.status === 410 || now.json['language'] === 'uz' || now.text.includes('"code":"added"');
  if (reply.status >= 400) assert.equal(isChanged, false, 'refused, and done all the same');
  return isChanged;
}

const parameters = (code: string): unknown => ({
  resourceType: 'Parameters',
  parameter: [{ name: 'meta', valueMeta: { tag: [{ code }] } }],
});
const patch = [{ op: 'add', path: '/language', value: 'uz' }];
/** The ids of all Observations. */
const table = {
  resourceType: 'Parameters',
  parameter: [
    { name: 'viewResource', resource: { resource: 'Observation', select: [{ column: [{ name: 'id', path: 'id' }] }] } },
    { name: '_format', valueCode: 'json' },
  ],
};

/** Would fire only for this Observation. */
const topicOf = (id: string): unknown => ({
  resourceType: 'SubscriptionTopic',
  ...{ url: 'urn:topic', status: 'draft' },
  resourceTrigger: [{ resource: 'Observation', queryCriteria: { current: `_id=${id}` } }],
});

/** Probes by method and path: whether the caller reached the resource. */
const probes: Record<string, { type?: string; run: (probe: Probe) => Promise<boolean> }> = {
  'GET /': { run: async (p) => shows(p, await send(p, 'GET', `/?_type=Observation,Patient&_id=${p.id}`)) },
  'POST /_search': { run: async (p) => shows(p, await form(p, '/_search', `_type=Observation&_id=${p.id}`)) },
  'GET /:type': { run: async (p) => shows(p, await send(p, 'GET', `/Observation?_id=${p.id}&_total=accurate`)) },
  'POST /:type/_search': { run: async (p) => shows(p, await form(p, '/Observation/_search', `identifier=${p.id}`)) },
  'POST /:compartment/:id/_search': {
    run: async (p) => shows(p, await form(p, `/Patient/${p.place.patient}/_search`, `_id=${p.id}`)),
  },
  'GET /:compartment/:id/:type': {
    run: async (p) => shows(p, await send(p, 'GET', `/Patient/${p.place.patient}/Observation?_id=${p.id}`)),
  },
  'POST /:compartment/:id/:type/_search': {
    run: async (p) => shows(p, await form(p, `/Patient/${p.place.patient}/Observation/_search`, `_id=${p.id}`)),
  },
  'GET /_history': { run: async (p) => shows(p, await send(p, 'GET', '/_history?_count=50')) },
  'GET /:type/_history': { run: async (p) => shows(p, await send(p, 'GET', '/Observation/_history?_count=50')) },
  'GET /:type/:id': { run: async (p) => shows(p, await send(p, 'GET', `/Observation/${p.id}`)) },
  'GET /:type/:id/_history': { run: async (p) => shows(p, await send(p, 'GET', `/Observation/${p.id}/_history`)) },
  'GET /:type/:id/_history/:versionId': {
    run: async (p) => shows(p, await send(p, 'GET', `/Observation/${p.id}/_history/1`)),
  },
  'GET /$changes': { run: (p) => showsChange(p, (path) => send(p, 'GET', path)) },
  'POST /$changes': {
    run: (p) =>
      showsChange(p, (path) => {
        const query = new URLSearchParams(path.split('?')[1]);
        const parameter = [...query].map(([name, value]) =>
          name === '_count' ? { name, valueInteger: Number(value) } : { name, valueString: value, valueCode: value },
        );
        return send(p, 'POST', '/$changes', { resourceType: 'Parameters', parameter });
      }),
  },
  'POST /:type': {
    run: async (p) => {
      const reply = await send(p, 'POST', '/Observation', p.resource);
      assert.ok([201, 403].includes(reply.status), reply.text);
      return reply.status === 201;
    },
  },
  'PUT /:type/:id': {
    run: async (p) => changed(p, await send(p, 'PUT', `/Observation/${p.id}`, { ...p.resource, language: 'uz' })),
  },
  'PATCH /:type/:id': { run: async (p) => changed(p, await send(p, 'PATCH', `/Observation/${p.id}`, patch)) },
  'DELETE /:type/:id': { run: async (p) => changed(p, await send(p, 'DELETE', `/Observation/${p.id}`)) },
  'PUT /:type': {
    async run(p) {
      const resource = { ...p.resource, id: undefined, language: 'uz' };
      return changed(p, await send(p, 'PUT', `/Observation?identifier=${p.id}`, resource));
    },
  },
  'PATCH /:type': { run: async (p) => changed(p, await send(p, 'PATCH', `/Observation?identifier=${p.id}`, patch)) },
  'DELETE /:type': { run: async (p) => changed(p, await send(p, 'DELETE', `/Observation?identifier=${p.id}`)) },
  'POST /': {
    async run(p) {
      const read = { request: { method: 'GET', url: `Observation/${p.id}` } };
      const batch = await send(p, 'POST', '/', { resourceType: 'Bundle', type: 'batch', entry: [read] });
      assert.equal(batch.status, 200, batch.text);
      const resource = { ...p.resource, language: 'uz' };
      const put = { request: { method: 'PUT', url: `Observation/${p.id}` }, resource };
      const isRead = batch.text.includes(`"id":"${p.id}"`);
      const transaction = { resourceType: 'Bundle', type: 'transaction', entry: [put, read] };
      const isWritten = await changed(p, await send(p, 'POST', '/', transaction));
      assert.equal(isRead, isWritten, 'as the same requests by themselves');
      return isRead;
    },
  },
  'GET /$meta': { run: async (p) => showsLabel(p, await send(p, 'GET', '/$meta')) },
  'POST /$meta': { run: async (p) => showsLabel(p, await send(p, 'POST', '/$meta')) },
  'GET /:type/$meta': { run: async (p) => showsLabel(p, await send(p, 'GET', '/Observation/$meta')) },
  'POST /:type/$meta': { run: async (p) => showsLabel(p, await send(p, 'POST', '/Observation/$meta')) },
  'GET /:type/:id/$meta': { run: async (p) => showsMeta(await send(p, 'GET', `/Observation/${p.id}/$meta`)) },
  'POST /:type/:id/$meta': { run: async (p) => showsMeta(await send(p, 'POST', `/Observation/${p.id}/$meta`)) },
  'GET /:type/:id/_history/:versionId/$meta': {
    run: async (p) => showsMeta(await send(p, 'GET', `/Observation/${p.id}/_history/1/$meta`)),
  },
  'POST /:type/:id/_history/:versionId/$meta': {
    run: async (p) => showsMeta(await send(p, 'POST', `/Observation/${p.id}/_history/1/$meta`)),
  },
  'GET /:type/:id/$validate': { run: async (p) => showsMeta(await send(p, 'GET', `/Observation/${p.id}/$validate`)) },
  'POST /:type/:id/$validate': { run: async (p) => showsMeta(await send(p, 'POST', `/Observation/${p.id}/$validate`)) },
  'POST /:type/:id/$meta-add': {
    run: async (p) => changed(p, await send(p, 'POST', `/Observation/${p.id}/$meta-add`, parameters('added'))),
  },
  'POST /:type/:id/$meta-delete': {
    async run(p) {
      await server.request('POST', `/Observation/${p.id}/$meta-add`, {
        headers: { 'content-type': 'application/fhir+json' },
        body: JSON.stringify(parameters('gone')),
      });
      const reply = await send(p, 'POST', `/Observation/${p.id}/$meta-delete`, parameters('gone'));
      const now = await server.request('GET', `/Observation/${p.id}`);
      assert.equal(reply.status < 300, !now.text.includes('"code":"gone"'));
      return reply.status < 300;
    },
  },
  'GET /:type/:id/$document': {
    type: 'Composition',
    run: async (p) => shows(p, await send(p, 'GET', `/Composition/${p.id}/$document`)),
  },
  'POST /:type/:id/$document': {
    type: 'Composition',
    run: async (p) => shows(p, await send(p, 'POST', `/Composition/${p.id}/$document`)),
  },
  'GET /:type/$everything': {
    type: 'Patient',
    run: async (p) => shows(p, await send(p, 'GET', '/Patient/$everything')),
  },
  'POST /:type/$everything': {
    type: 'Patient',
    run: async (p) => shows(p, await send(p, 'POST', '/Patient/$everything')),
  },
  'GET /:type/:id/$everything': {
    type: 'Encounter',
    run: async (p) => shows(p, await send(p, 'GET', `/Encounter/${p.id}/$everything?_count=5`)),
  },
  'POST /:type/:id/$everything': {
    type: 'Patient',
    run: async (p) => shows(p, await send(p, 'POST', `/Patient/${p.id}/$everything`)),
  },
  'GET /:type/$lastn': { run: async (p) => shows(p, await send(p, 'GET', `/Observation/$lastn?${lastOf(p)}`)) },
  'POST /:type/$lastn': {
    async run(p) {
      const parameter = [...new URLSearchParams(lastOf(p))].map(([name, valueString]) => ({ name, valueString }));
      return shows(p, await send(p, 'POST', '/Observation/$lastn', { resourceType: 'Parameters', parameter }));
    },
  },
  'GET /:type/$stats': {
    async run(p) {
      const of = `subject=Patient/${p.place.patient}&system=urn:x&code=${p.id}`;
      return counts(p, await send(p, 'GET', `/Observation/$stats?${of}&statistic=total-count&include=true`));
    },
  },
  'POST /:type/$stats': {
    async run(p) {
      const parameter = [
        { name: 'subject', valueUri: `Patient/${p.place.patient}` },
        { name: 'coding', valueCoding: { system: 'urn:x', code: p.id } },
        { name: 'statistic', valueCode: 'total-count' },
        { name: 'include', valueBoolean: true },
      ];
      return counts(p, await send(p, 'POST', '/Observation/$stats', { resourceType: 'Parameters', parameter }));
    },
  },
  'POST /:type/$try': {
    async run(p) {
      const reply = await send(p, 'POST', '/SubscriptionTopic/$try', topicOf(p.id));
      assert.ok([200, 403].includes(reply.status), reply.text);
      return reply.text.includes(`Observation/${p.id}/_history/1`);
    },
  },
  'POST /$viewdefinition-run': { run: async (p) => shows(p, await send(p, 'POST', '/$viewdefinition-run', table)) },
  'POST /$sql-run': {
    async run(p) {
      const [view, ...more] = table.parameter;
      const parameter = [{ ...view, name: 'subjectResource' }, ...more];
      return shows(p, await send(p, 'POST', '/$sql-run', { ...table, parameter }));
    },
  },
  'POST /$sqlquery-run': {
    async run(p) {
      const [view, ...more] = table.parameter;
      const parameter = [...queryOf(view!.resource!, 'select * from t'), ...more];
      return shows(p, await send(p, 'POST', '/$sqlquery-run', { ...table, parameter }));
    },
  },
  'POST /ViewDefinition/$viewdefinition-run': {
    run: async (p) => shows(p, await send(p, 'POST', '/ViewDefinition/$viewdefinition-run', table)),
  },
};

/** Whether the feed of changes shows it, from its beginning to its end. */
async function showsChange(p: Probe, ask: (path: string) => Promise<Reply>): Promise<boolean> {
  await caughtUp(server);
  for (let path = '/$changes?_type=Observation&_count=1000'; ;) {
    const reply = await ask(path);
    if (shows(p, reply)) return true;
    if (reply.status !== 200 || versionsOf(reply).length === 0) return false;
    path = linkTo(reply, 'next')!;
  }
}

/** Returns a search that the current resource matches. */
function lastOf({ id, place }: Probe): string {
  return `patient=${place.patient}&category:missing=true&code=urn:x|${id}`;
}

/** Whether the resource was counted and included. */
function counts(p: Probe, reply: Reply): boolean {
  const isShown = shows(p, reply);
  assert.equal(reply.text.includes('"valueQuantity":{"value":1,'), isShown, reply.text);
  return isShown;
}

function showsMeta(reply: Reply): boolean {
  assert.ok([200, 403, 404].includes(reply.status), reply.text);
  return reply.status === 200;
}

function showsLabel({ id }: Probe, reply: Reply): boolean {
  assert.ok([200, 403].includes(reply.status), reply.text);
  return reply.text.includes(`"only-${id}"`);
}

function nameOf({ method, path }: Route): string {
  return `${method} ${path}`;
}

/** Reads only the sent resource, nothing stored. */
const blind = 'POST /:type/$validate';
/** Answers of these come from many resources, so they require the right to read all of the type. */
const ofWholeTypes = routes.filter(({ interaction }) =>
  [
    ...['$lookup', '$validate-code', '$batch-validate-code', '$subsumes', '$expand', '$related', '$compare'],
    ...['$translate', '$closure'],
  ].includes(interaction),
);
/** The answer is the same for everybody; only the body requires a token. */
const aboutTheServer = 'POST /$versions';
/** Only for the SSO: identity-evidence.test.ts, audit/record-looks.test.ts. */
const forTheSso = ['POST /:type/$identity-evidence', 'POST /:type/$record-looks'];
/**
 * These require a permission of their own: audit/access-history.test.ts, jobs/async.test.ts, export.test.ts, view-export.test.ts,
 * bulk-submit.test.ts, bulk-delete.test.ts, subscriptions/reports.test.ts, view-definitions.test.ts.
 */
const withOwnRight = routes.filter(({ permission }) => permission === 'own').map(nameOf);
/** About a stored topic, which is in no patient's record: topic-trial.test.ts. */
const ofStoredTopics = ['GET /:type/:id/$try', 'POST /:type/:id/$try'];
/**
 * Answered only for the client and person that created the Subscription, with the events that these may see: subscriptions/events.test.ts,
 * subscriptions/sockets.test.ts, subscriptions/deliveries.test.ts.
 */
const ofSubscriptions = routes
  .filter(({ interaction }) =>
    ['$status', '$events', '$get-ws-binding-token', '$resend', '$handshake'].includes(interaction),
  )
  .map(nameOf);
/**
 * These require the right to all ViewDefinitions, which none of these tokens has, and otherwise read like the ones without an id:
 * view-definitions.test.ts.
 */
const ofStoredViews = [
  ...['POST /ViewDefinition/:id/$viewdefinition-run', 'POST /ViewDefinition/:id/$sql-run'],
  // A GET request contains no view.
  ...['GET /ViewDefinition/:id/$viewdefinition-run', 'GET /ViewDefinition/:id/$sql-run'],
  ...['GET /$viewdefinition-run', 'GET /ViewDefinition/$viewdefinition-run', 'GET /$sql-run', 'GET /$sqlquery-run'],
];
const notProbed = new Set([
  blind,
  ...ofStoredViews,
  ...ofStoredTopics,
  ...ofSubscriptions,
  aboutTheServer,
  ...forTheSso,
  ...withOwnRight,
  ...ofWholeTypes.map(nameOf),
]);
const guarded = [...new Set(routes.filter(({ permission }) => permission !== 'public').map(nameOf))].filter(
  (name) => !notProbed.has(name),
);

test('every route that is not public has a probe, and every probe a route', () => {
  assert.deepEqual(Object.keys(probes).sort(), guarded.sort());
});

test('no public route shows a stored resource', () => {
  const open = routes.filter(({ permission }) => permission === 'public').map(({ interaction }) => interaction);
  const files = ['openapi', 'postman-collection', 'postman-environment'];
  const known = [
    'capabilities',
    'smart-configuration',
    'healthz',
    'readyz',
    'operation-definition',
    '$versions',
    ...files,
  ];
  assert.deepEqual([...new Set(open)].sort(), known.sort());
});

for (const kind of kinds) {
  describe(kind.name, () => {
    before(async () => {
      server = await startServer({ requireIfMatch: false });
      for (const id of ['a', 'b']) {
        const patient = { resourceType: 'Patient', id, meta: { tag: [{ code: 'ours' }] } };
        await server.write('PUT', `/Patient/${id}`, patient);
      }
    });
    after(() => server.close());

    test('operations on whole types are refused, but questions about codes where no scope narrows them', async () => {
      const token = await server.sso.token({ scope: kind.scope('cruds'), ...kind.claims });
      assert.ok(ofWholeTypes.length > 20);
      for (const { method, path, types = ['ConceptMap'] } of ofWholeTypes) {
        const address = path.replace(':type', types[0]!).replace(':id', 'x');
        const headers = { 'content-type': 'application/fhir+json' };
        const parameter = path.endsWith('$closure') ? [{ name: 'name', valueString: 'x' }] : [];
        const body = method === 'POST' ? { body: JSON.stringify({ resourceType: 'Parameters', parameter }) } : {};
        const reply = await server.request(method, address, { token, headers, ...body });
        const isAnswered = kind.asksAboutCodes === true && !path.endsWith('$closure');
        assert.equal(reply.status !== 403, isAnswered, `${method} ${address}: ${reply.text}`);
      }
    });

    for (const name of guarded) {
      test(name, async () => {
        assert.equal(await attempt(name, kind, 'inside', 'cruds'), true, 'inside');
        assert.equal(await attempt(name, kind, 'outside', 'cruds'), false, 'outside');
        const route = routes.find((each) => nameOf(each) === name)!;
        const needed = route.permission === 'types' ? 's' : route.permission;
        if (needed === 'entries') return;
        assert.equal(await attempt(name, kind, 'inside', 'cruds'.replace(needed, '')), false, `without ${needed}`);
      });
    }
  });
}

async function attempt(name: string, kind: Kind, where: 'inside' | 'outside', letters: string): Promise<boolean> {
  const { type = 'Observation', run } = probes[name]!;
  const isOwn = kind.isOfPatient === true && where === 'inside';
  const isOwnPatient = isOwn && type === 'Patient';
  const id = isOwnPatient ? ours.patient : `m${(number += 1)}`;
  const place = kind[where];
  const resource = made(type, id, place);
  if (!isOwnPatient) {
    const author = isOwn ? { scope: 'patient/*.cruds', patient: ours.patient } : {};
    const stored = await server.request('PUT', `/${type}/${id}`, {
      token: await server.sso.token(author),
      headers: { 'content-type': 'application/fhir+json' },
      body: JSON.stringify(resource),
    });
    assert.equal(stored.status, 201, stored.text);
  }
  const token = await server.sso.token({ scope: kind.scope(letters), ...kind.claims });
  return run({ token, type, id, place, resource });
}
