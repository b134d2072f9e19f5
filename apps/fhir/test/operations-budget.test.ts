/** Every operation that the CapabilityStatement lists counts its work for the request, and ends where that is spent. */
import assert from 'node:assert/strict';
import { after, before, describe, mock, test } from 'node:test';
import { Budget } from '@dhp/budget';
import { scanJson } from '@dhp/fhir-model';
import { startServer, type Reply, type TestServer } from './environment.ts';
import { queryOf } from './sql-query.ts';

const base = 'http://example.uz/';
const list = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));
type Resource = { readonly resourceType: string; readonly id: string; readonly [name: string]: unknown };

/** Few make a usual request, and many are more than the budget has. */
const sizes = [3, 4_000] as const;
/** The same for resources that are read one by one. */
const rowSizes = [3, 150] as const;
const limits = { work: 15_000, rows: 100, resourceWork: 1_000_000 };

const defined = (resourceType: string, id: string, more: object): Resource => ({
  ...{ resourceType, id, url: `${base}${id}`, status: 'active', name: 'X' },
  ...more,
});
const system = (id: string, concept: readonly object[], more: object = {}): Resource =>
  defined('CodeSystem', id, { content: 'complete', caseSensitive: true, concept, ...more });

/** Things of which there are n. */
const ofSize = (n: number): Resource[] => [
  system(`children${n}`, [{ code: 'root', concept: list(n, (i) => ({ code: `c${i}`, display: 'w' })) }]),
  system(`names${n}`, [{ code: 'c', designation: list(n, (i) => ({ language: 'ru', value: `d${i}` })) }]),
  system(
    `chain${n}`,
    list(n, (i) => ({ code: `c${i}`, property: i === 0 ? [] : [{ code: 'parent', valueCode: `c${i - 1}` }] })),
    { property: [{ code: 'parent', type: 'code' }] },
  ),
  system(
    `loose${n}`,
    list(n, (i) => ({ code: `c${i}` })),
    { caseSensitive: false },
  ),
  defined('ValueSet', `listed${n}`, {
    compose: { include: [{ system: `${base}loose${n}`, concept: list(n, (i) => ({ code: `c${i}` })) }] },
  }),
  defined('ValueSet', `all${n}`, { compose: { include: [{ system: `${base}children${n}` }] } }),
  defined('ValueSet', `part${n}`, {
    compose: {
      include: [{ system: `${base}children${n}`, filter: [{ property: 'concept', op: 'is-a', value: 'root' }] }],
    },
  }),
  defined('ConceptMap', `map${n}`, {
    group: [
      {
        ...{ source: `${base}children${n}`, target: `${base}t` },
        element: [{ code: 'c0', target: list(n, (i) => ({ code: `t${i}`, relationship: 'equivalent' })) }],
      },
    ],
  }),
  {
    ...{ resourceType: 'Patient', id: `tags${n}` },
    meta: { tag: list(n, (i) => ({ system: `${base}t`, code: `t${i}` })) },
    name: list(n, (i) => ({ family: `f${i}` })),
  },
];
const ofRows = (n: number): Resource[] => [
  { resourceType: 'Patient', id: `p${n}` },
  {
    ...{ resourceType: 'Encounter', id: `e${n}`, status: 'completed' },
    subject: { reference: `Patient/p${n}` },
  },
  ...list(n, (i) => ({
    ...{
      resourceType: 'Observation',
      id: `o${n}-${i}`,
      status: 'final',
      code: { coding: [{ system: base, code: 'm' }] },
    },
    ...{ subject: { reference: `Patient/p${n}` }, encounter: { reference: `Encounter/e${n}` } },
    meta: { tag: [{ system: `${base}rows`, code: `r${i}` }] },
  })),
  {
    ...{
      resourceType: 'Composition',
      id: `c${n}`,
      status: 'final',
      type: { text: 'x' },
      title: 'x',
      date: '2026-01-01',
    },
    author: [{ reference: `Patient/p${n}` }],
    section: [{ entry: list(n, (i) => ({ reference: `Observation/o${n}-${i}` })) }],
  },
];

const viewOfObservations = {
  name: 'viewResource',
  resource: { resource: 'Observation', select: [{ column: [{ name: 'id', path: 'id' }] }] },
};

type Ask = readonly [path: string, posted?: readonly object[]];

interface Asked {
  /** A path for a GET, or with Parameters what is posted there. */
  readonly ask: (n: number) => Ask;
  readonly sizes?: readonly [number, number];
  /** `refused`: many are more than the budget has; `allowed`: the budget grows with what is stored, and so does the work. */
  readonly many: 'refused' | 'allowed';
}
const url = (id: string): string => encodeURIComponent(base + id);
const validations = (...parameter: readonly object[]): readonly object[] => [
  { name: 'validation', resource: { resourceType: 'Parameters', parameter } },
];
const tag = (code: string): readonly object[] => [{ name: 'meta', valueMeta: { tag: [{ system: `${base}t`, code }] } }];

