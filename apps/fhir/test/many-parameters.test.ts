/** Parameters of an operation are taken in one by one, however many have the same name. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Budget, BudgetSpent } from '@dhp/budget';
import type { Call, Services } from '../src/contract/interaction.ts';
import { readInput } from '../src/operations/input.ts';
import type { Operation } from '../src/operations/operation.ts';
import { patientCondition } from '../src/operations/views/patients.ts';

const operation = {
  code: 'validate',
  parameters: [{ name: 'profile', use: 'in', min: 0, max: '*', type: 'uri' }],
} as unknown as Operation;

function callWith(count: number, budget: Budget): Call {
  const part = '{"name":"profile","valueUri":"urn:x"}';
  const body = Buffer.from(
    `{"resourceType":"Parameters","parameter":[${Array.from({ length: count }, () => part).join()}]}`,
  );
  return { query: {}, headers: {}, body, budget } as unknown as Call;
}

/** Milliseconds of CPU, the least of three. */
function cpuOf(count: number): number {
  const call = callWith(count, new Budget());
  const once = (): number => {
    const before = process.cpuUsage();
    assert.equal(readInput(operation, call).get('profile')?.length, count);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1_000;
  };
  return Math.min(once(), once(), once());
}

test('four times as many parameters of one name cost about four times as much', () => {
  cpuOf(1_000);
  const [one, four] = [cpuOf(20_000), cpuOf(80_000)];
  assert.ok(four < 10 * Math.max(one, 20), `${one} ms, ${four} ms`);
});

test('parameters are paid for before they are looked at', () => {
  assert.throws(() => readInput(operation, callWith(1_000, new Budget({ work: 1_000 }))), BudgetSpent);
});

/** Milliseconds of CPU in which it is refused that a table is about so many patients, as many members of a Group given beside them. */
async function cpuOfPatients(count: number): Promise<number> {
  const member = Array.from({ length: count }, (_, n) => ({ entity: { reference: `Patient/m${n}` } }));
  const content = Buffer.from(JSON.stringify({ resourceType: 'Group', member }));
  const store = { read: () => Promise.resolve({ deleted: false, content }) };
  const place = { baseUrl: 'https://fhir.test', timeZone: 'Asia/Tashkent', clock: () => new Date() };
  const own = { store: { knownSearchParameters: () => undefined } };
  const services = { ...place, ...own, reading: () => ({ store }) } as unknown as Services;
  const patients = Array.from({ length: count }, (_, n) => `p${n}`);
  const call = { budget: new Budget(), headers: {} } as unknown as Call;
  const before = process.cpuUsage();
  await assert.rejects(patientCondition(services, call, { patients, groups: ['g'] }, 'Patient'), {
    code: 'parameter-invalid',
  });
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

test('four times as many patients and members of a Group cost about four times as much', async () => {
  await cpuOfPatients(2_000);
  const [one, four] = [await cpuOfPatients(5_000), await cpuOfPatients(20_000)];
  assert.ok(four < 10 * Math.max(one, 20), `${one} ms, ${four} ms`);
});
