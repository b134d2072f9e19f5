import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compile } from '../src/index.ts';
import { inTurn, isFull } from '../../../tests/sample.ts';
import { compareInvariants, compareSearch, type Tally } from './agreement.ts';
import { examples, invariants, searchParameters } from './published.ts';
import { excuses } from './report.ts';

const skip = examples(1).next().done === true ? 'the package hl7.fhir.r5.examples is not installed' : false;

// Every fiftieth example takes seconds; `report.ts` compares all of them. Without `--full` it is one in 450, others in each run.
const every = isFull ? 50 : 450;
const [from = 0] = isFull ? [0] : inTurn([0, 150, 300], 3);

/** Fails with the first unexplained disagreement. */
function assertExplained(tallies: Iterable<Tally>): void {
  for (const tally of tallies) {
    if (tally.differ + tally.weRefuse + tally.oracleRefuses === 0) continue;
    assert.ok(
      excuses.some(({ name }) => tally.name.startsWith(name)),
      `${tally.name} ${tally.expression}\n${tally.samples.join('\n')}`,
    );
  }
}

describe('published expressions', () => {
  it('all search parameters compile, for each of their types', () => {
    const parameters = searchParameters();
    assert.equal(parameters.length, 1244);
    for (const { expression, base } of parameters) {
      for (const type of base) if (expression !== undefined) compile(expression, { context: 'SearchParameter', type });
    }
  });

  it('all invariants compile', () => {
    const all = invariants();
    assert.ok(all.length > 380);
    for (const { expression } of all) compile(expression, { context: 'Invariant' });
  });

  it('search parameters give what the reference engine gives', { skip }, () => {
    const tallies = [...compareSearch(examples(every, from)).values()];
    assert.ok(tallies.reduce((sum, { telling }) => sum + telling, 0) > (isFull ? 500 : 50));
    assertExplained(tallies);
  });

  it('invariants give what the reference engine gives', { skip }, () => {
    const tallies = [...compareInvariants(examples(every, from), invariants(), 40, 2).values()];
    assert.ok(tallies.reduce((sum, { telling }) => sum + telling, 0) > (isFull ? 200 : 20));
    assertExplained(tallies);
  });
});

describe('rules that the reference engine cannot evaluate', () => {
  const rule = (key: string) => compile(invariants().find((invariant) => invariant.key === key)!.expression);

  it('rng-2: the low end of a range is not above the high one', () => {
    const range = (low: object, high: object) => rule('rng-2').test({ low, high }, { type: 'Range' });
    const ucum = (value: number, code: string) => ({ value, code, system: 'http://unitsofmeasure.org' });
    assert.equal(range(ucum(1, 'kg'), ucum(2, 'kg')), true);
    // 3 may mean 2.5 and 2 may mean 2.5: only from 4 on are they apart.
    assert.equal(range(ucum(3, 'kg'), ucum(2, 'kg')), true);
    assert.equal(range(ucum(4, 'kg'), ucum(2, 'kg')), false);
    assert.equal(range(ucum(200, 'min'), ucum(1, 'h')), false);
    assert.equal(range(ucum(30, 'min'), ucum(1, 'h')), true);
    assert.equal(range({ value: 12, unit: 'years' }, { value: 3, unit: 'years' }), false);
    assert.equal(range({ unit: 'kg' }, ucum(2, 'kg')), true);
    assert.equal(range(ucum(1, 'kg'), ucum(2, 'g')), undefined);
  });

  it('eld-11: a binding stands where coded values can', () => {
    const element = (...types: string[]) => ({
      binding: { strength: 'required' },
      type: types.map((code) => ({ code })),
    });
    const test = (value: object) => rule('eld-11').test(value, { type: 'ElementDefinition' });
    assert.equal(test(element('code')), true);
    assert.equal(test(element('boolean')), true, 'as published it looks for any answer, not for a true one');
    assert.equal(test({ type: [{ code: 'boolean' }] }), true);
  });

  it('eld-19 and eld-20: how an element path may look', () => {
    const test = (key: string, path: string) => rule(key).test({ path }, { type: 'ElementDefinition' });
    assert.equal(test('eld-19', 'Patient.name'), true);
    assert.equal(test('eld-19', 'Observation.value[x]'), true);
    assert.equal(test('eld-19', 'Patient.first name'), false);
    assert.equal(test('eld-19', 'Patient..name'), false);
    assert.equal(test('eld-20', 'Observation.value[x]'), true);
    assert.equal(test('eld-20', 'Observation.Value'), false);
  });

  it('ele-1: narrative has a value', () => {
    assert.equal(rule('ele-1').test('<div xmlns="http://www.w3.org/1999/xhtml"/>', { type: 'xhtml' }), true);
  });
});
