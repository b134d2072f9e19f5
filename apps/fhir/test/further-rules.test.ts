/**
 * A rule that is added to the tables holds on every route and for every caller. Random requests are made for each route, singly and as
 * entries of Bundles. No answer shows what the read rule hides, and nothing is stored that a write rule refuses.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Condition, conditionOf } from '@dhp/search-index';
import { isFull } from '../../../tests/sample.ts';
import type { ReadRule } from '../src/access/read-rules.ts';
import type { SentRule, StoredRule } from '../src/access/write-rule.ts';
import type { Route } from '../src/contract/route.ts';
import { failure } from '../src/http/errors.ts';
import { routes } from '../src/routes.ts';
import { startServer, type Reply, type TestServer } from './environment.ts';
import { queryOf } from './sql-query.ts';

const seed = Number(process.env['RULES_SEED'] ?? 17);
/** Requests by themselves for each route. */
const rounds = Number(process.env['RULES_ROUNDS'] ?? (isFull ? 5 : 2));

let state = seed;
function random(below: number): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((state / 2 ** 32) * below);
}
const one = <Item>(items: readonly Item[]): Item => items[random(items.length)]!;

const keeper = 'keeper';
const conditions = new Map<string, Condition>();

/** Only the keeper sees resources labelled as secret. */
const hidesSecrets: ReadRule = {
  name: 'hides-secrets',
  refuses: ['resource-not-found'],
  leaves({ timeZone, clock, baseUrl }, { clientId }) {
    if (clientId === keeper) return () => true;
    return (_, type) => {
      let condition = conditions.get(type);
      if (condition === undefined) {
        const options = { timeZone, now: clock(), ownBases: [baseUrl], lenient: false };
        conditions.set(type, (condition = conditionOf(type, [['_tag:not', 'secret']], options)));
      }
      return condition;
    };
  },
};
const lockedStay: StoredRule = {
  name: 'locked-stay',
  refuses: ['scope-outside'],
  decidesBy: 'stored',
  applies: ({ access }, { type }) => type === 'Basic' && access.clientId !== keeper,
  check(_, { type, id }, current) {
    if (current?.content.includes('"locked"') !== true) return;
    throw failure('scope-outside', {}, { diagnostics: `${type}/${id} is locked.` });
  },
};
const noFrench: SentRule = {
  name: 'no-french',
  refuses: ['scope-outside'],
  decidesBy: 'sent',
  applies: (_, { kind }) => kind !== 'delete',
  check(_, { resource }) {
    if (resource?.['language'] === 'fr') throw failure('scope-outside', {}, { diagnostics: 'It is in French.' });
  },
};

type Resource = Record<string, unknown> & { readonly resourceType: string; readonly id: string };

const types = ['Patient', 'Encounter', 'Observation', 'Composition', 'Basic', 'List'] as const;
const patients = ['p0', 'p1', 'p2'];

/** Every second resource is secret; of Basic, every third is locked. A label identifies the resource in answers. */
const labelOf = (id: string): string => `only-${id}`;
function made(type: string, n: number, tags: readonly string[]): Resource {
  const id = `${type[0]!.toLowerCase()}${String(n)}`;
  const meta = { tag: tags.map((code) => ({ system: 'urn:t', code })) };
  const subject = { reference: `Patient/${one(patients)}` };
  const observed = { reference: `Observation/o${String(random(6))}` };
  const code = { text: 'x', coding: [{ system: 'urn:c', code: 'c' }] };
  const parts: Record<string, object> = {
    Patient: { name: [{ family: one(['Karimov', 'Aliyev']) }] },
    Encounter: { status: 'planned', subject },
    Observation: { status: 'final', code, subject, encounter: { reference: `Encounter/e${String(random(6))}` } },
    Composition: {
      ...{ status: 'final', type: code, subject: [subject], date: '2026-01-01', author: [subject], title: 'x' },
      section: [{ title: 'x', entry: [observed] }],
    },
    Basic: { code, subject },
    List: { status: 'current', mode: 'working', subject: [subject], entry: [{ item: observed }] },
  };
  return { resourceType: type, id, meta, ...parts[type] };
}

const isSecret = (n: number): boolean => n % 2 === 0;
const isLocked = (type: string, n: number): boolean => type === 'Basic' && n % 3 === 1;
const world: readonly Resource[] = types.flatMap((type) =>
  Array.from({ length: 6 }, (_, n) => {
    const id = `${type[0]!.toLowerCase()}${String(n)}`;
    const state = isSecret(n) ? 'secret' : isLocked(type, n) ? 'locked' : 'open';
    return made(type, n, [state, labelOf(id)]);
  }),
);
const fixed = world.filter(({ id, resourceType }) => {
  const n = Number(id.slice(1));
  return isSecret(n) || isLocked(resourceType, n);
});
const hidden = fixed.filter(({ id }) => isSecret(Number(id.slice(1))));
const secrets = hidden.map(({ id }) => labelOf(id));
/** Returns the secrets that a text reveals: content, recognised by its label, or a version. */
const toldIn = (text: string): string[] => [
  ...secrets.filter((label) => text.includes(`"${label}"`)),
  ...hidden
    .map(({ resourceType, id }) => `${resourceType}/${id}/_history/`)
    .filter((version) => text.includes(version)),
];