/** Requests by the id of the operation's definition; `undefined` where neither a request nor the store can have many of anything, or a page bounds it. */
const operations: Readonly<Record<string, Asked | undefined>> = {
  'Resource-validate': { ask: (n) => [`Patient/tags${n}/$validate`], many: 'allowed' },
  'Resource-meta': { ask: (n) => [`Patient/tags${n}/$meta`], many: 'refused' },
  'Resource-meta-add': { ask: (n) => [`Patient/tags${n}/$meta-add`, tag('t0')], many: 'allowed' },
  'Resource-meta-delete': { ask: (n) => [`Patient/tags${n}/$meta-delete`, tag('none')], many: 'allowed' },
  'Composition-document': { ask: (n) => [`Composition/c${n}/$document`], sizes: rowSizes, many: 'refused' },
  'Patient-everything': { ask: (n) => [`Patient/p${n}/$everything?_count=500`], sizes: rowSizes, many: 'refused' },
  'Observation-lastn': { ask: (n) => [`Observation/$lastn?patient=p${n}&code=m`], sizes: rowSizes, many: 'refused' },
  'Observation-stats': {
    ask: (n) => [`Observation/$stats?subject=Patient/p${n}&system=${url('')}&code=m&statistic=count`],
    ...{ sizes: rowSizes, many: 'refused' },
  },
  'Patient-access-history': undefined,
  'Resource-explain-access': undefined,
  'Encounter-everything': { ask: (n) => [`Encounter/e${n}/$everything?_count=500`], sizes: rowSizes, many: 'refused' },
  'CapabilityStatement-versions': undefined,
  // It ends before the budget does: topic-trial.test.ts.
  'SubscriptionTopic-try': undefined,
  // It looks at a hundred topics at most: subscriptions/reports.test.ts.
  'SubscriptionTopic-report-event': undefined,
  // They end with a page: subscriptions/events.test.ts.
  'Subscription-status': undefined,
  'Subscription-events': undefined,
  // It names a hundred at most: subscriptions/sockets.test.ts.
  'Subscription-get-ws-binding-token': undefined,
  // They are about one Subscription: subscriptions/deliveries.test.ts.
  'Subscription-resend': undefined,
  'Subscription-handshake': undefined,
  // It ends with a page: changes.test.ts.
  changes: undefined,
  // Nobody waits for them: export.test.ts, view-export.test.ts, import.test.ts, bulk-submit.test.ts, bulk-delete.test.ts.
  import: undefined,
  'bulk-submit': undefined,
  'bulk-submit-status': undefined,
  'bulk-delete': undefined,
  // It is read page by page: publish.test.ts.
  'bulk-publish': undefined,
  export: undefined,
  'patient-export': undefined,
  'group-export': undefined,
  'ViewDefinition-export': undefined,
  'SQL-export': undefined,
  'ViewDefinition-run': {
    ask: (n) => [
      '$viewdefinition-run',
      [viewOfObservations, { name: 'patient', valueReference: { reference: `Patient/p${n}` } }],
    ],
    ...{ sizes: rowSizes, many: 'refused' },
  },
  'SQL-run': {
    ask: (n) => [
      '$sql-run',
      [
        { ...viewOfObservations, name: 'subjectResource' },
        { name: 'patient', valueReference: { reference: `Patient/p${n}` } },
      ],
    ],
    ...{ sizes: rowSizes, many: 'refused' },
  },
  'SQLQuery-run': {
    ask: (n) => [
      '$sqlquery-run',
      [
        ...queryOf(viewOfObservations.resource, 'select count(*) as n from t'),
        { name: 'patient', valueReference: { reference: `Patient/p${n}` } },
      ],
    ],
    ...{ sizes: rowSizes, many: 'refused' },
  },
  'CodeSystem-lookup': {
    ask: (n) => [`CodeSystem/$lookup?system=${url(`children${n}`)}&code=root&property=child`],
    many: 'refused',
  },
  'CodeSystem-validate-code': {
    ask: (n) => [`CodeSystem/$validate-code?url=${url(`names${n}`)}&code=c&display=x`],
    many: 'refused',
  },
  'ValueSet-validate-code': {
    ask: (n) => [`ValueSet/$validate-code?url=${url(`listed${n}`)}&system=${url(`loose${n}`)}&code=c${n - 1}`],
    many: 'refused',
  },
  'CodeSystem-batch-validate-code': {
    ask: (n) => [
      'CodeSystem/$batch-validate-code',
      validations({ name: 'url', valueUri: `${base}names${n}` }, { name: 'code', valueCode: 'c' }),
    ],
    many: 'refused',
  },
  'ValueSet-batch-validate-code': {
    ask: (n) => [
      'ValueSet/$batch-validate-code',
      validations(
        { name: 'url', valueUri: `${base}listed${n}` },
        { name: 'system', valueUri: `${base}loose${n}` },
        { name: 'code', valueCode: `c${n - 1}` },
      ),
    ],
    many: 'refused',
  },
  'CodeSystem-subsumes': {
    ask: (n) => [`CodeSystem/$subsumes?system=${url(`chain${n}`)}&codeA=c0&codeB=c${n - 1}`],
    many: 'refused',
  },
  'ValueSet-expand': { ask: (n) => [`ValueSet/$expand?url=${url(`all${n}`)}&filter=w`], many: 'refused' },
  'ValueSet-related': {
    ask: (n) => [`ValueSet/$related?thisUrl=${url(`listed${n}`)}&otherUrl=${url(`listed${n}`)}`],
    many: 'refused',
  },
  'ValueSet-compare': {
    ask: (n) => [`ValueSet/$compare?thisUrl=${url(`part${n}`)}&otherUrl=${url(`all${n}`)}`],
    many: 'refused',
  },
  'ConceptMap-translate': {
    ask: (n) => [`ConceptMap/$translate?url=${url(`map${n}`)}&system=${url(`children${n}`)}&sourceCode=c0`],
    many: 'refused',
  },
  'ConceptMap-closure': {
    ask: (n) => [
      '$closure',
      [
        { name: 'name', valueString: `table${n}` },
        { name: 'concept', valueCoding: { system: `${base}chain${n}`, code: 'c0' } },
      ],
    ],
    many: 'refused',
  },
};

