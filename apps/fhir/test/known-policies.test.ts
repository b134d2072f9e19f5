/** Access policies as a server knows them: consents take effect as soon as the earlier ones are known. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StoreUnavailable } from '@dhp/fhir-store';
import { openKnownPolicies } from '../src/access/known-policies.ts';

const document = JSON.stringify({ others: 'as-scoped', rules: [], consent: 'enforced', purposes: ['TREAT'] });

const bound = JSON.stringify({ others: 'as-scoped', rules: [], consent: 'enforced', care: { roles: ['nurse'] } });

interface Scene {
  readonly policies: ReturnType<typeof openKnownPolicies>;
  readonly later: (ms: number) => void;
  readonly heard: () => Promise<void>;
}

function known(texts: string[]): Scene {
  const built = Promise.withResolvers<number>();
  let generation = 0;
  let time = 0;
  let complete = false;
  const policies = openKnownPolicies(
    {
      memory: (_name, make) => {
        const part = make();
        return () => part;
      },
      accessPolicies: () => {
        const text = texts.shift();
        return Promise.resolve({ version: 1, generation: (generation += 1), text });
      },
      consentsComplete: () => Promise.resolve(complete),
      consentsBuilt: () => Promise.resolve(complete),
      buildConsents: () => built.promise,
      // For a large store this takes hours.
      patientsNoted: () => Promise.resolve(false),
      notePatients: () => new Promise(() => undefined),
      careComplete: () => Promise.resolve(complete),
      buildCare: () => built.promise,
      membersBuilt: () => Promise.resolve(complete),
      buildMembers: () => built.promise,
    },
    () => time,
  );
  return {
    policies,
    later: (ms) => void (time += ms),
    heard: async () => {
      complete = true;
      built.resolve(1);
      for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
    },
  };
}

test('consents refuse as soon as all are heard, without another question and before patients are noted', async () => {
  const { policies, heard } = known([document]);
  await policies.fresh();
  assert.equal(policies.current()?.consents, undefined);
  await heard();
  assert.deepEqual(policies.awaited(), []);
  assert.deepEqual(policies.current()?.consents, { purposes: ['TREAT'], isOverridden: false });
});

test('a document that came meanwhile, and enforces none, stays as it is', async () => {
  const without = JSON.stringify({ others: 'nothing', rules: [] });
  const { policies, later, heard } = known([document, without]);
  await policies.fresh();
  later(2_000);
  await policies.fresh();
  await heard();
  assert.deepEqual([policies.current()?.set.others, policies.current()?.consents], ['nothing', undefined]);
});

test('care binds as soon as all links are made, beside consents', async () => {
  const { policies, heard } = known([bound]);
  await policies.fresh();
  assert.deepEqual([policies.current()?.care, policies.current()?.consents], [undefined, undefined]);
  await heard();
  assert.deepEqual([...policies.current()!.care!.roles], ['nurse']);
  assert.notEqual(policies.current()!.consents, undefined);
});

test('a factor whose rows cannot be made is told of, with the reason, until one attempt succeeds', async () => {
  let failing = true;
  let time = 0;
  const attempt = (error: Error) => (failing ? Promise.reject(error) : Promise.resolve(1));
  const complete = () => Promise.resolve(!failing);
  const policies = openKnownPolicies(
    {
      memory: (_name, make) => {
        const part = make();
        return () => part;
      },
      accessPolicies: () => Promise.resolve(time === 0 ? { version: 1, generation: 1, text: bound } : undefined),
      consentsComplete: () => Promise.resolve(true),
      consentsBuilt: () => Promise.resolve(true),
      buildConsents: () => Promise.resolve(0),
      patientsNoted: () => Promise.resolve(false),
      notePatients: () => Promise.reject(new Error('nobody waits for it')),
      careComplete: complete,
      buildCare: () => attempt(new StoreUnavailable('timeout', undefined)),
      membersBuilt: complete,
      buildMembers: () => attempt(new Error('of a patient')),
    },
    () => time,
  );
  assert.deepEqual(policies.awaited(), []);
  const read = async (): Promise<void> => {
    time += 2_000;
    await policies.fresh();
    await new Promise(setImmediate);
  };
  await policies.fresh();
  await new Promise(setImmediate);
  const expected = [
    { factor: 'care', isInForce: false, failure: 'The database did not answer in time' },
    { factor: 'members', isInForce: true, failure: 'An unexpected error' },
  ];
  assert.deepEqual(policies.awaited(), expected);
  await read();
  assert.deepEqual(policies.awaited(), expected);
  assert.equal(policies.current()?.care, undefined);
  failing = false;
  await read();
  assert.deepEqual(policies.awaited(), []);
  assert.notEqual(policies.current()?.care, undefined);
});