/** Fires for any resource with a tag. */
const topic = {
  ...{ resourceType: 'SubscriptionTopic', id: 't0', url: 'urn:topic', status: 'draft' },
  resourceTrigger: types.map((resource) => ({
    ...{ resource, supportedInteraction: ['create', 'update'] },
    fhirPathCriteria: '%current.meta.tag.exists()',
  })),
};

const queries = [
  ...['', '_id=o0,o1,p0,p1', '_tag=secret', '_tag:not=open', '_total=accurate', '_sort=-_lastUpdated', '_summary=true'],
  ...['_include=*', '_revinclude=Observation:subject', '_revinclude=List:item', '_revinclude=Composition:entry'],
  ...['_has:Observation:subject:_tag=secret', '_include:iterate=Observation:encounter', '_elements=meta'],
];
const histories = ['', '_count=100', '_sort=_lastUpdated', '_since=2020-01-01T00:00:00Z', '_list=l1', '_list=l0'];

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
}

const parameters = (parameter: object[]): object => ({ resourceType: 'Parameters', parameter });

/** Returns a request of a route; half of them are about secret resources. */
function requestOf(route: Route, depth = 0): Asked {
  const { method, interaction } = route;
  const among = route.types === undefined ? types : types.filter((type) => route.types!.includes(type));
  const type = one(among.length === 0 ? types : among);
  const n = random(6);
  const id = `${type[0]!.toLowerCase()}${String(n)}`;
  const address = route.path
    .replace(':compartment', 'Patient')
    .replace(/^\/Patient\/:id/, `/Patient/${one(patients)}`)
    .replace(':type', type)
    .replace(':id', id)
    .replace(':versionId', '1');
  const sent = { ...made(type, n, [one(['open', 'open', 'secret'])]), language: one(['uz', 'ru', 'fr']) };
  if (interaction === 'batch/transaction') return { method, path: '/', body: bundle(depth) };
  if (interaction.startsWith('search')) {
    const query = one(queries.filter((each) => !route.path.includes(':compartment') || !each.startsWith('_has')));
    const ofTypes = route.path.includes(':type') ? query : [`_type=${types.join()}`, query].filter(Boolean).join('&');
    return method === 'GET' ? { method, path: `${address}?${ofTypes}` } : { method, path: address, body: ofTypes };
  }
  if (interaction.startsWith('history')) return { method, path: `${address}?${one(histories)}` };
  if (interaction.startsWith('conditional')) {
    const path = `${address}?${one([`_id=${id}`, '_tag=secret', `_tag=${one(['open', 'locked'])}&_id=${id}`])}`;
    return { method, path, ...bodyOf(method, sent) };
  }
  if (interaction.startsWith('$meta-')) {
    const tag = [{ system: 'urn:t', code: one(['secret', 'open', 'locked', 'other']) }];
    return { method, path: address, body: parameters([{ name: 'meta', valueMeta: { tag } }]) };
  }
  if (interaction === '$viewdefinition-run' || interaction === '$sql-run') {
    const subject = interaction === '$sql-run' ? 'subjectResource' : 'viewResource';
    return { method, path: address, body: parameters(tableOf(type, subject)) };
  }
  if (interaction === '$sqlquery-run') {
    const [subject, ...more] = tableOf(type, '') as [{ resource: object }, ...object[]];
    const sql = one([
      'select * from t',
      'select group_concat(tags) as tags from t',
      'select max(tags) as m, count(*) as n from t',
    ]);
    return { method, path: address, body: parameters([...queryOf(subject.resource, sql), ...more]) };
  }
  if (interaction === '$lastn') {
    const parts = [
      { name: 'patient', valueString: one(patients) },
      one([
        { name: 'category:missing', valueString: 'true' },
        { name: 'code', valueString: 'urn:c|c' },
      ]),
      { name: 'max', valueString: one(['1', '9']) },
    ];
    if (method === 'POST') return { method, path: address, body: parameters(parts) };
    return { method, path: `${address}?${parts.map(({ name, valueString }) => `${name}=${valueString}`).join('&')}` };
  }
  if (interaction === '$stats') {
    const asked = { subject: `Patient/${one(patients)}`, system: 'urn:c', code: 'c', statistic: 'count' };
    if (method === 'GET') return { method, path: `${address}?${new URLSearchParams(asked).toString()}&include=true` };
    const parts = [
      { name: 'subject', valueUri: asked.subject },
      { name: 'coding', valueCoding: { system: asked.system, code: asked.code } },
      { name: 'statistic', valueCode: asked.statistic },
      { name: 'include', valueBoolean: true },
    ];
    return { method, path: address, body: parameters(parts) };
  }
  if (interaction === '$try') {
    const ofTopic = route.path.includes(':id') ? `/SubscriptionTopic/${topic.id}/$try` : '/SubscriptionTopic/$try';
    const sendsTopic = method === 'POST' && !route.path.includes(':id');
    const body = parameters(sendsTopic ? [{ name: 'topic', resource: topic }] : []);
    return { method, path: ofTopic, ...(method === 'POST' && { body }) };
  }
  if (interaction.startsWith('$')) {
    return { method, path: address, ...(method === 'POST' && { body: parameters([]) }) };
  }
  if (interaction === 'create') return { method, path: address, body: { ...sent, id: undefined } };
  return { method, path: address, ...bodyOf(method, sent) };
}

