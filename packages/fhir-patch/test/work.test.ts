/** The cost of a patch depends on the size of its result, its operations, and the elements that they copy, compare and visit. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Budget, BudgetSpent } from '@dhp/budget';
import { applyFhirPathPatch, applyJsonPatch } from '../src/index.ts';

const n = 100;
const list = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));
const patient = (more: object = {}): string => JSON.stringify({ resourceType: 'Patient', id: 'p', ...more });
const named = (size: number): string => patient({ name: list(size, (i) => ({ id: `n${i}`, family: 'a' })) });
const json = (resource: string, operations: readonly object[], budget: Budget): unknown =>
  applyJsonPatch(resource, JSON.stringify(operations), { budget });
const fhirPath = (resource: string, operations: readonly (readonly object[])[], budget: Budget): unknown =>
  applyFhirPathPatch(
    resource,
    JSON.stringify({ resourceType: 'Parameters', parameter: operations.map((part) => ({ name: 'operation', part })) }),
    { budget },
  );
const replaced = (path: string): object[] => [
  { name: 'type', valueCode: 'replace' },
  { name: 'path', valueString: path },
  { name: 'value', valueString: 'b' },
];

const shapes: Record<string, (size: number, budget: Budget) => unknown> = {
  'the size of a resource under a JSON Patch': (size, budget) => json(named(size), [], budget),
  'operations of a JSON Patch': (size, budget) =>
    json(
      named(1),
      list(size, () => ({ op: 'add', path: '/name/-', value: { family: 'b' } })),
      budget,
    ),
  'what a JSON Patch compares': (size, budget) => {
    const value = list(size, () => ({ family: 'a' }));
    return json(patient({ name: value }), [{ op: 'test', path: '/name', value }], budget);
  },
  'what a JSON Patch copies': (size, budget) =>
    json(named(size), [{ op: 'copy', from: '/name', path: '/contact' }], budget),
  'the size of a resource under a FHIRPath Patch': (size, budget) => fhirPath(named(size), [], budget),
  'operations of a FHIRPath Patch': (size, budget) =>
    fhirPath(
      named(1),
      list(size, () => replaced('Patient.name[0].family')),
      budget,
    ),
  'elements that a path visits': (size, budget) =>
    fhirPath(named(size), [replaced("Patient.name.where(id = 'n1').family")], budget),
  'tokens of paths': (size, budget) =>
    fhirPath(
      named(2),
      list(size / 10, () => replaced("Patient.name.where(id = 'n1').family")),
      budget,
    ),
};

const part = (name: string, value: object): object => ({ name, ...value });
/** One operation on a list, with the parts that its type has. */
const onList = (type: string, ...parts: object[]): object[] => [
  part('type', { valueCode: type }),
  part('path', { valueString: type === 'add' ? 'Patient' : type === 'delete' ? 'Patient.name[0]' : 'Patient.name' }),
  ...parts,
];
const given = part('value', { valueHumanName: { family: 'b' } });
const operationsOnLists: Record<string, object[]> = {
  add: onList('add', part('name', { valueString: 'name' }), given),
  insert: onList('insert', part('index', { valueInteger: 0 }), given),
  delete: onList('delete'),
  move: onList('move', part('source', { valueInteger: 0 }), part('destination', { valueInteger: 1 })),
};

for (const [type, operation] of Object.entries(operationsOnLists)) {
  test(`FHIRPath Patch ${type} on a long list: paid for by its length, in each operation`, () => {
    const resource = named(20_000);
    const ofSome = (count: number): number => {
      const budget = new Budget();
      fhirPath(
        resource,
        list(count, () => operation),
        budget,
      );
      return budget.used.work;
    };
    const each = (ofSome(11) - ofSome(1)) / 10;
    assert.ok(each > 20_000 / 20 && each < 20_000, `${each} units`);
    const enough = ofSome(1);
    const many = list(1_000, () => operation);
    assert.throws(() => fhirPath(resource, many, new Budget({ work: 3 * enough })), BudgetSpent);
  });
}

test('members of an object that is compared with another: paid for', () => {
  const members = Object.fromEntries(list(20_000, (i) => [`m${i}`, 1]));
  const tests = list(100, () => ({ op: 'test', path: '/text', value: members }));
  const budget = new Budget();
  json(patient({ text: members }), tests, budget);
  assert.ok(budget.used.work > 100 * 20_000, `${budget.used.work} units`);
  const refused = (): unknown => json(patient({ text: members }), [{ op: 'test', path: '/text', value: {} }], other);
  const other = new Budget();
  assert.throws(refused, /another value/);
  assert.ok(other.used.work > 20_000, `${other.used.work} units`);
});

const workOf = (run: (size: number, budget: Budget) => unknown, size: number): number => {
  const budget = new Budget();
  run(size, budget);
  return budget.used.work;
};

for (const [name, run] of Object.entries(shapes)) {
  test(`${name}: paid for, each once`, () => {
    const [none, one, two, four] = [workOf(run, 10), workOf(run, n), workOf(run, 2 * n), workOf(run, 4 * n)];
    const grown = (work: number): number => work - none;
    assert.ok(grown(one) > n / 4, `${one} units for ${n}`);
    assert.ok(grown(two) > 1.8 * grown(one) && grown(four) < 5 * grown(one), `${none}, ${one}, ${two}, ${four}`);
    assert.throws(() => run(4 * n, new Budget({ work: one })), BudgetSpent);
  });
}

test('elements that get another index: paid for in each operation', () => {
  const size = 50_000;
  const resource = patient({ name: list(size, () => ({})) });
  const ofOne = (operation: object): number => {
    const budget = new Budget();
    json(resource, [operation], budget);
    return budget.used.work;
  };
  const value = {};
  const [first, last] = [ofOne({ op: 'add', path: '/name/0', value }), ofOne({ op: 'add', path: '/name/-', value })];
  assert.ok(first - last > size / 60, `${first - last} units`);
  const taken = ofOne({ op: 'remove', path: '/name/0' }) - ofOne({ op: 'remove', path: `/name/${size - 1}` });
  assert.ok(taken > size / 60, `${taken} units`);
  const moved = ofOne({ op: 'move', from: '/name/0', path: '/name/1' });
  assert.ok(moved - last > size / 30, `${moved - last} units`);
});
