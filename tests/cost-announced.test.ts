/**
 * An adversary reads what the FHIR servers announce, and sends for it hostile requests of n, 2n and 4n: here for a sample, by
 * `npm run proof -- announced` for all of it. `DHP_SEED` takes another sample.
 */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { announcedBy, type Announced } from './cost/announced/announced.ts';
import type { Hostile } from './cost/announced/generator.ts';
import { hostileTo } from './cost/announced/hostile.ts';
import { judge } from './cost/announced/judge.ts';
import { environments, openSubject } from './cost/announced/subject.ts';
import { countWork } from './cost/work.ts';
import { randomSource } from './random.ts';

const seed = Number(process.env['DHP_SEED'] ?? 20_261_129);
/** Of each kind of what is announced. */
const taken = 2;

// Counting begins before anything runs: code that was compiled without it is not counted.
const counter = countWork();
after(() => counter.close());

/** Requests for some of each kind, in another choice for each environment. */
function sample(all: readonly Announced[], environment: number): Hostile[] {
  const random = randomSource(seed, environment);
  const byKind = Map.groupBy(all, ({ kind }) => kind);
  return [...byKind.values()].flatMap((items) =>
    Array.from({ length: taken }, () => random.pick(hostileTo(random.pick(items)))),
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
        const { statuses, units, pages, faults } = await judge(hostile, subject.instruments);
        context.diagnostic(`${statuses.join()}; ${units.join()} units; ${pages.join()} pages`);
        assert.deepEqual(faults, []);
      });
  });
}

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