/** Returns views of tags: as columns, as conditions, iterated; some only for the record of a patient or a group. */
function tableOf(type: string, subject: string): object[] {
  const tags = { name: 'tags', path: one(['meta.tag.code', "meta.tag.where(code != 'none').code"]), collection: true };
  const tag = { forEach: 'meta.tag', column: [{ name: 'tag', path: 'code' }] };
  const where = one([
    {},
    { where: [{ path: 'meta.tag.exists()' }] },
    { where: [{ path: "meta.tag.code contains 'secret'" }] },
  ]);
  const view = { resource: type, select: [{ column: [tags], select: one([[], [tag]]) }], ...where };
  const patient = { name: 'patient', valueReference: { reference: `Patient/${one(patients)}` } };
  const format = { name: '_format', valueCode: one(['json', 'ndjson']) };
  return [{ name: subject, resource: view }, format, ...one([[], [], [patient]])];
}

function bodyOf(method: string, sent: Resource): { body?: unknown } {
  if (method === 'PATCH') return { body: [{ op: 'add', path: '/language', value: sent['language'] }] };
  return method === 'PUT' ? { body: sent } : {};
}

function bundle(depth: number): object {
  const usable = probed.filter(
    ({ interaction, path }) => interaction !== 'batch/transaction' && !path.endsWith('_search'),
  );
  const entry = Array.from({ length: 1 + random(3) }, () => {
    const { method, path, body } = requestOf(one(usable), depth + 1);
    const data = Buffer.from(JSON.stringify(body ?? null)).toString('base64');
    const patch = { resourceType: 'Binary', contentType: 'application/json-patch+json', data };
    const resource = method === 'PATCH' ? patch : body;
    return { request: { method, url: path.slice(1) }, ...(body !== undefined && { resource }) };
  });
  return { resourceType: 'Bundle', type: one(['batch', 'transaction']), entry };
}

/**
 * Operations that read nothing stored, read one resource as a read does, or only check the permission for whole types; those of the SSO;
 * those of subscriptions, which answer only their owners (subscriptions/events.test.ts, subscriptions/sockets.test.ts). ViewDefinitions are
 * in no record and run like views that are sent (view-definitions.test.ts).
 */
const apart =
  /^\$(?:lookup|validate-code|batch-validate-code|subsumes|expand|related|compare|translate|closure|versions|export|viewdefinition-export|sql-export|import|bulk-delete|bulk-publish|bulk-submit|bulk-submit-status|identity-evidence|record-looks|access-administration|status|events|get-ws-binding-token|resend|handshake|report-event)$|^(?:job-|published-|view-)|^search-views$/;
// A GET request contains no view.
const isOfStoredView = ({ method, interaction, path }: Route): boolean =>
  path.startsWith('/ViewDefinition/:id/') ||
  (method === 'GET' && /^\$(?:viewdefinition|sql|sqlquery)-run$/.test(interaction));
const probed = routes.filter(
  (route) => route.permission !== 'public' && !apart.test(route.interaction) && !isOfStoredView(route),
);
/** These return whether a resource conforms or who asked for it, and nothing of its content. */
const tellsNothing = ({ interaction }: Route): boolean =>
  /^\$(?:validate|access-history|explain-access)$/.test(interaction);
const isSafe = ({ method, isSafe = method === 'GET', path }: Route): boolean => isSafe || path.endsWith('_search');

