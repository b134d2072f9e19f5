/**
 * An adversary reads what the FHIR servers and the SSO announce, and sends hostile requests of n, 2n and 4n for it: here for a sample, with
 * `npm run proof -- announced` for everything. `DHP_SEED` selects another sample.
 */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { announcedBy, type Announced } from './cost/announced/announced.ts';
import type { Hostile } from './cost/announced/generator.ts';
import { hostileTo } from './cost/announced/hostile.ts';
import { judge } from './cost/announced/judge.ts';
import { environments, openSubject } from './cost/announced/subject.ts';
import { announcedBySso, type SsoDocuments } from './cost/announced/sso/announced.ts';
import { hostileToSso } from './cost/announced/sso/hostile.ts';
import { openSsoSubject } from './cost/announced/sso/subject.ts';
import { countWork } from './cost/work.ts';
import { randomSource } from './random.ts';
import { inTurn } from './sample.ts';

const seed = Number(process.env['DHP_SEED'] ?? 20_261_129);
/** Number of each announced kind; a run sends every other one. */
const taken = 2;

// Counting starts before any code runs: code compiled earlier is not counted.
const counter = countWork();
after(() => counter.close());

/** Requests for some of each kind, in another choice for each environment. */
function sample(all: readonly Announced[], environment: number): Hostile[] {
  const random = randomSource(seed, environment);
  const byKind = Map.groupBy(all, ({ kind }) => kind);
  return [...byKind.values()].flatMap((items) =>
    inTurn(
      Array.from({ length: taken }, () => random.pick(hostileTo(random.pick(items)))),
      taken,
    ),
  );
}

for (const [n, environment] of environments.entries()) {
  describe(`what ${environment} announces`, async () => {
    const subject = await openSubject(environment, counter);
    after(() => subject.close());
    const all = await announcedBy(subject.ask);

    test('has a generator of hostile requests, all of it', () => {
      assert.ok(all.length > 1_000, `it announces ${all.length} things`);
      for (const announced of all) assert.ok(hostileTo(announced).length > 0, JSON.stringify(announced));
    });

    for (const hostile of sample(all, n))
      test(`${hostile.name} (seed ${seed})`, async (context) => {
        const { statuses, units, database, faults } = await judge(hostile, subject.instruments);
        context.diagnostic(
          `${statuses.join()}; ${units.join()} units; ${database.map((work) => work?.pages).join()} pages`,
        );
        assert.deepEqual(faults, []);
      });
  });
}

describe('what the SSO announces', async () => {
  const subject = await openSsoSubject(counter);
  after(() => subject.close());
  const { ground, documents, instruments } = subject;
  const all = announcedBySso(documents);

  test('has a generator of hostile requests, all of it', () => {
    assert.ok(all.length > 250, `it announces ${all.length} things`);
    for (const announced of all) assert.ok(hostileToSso(announced, ground).length > 0, JSON.stringify(announced));
  });

  const random = randomSource(seed, environments.length);
  const byKind = Map.groupBy(all, ({ kind }) => kind);
  const chosen = [...byKind.values()].flatMap((items) =>
    inTurn(
      Array.from({ length: taken }, () => random.pick(hostileToSso(random.pick(items), ground))),
      taken,
    ),
  );
  for (const hostile of chosen)
    test(`${hostile.name} (seed ${seed})`, async (context) => {
      const { statuses, database, faults } = await judge(hostile, instruments);
      context.diagnostic(`${statuses.join()}; ${database.map((work) => work?.pages).join()} pages`);
      assert.deepEqual(faults, []);
    });

  test('of a kind that nobody makes requests of is told', () => {
    const { metadata, openApi } = documents;
    const [path, operation] = ['/admin/clients', openApi.paths['/admin/clients']!['get']!];
    const without = { paths: {} };
    const ofOperation = (more: object): object => ({ paths: { [path]: { get: { ...operation, ...more } } } });
    const member = (schema: object): object => ({
      parameters: [{ name: 'x', in: 'query', required: false, schema }],
    });
    for (const told of [
      { metadata: { check_session_iframe: 'https://x' }, openApi: without },
      { metadata: { check_session_endpoint: 'https://x' }, openApi: without },
      { metadata: { prompt_values_supported: ['none'] }, openApi: without },
      { metadata: { grant_types_supported: ['urn:ietf:params:oauth:grant-type:token-exchange'] }, openApi: without },
      { metadata: { token_endpoint_auth_methods_supported: ['tls_client_auth'] }, openApi: without },
      { metadata, openApi: ofOperation({ callbacks: {} }) },
      { metadata, openApi: ofOperation({ parameters: [{ name: 'x', in: 'header', required: false, schema: {} }] }) },
      { metadata, openApi: ofOperation({ requestBody: { content: { 'text/csv': {} } } }) },
      { metadata, openApi: ofOperation(member({ type: 'number' })) },
      { metadata, openApi: ofOperation(member({ type: 'array', items: { type: 'array' } })) },
      { metadata, openApi: ofOperation(member({ type: 'object' })) },
    ] as unknown as SsoDocuments[])
      assert.throws(
        () => announcedBySso(told).forEach((announced) => hostileToSso(announced, ground)),
        /add a generator/,
        JSON.stringify(told).slice(0, 300),
      );
  });
});

test('what nobody makes requests of is told', () => {
  const parameter = { name: 'x', use: 'in', min: 0, max: '1', type: 'Ratio' } as const;
  const operation = {
    kind: 'operation',
    code: 'x',
    at: 'system',
    type: '',
    required: [],
    affectsState: false,
  } as const;
  for (const announced of [
    { kind: 'interaction', type: 'Patient', code: 'merge' },
    { kind: 'conditional', type: 'Patient', member: 'conditionalHistory' },
    { kind: 'parameter', type: 'Patient', name: 'x', of: 'special' },
    { kind: 'parameter', type: 'Patient', name: 'x', of: 'resource' },
    { kind: 'result parameter', name: '_graph' },
    { kind: 'patch format', mediaType: 'text/plain' },
    { ...operation, parameter },
  ] as const)
    assert.throws(() => hostileTo(announced), /add a generator/, JSON.stringify(announced));
});

test('a member of the statement that announces something new is told', async () => {
  const rest = [{ mode: 'server', resource: [], interaction: [], searchParam: [], messaging: [{}] }];
  await assert.rejects(
    announcedBy(async () => ({ resourceType: 'CapabilityStatement', rest })),
    /messaging/,
  );
});