let server: TestServer;
/** Work and rows that were counted for requests since it was set to 0. */
let counted = 0;

before(async () => {
  server = await startServer({ requireIfMatch: false, costs: limits });
  // Past the limits of the request, as seeds and packages are stored.
  for (const resource of [...sizes.flatMap(ofSize), ...rowSizes.flatMap(ofRows)]) {
    const { resourceType: type, id } = resource;
    const source = scanJson(JSON.stringify(resource));
    const write = { type, id, source, resource: { ...resource }, requireMatch: false, createAllowed: true };
    const outcome = await server.store.update(write);
    assert.ok('version' in outcome, `${type}/${id}: ${outcome.kind}`);
  }
  for (const n of sizes) {
    await server.store.closures.begin('tests', `table${n}`, 100);
    const added = list(n, (i) => ({ system: `${base}chain${n}`, code: `c${i + 1}` }));
    await server.store.closures.change('tests', `table${n}`, () => Promise.resolve({ result: undefined, added }));
  }
  for (const name of ['spend', 'take'] as const) {
    const original = Reflect.get<Budget, typeof name>(Budget.prototype, name);
    mock.method(Budget.prototype, name, function (this: Budget, units: number, place?: string) {
      if (this.scope === 'request') counted += units;
      original.call(this, units, place);
    });
  }
});
after(async () => {
  mock.restoreAll();
  await server.close();
});

async function ask([path, parameter]: Ask): Promise<Reply & { readonly counted: number }> {
  counted = 0;
  const reply =
    parameter === undefined
      ? await server.request('GET', `/${path}`)
      : await server.write('POST', `/${path}`, { resourceType: 'Parameters', parameter });
  return { ...reply, counted };
}

interface Listed {
  readonly operation?: readonly { readonly definition: string }[];
}

test('the table has every operation that the CapabilityStatement lists', async () => {
  const { json } = await server.request('GET', '/metadata');
  const [rest] = json['rest'] as readonly (Listed & { readonly resource: readonly Listed[] })[];
  const definitions = [rest!, ...rest!.resource].flatMap(({ operation = [] }) => operation);
  const ids = definitions.map(({ definition }) => definition.replace(/^.*\/(?:dhp-)?/, ''));
  assert.deepEqual([...new Set(ids)].sort(), Object.keys(operations).sort());
});

describe('an operation counts its work', () => {
  for (const [id, asked] of Object.entries(operations)) {
    if (asked === undefined) continue;
    test(id, async (context) => {
      const [few, many] = asked.sizes ?? sizes;
      const usual = await ask(asked.ask(few));
      assert.equal(usual.status, 200, usual.text.slice(0, 400));
      assert.ok(usual.counted > 0, 'it was answered, and nothing was counted');
      const reply = await ask(asked.ask(many));
      context.diagnostic(`${few}: ${usual.counted}, ${many}: ${reply.counted}`);
      assert.ok(reply.counted > 5 * usual.counted || reply.counted > limits.rows, `${usual.counted}, ${reply.counted}`);
      if (asked.many === 'allowed') return;
      assert.equal(reply.status, 422, reply.text.slice(0, 400));
      assert.match(reply.code, /^(work|row)-limit-exceeded$/);
      assert.match(reply.sentence, /DHP_REQUEST_(WORK|ROWS)/);
      assert.equal((await ask(asked.ask(few))).status, 200);
    });
  }
});