for (const referenceIntegrity of ['allow', 'enforce'] as const) {
  describe(`with references: ${referenceIntegrity}`, () => {
    let server: TestServer;
    let caller: string;
    let all: string;
    before(async () => {
      const accessRules = { read: [hidesSecrets], write: [lockedStay, noFrench] };
      server = await startServer({ requireIfMatch: false, referenceIntegrity, accessRules });
      caller = await server.sso.token({ scope: 'system/*.cruds' });
      all = await server.sso.token({ scope: 'system/*.cruds', client_id: keeper });
      await store([...world, topic], 201);
    });
    after(() => server.close());

    /** In one request, because storing everything again before each route would otherwise be most of the work. */
    async function store(resources: readonly Resource[], expected?: number): Promise<void> {
      const entry = resources.map((resource) => ({
        request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}` },
        resource,
      }));
      const body = { resourceType: 'Bundle', type: 'transaction', entry };
      const { status, json, text } = await send(all, { method: 'POST', path: '', body });
      assert.equal(status, 200, text);
      const answers = json['entry'] as readonly { readonly response: { readonly status: string } }[];
      assert.equal(answers.length, resources.length);
      if (expected !== undefined)
        for (const { response } of answers) assert.ok(response.status.startsWith(String(expected)), text);
    }

    function send(token: string, { method, path, body }: Asked): Promise<Reply> {
      const isForm = typeof body === 'string';
      const kind = isForm ? 'x-www-form-urlencoded' : method === 'PATCH' ? 'json-patch+json' : 'fhir+json';
      const headers = { 'content-type': `application/${kind}` };
      const sent = body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) };
      return server.request(method, path, { token, headers: body === undefined ? {} : headers, ...sent });
    }

    for (const type of types) {
      test(`only what is not secret is counted of ${type}`, async () => {
        const { json } = await send(caller, { method: 'GET', path: `/${type}?_summary=count` });
        assert.equal(
          json['total'],
          world.filter(({ resourceType, id }) => resourceType === type && !isSecret(Number(id.slice(1)))).length,
        );
      });
    }

    for (const route of probed) {
      test(`${route.method} ${route.path}, ${route.interaction}`, async () => {
        // Earlier requests may have deleted some.
        if (!isSafe(route)) await store(world.filter((each) => !fixed.includes(each)));
        let [shown, done] = [false, false];
        for (
          let round = 0;
          round < rounds || (round < 100 && !(isSafe(route) ? shown || tellsNothing(route) : done));
          round += 1
        ) {
          const asked = requestOf(route);
          const reply = await send(caller, asked);
          const about = `${asked.method} ${asked.path} ${JSON.stringify(asked.body)} (seed ${seed}): ${reply.text}`;
          assert.ok(reply.status < 500, about);
          assert.deepEqual(toldIn(reply.text), [], about);
          done ||= reply.status < 300;
          if (!isSafe(route) || shown) continue;
          const { text } = await send(all, asked);
          shown = toldIn(text).length > 0;
        }
        if (!isSafe(route)) assert.ok(done, 'nothing was ever done');
        else assert.equal(shown, !tellsNothing(route), 'whether the keeper was shown a secret');
      });
    }

    test('criteria find nothing that is secret', async () => {
      for (const type of types) {
        const statusOf = async (method: string, tag: string): Promise<number> => {
          const asked = { method, path: `/${type}?_tag=${tag}`, ...bodyOf(method, made(type, 7, ['open'])) };
          return (await send(caller, asked)).status;
        };
        for (const method of ['PATCH', 'DELETE']) {
          assert.equal(await statusOf(method, 'secret'), await statusOf(method, 'none'), `${method} of ${type}`);
        }
        const headers = { 'content-type': 'application/fhir+json', 'if-none-exist': '_tag=secret' };
        const body = JSON.stringify({ ...made(type, 1, ['open']), id: undefined });
        const reply = await server.request('POST', `/${type}`, { token: caller, headers, body });
        assert.equal(reply.status, 201, reply.text);
      }
    });

    test('what is secret or locked is as it was, and nothing became secret or French', async () => {
      for (const { resourceType, id } of fixed) {
        const { headers } = await send(all, { method: 'GET', path: `/${resourceType}/${id}` });
        assert.equal(headers.get('etag'), 'W/"1"', `${resourceType}/${id}`);
      }
      const count = async (criterion: string): Promise<unknown> =>
        (await send(all, { method: 'GET', path: `/?_type=${types.join()}&${criterion}&_summary=count` })).json['total'];
      assert.equal(await count('_tag=secret'), secrets.length);
      assert.equal(await count('_language=fr'), 0);
      const russian = { ...made('Patient', 1, ['open']), language: 'ru' };
      assert.ok((await send(caller, { method: 'PUT', path: '/Patient/p1', body: russian })).status < 300);
      assert.notEqual(await count('_language=ru'), 0, 'a language is found');
    });
  });
}
