import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Budget, BudgetSpent } from '@dhp/budget';
import type { JsonResource } from '@dhp/fhir-search';
import { allSearchParameters } from '@dhp/fhir-search/parameters';
import { keyOf, seedOf } from '../src/keys.ts';
import { comparedSeed, inRepetition, partText } from '../src/keys/keys.ts';
import { indexRow } from '../src/rows.ts';

const concept = (code: string, system = 's') => ({ coding: [{ system, code }] });
const ucum = 'http://unitsofmeasure.org';
const mg = { system: ucum, code: 'mg' };
const unit = JSON.stringify([ucum, 'mg', '']);

/** A composite's key of some parts that are compared by equality, in order. */
const folded = (seed: bigint, ...forms: string[]) =>
  forms.reduce((key, form, part) => keyOf(key, partText(part, form)), seed);

const componentPosted = seedOf('Observation', 'component-value-quantity', 'posted');

const day = (text: string) => Date.parse(`${text}T00:00:00+05:00`);

describe('composites of R5', () => {
  it('are of these kinds, each with a test below', () => {
    const kinds = allSearchParameters()
      .filter(({ type, component }) => type === 'composite' && component.every((part) => part.type !== 'special'))
      .map(({ component }) => component.map(({ type }) => type).join('$'));
    assert.deepEqual([...new Set(kinds)].sort(), [
      'quantity$quantity',
      'reference$date',
      'reference$token',
      'token$date',
      'token$date$token',
      'token$quantity',
      'token$reference',
      'token$string',
      'token$token',
    ]);
  });

  it('token$token: keys of every form of both, within one repetition', () => {
    const resource = {
      resourceType: 'Observation',
      component: [
        { code: concept('a'), valueCodeableConcept: concept('x') },
        { code: concept('b'), valueCodeableConcept: concept('y') },
      ],
    };
    const seed = seedOf('Observation', 'component-code-value-concept');
    const { keys } = indexRow(resource);
    const has = (...forms: string[]) => keys.includes(folded(seed, ...forms));
    assert.deepEqual([has('a', 'x'), has('s|a', 'x'), has('a', 's|x'), has('s|a', 's|x')], [true, true, true, true]);
    assert.deepEqual([has('b', 'y'), has('a', 'y'), has('b', 'x'), has('x', 'a')], [true, false, false, false]);
  });

  it('token$quantity: one posting, under the code, which is a word with the unit', () => {
    const quantity = { value: 5, ...mg };
    const resource = {
      resourceType: 'Observation',
      code: concept('a'),
      valueQuantity: quantity,
      component: [{ code: concept('b'), valueQuantity: quantity }],
    };
    const { numbers, words } = indexRow(resource);
    const parameters = { a: seedOf('Observation', 'value-quantity', 'posted'), b: componentPosted };
    const keys = Object.entries(parameters).map(([code, parameter]) => ({
      parameter,
      key: keyOf(keyOf(parameter, code), unit),
    }));
    const posted = numbers.filter((row) => row.posted).map(({ key, low, high }) => ({ key, low, high }));
    assert.deepEqual(posted.map(({ key }) => key).sort(), keys.map(({ key }) => key).sort());
    assert.ok(posted.every(({ low, high }) => low === 5 && high === 5));
    for (const { key, parameter } of keys) {
      assert.ok(words.some((word) => word.key === key && word.parameter === parameter && word.text === unit));
    }
    // The code of the resource is among its keys, with its system; that of a component must be beside the number.
    const withSystem = keyOf(keyOf(seedOf('Observation', 'component-code-value-quantity'), 's|b'), unit);
    assert.ok(numbers.some((row) => row.key === withSystem && !row.posted));
  });

  it('token$date: a date under each form of the token, also where the date alone would be the main one', () => {
    const resource = { resourceType: 'Observation', code: concept('a'), valueDateTime: '2026-11-25' };
    const key = keyOf(seedOf('Observation', 'code-value-date'), 's|a');
    const found = indexRow(resource).dates.filter((row) => row.key === key);
    assert.deepEqual(found, [{ key, low: day('2026-11-25'), high: day('2026-11-26') }]);
  });

  it('token$string: a normalised string', () => {
    const resource = { resourceType: 'Observation', code: concept('a'), valueString: 'Манфий' };
    const key = keyOf(seedOf('Observation', 'code-value-string'), 'a');
    assert.deepEqual(
      indexRow(resource).strings.filter((row) => row.key === key),
      [{ key, text: 'manfiy', posted: true }],
    );
  });

  it('token$date$token: the date under the key of both tokens', () => {
    const progressStatus = [
      { state: concept('active'), actual: true, period: { start: '2026-11-25', end: '2026-11-25' } },
    ];
    const resource = { resourceType: 'ResearchStudy', progressStatus };
    const seed = seedOf('ResearchStudy', 'progress-status-state-period-actual');
    const key = keyOf(keyOf(seed, 'active'), partText(2, 'true'));
    assert.ok(indexRow(resource).dates.some((row) => row.key === key && row.low === day('2026-11-25')));
  });

  it('token$reference and reference$token: keys of each form of both', () => {
    const document = {
      resourceType: 'DocumentReference',
      relatesTo: [{ code: concept('replaces'), target: { reference: 'DocumentReference/d' } }],
    };
    const relation = seedOf('DocumentReference', 'relationship');
    assert.ok(indexRow(document).keys.includes(folded(relation, 's|replaces', 'DocumentReference/d')));
    const script = { resourceType: 'TestScript', scope: [{ artifact: 'http://a.org/p', phase: concept('unit') }] };
    const scope = seedOf('TestScript', 'scope-artifact-phase');
    assert.ok(indexRow(script).keys.includes(folded(scope, 'http://a.org/p', 'unit')));
  });

  it('reference$date: a date under the reference', () => {
    const location = [{ location: { reference: 'Location/l' }, period: { start: '2026-11-25' } }];
    const key = keyOf(seedOf('Encounter', 'location-period'), 'Location/l');
    assert.ok(
      indexRow({ resourceType: 'Encounter', location }).dates.some((row) => row.key === key && row.high === Infinity),
    );
  });

  it('quantity$quantity: both by themselves, and under the number of their repetition, however many there are', () => {
    const strength = Array.from({ length: 100 }, (_, i) => ({
      concentrationRatio: { numerator: { value: i, ...mg }, denominator: { value: 10 * i, ...mg } },
    }));
    const resource: JsonResource = { resourceType: 'Ingredient', substance: { strength } };
    const seed = seedOf('Ingredient', 'strength-concentration-ratio');
    const { numbers, words } = indexRow(resource);
    const keyOfPart = (part: number) => keyOf(comparedSeed(seed, part), unit);
    const valuesOf = (part: number, repetition: number) =>
      numbers.filter(({ key }) => key === inRepetition(keyOfPart(part), repetition));
    for (const [index] of strength.entries()) {
      const found = [0, 1].map((part) => valuesOf(part, index + 1).map(({ low, posted }) => ({ low, posted })));
      assert.deepEqual(found, [[{ low: index, posted: false }], [{ low: 10 * index, posted: false }]]);
    }
    for (const part of [0, 1]) {
      assert.equal(numbers.filter(({ key, posted }) => key === keyOfPart(part) && posted).length, 100);
      assert.ok(words.some(({ parameter, key }) => parameter === comparedSeed(seed, part) && key === keyOfPart(part)));
    }
  });

  it('need a code or reference in each part that is compared by equality', () => {
    const resource = {
      resourceType: 'Observation',
      code: { text: 'a' },
      component: [{ code: { text: 'a' }, valueQuantity: { value: 5, ...mg } }],
    };
    const { numbers } = indexRow(resource);
    // It is posted by itself, and stands there as the quantity.
    assert.deepEqual(
      numbers.map(({ key, posted }) => ({ key, posted })),
      [
        { key: keyOf(seedOf('Observation', 'component-value-quantity'), unit), posted: false },
        { key: keyOf(keyOf(componentPosted, '|'), unit), posted: true },
      ],
    );
  });
});

describe('combinations of many values', () => {
  const many = (count: number, mark: string) => ({
    coding: Array.from({ length: count }, (_, i) => ({ system: 's', code: `${mark}${i}` })),
  });
  const seed = (name: string) => seedOf('Observation', name);
  const component = (count: number, value: object): JsonResource => ({
    resourceType: 'Observation',
    component: [{ code: many(count, 'a'), ...value }],
  });
  const indexed = (resource: JsonResource) => {
    const budget = new Budget();
    return { ...indexRow(resource, { budget }), work: budget.used.work };
  };

  it('are all indexed, and each is paid for', () => {
    const tokens = indexed(component(40, { valueCodeableConcept: many(40, 'x') }));
    assert.ok(tokens.keys.includes(folded(seed('component-code-value-concept'), 's|a39', 's|x39')));
    assert.ok(tokens.work > 20 * 80 * 80, `${tokens.work} units`);

    const quantities = indexed(component(1_100, { valueQuantity: { value: 5, ...mg } }));
    const quantity = keyOf(keyOf(seed('component-code-value-quantity'), 's|a1099'), unit);
    assert.ok(quantities.numbers.some(({ key }) => key === quantity));
    assert.ok(quantities.work > 20 * 2_200, `${quantities.work} units`);

    const strings = indexed({ resourceType: 'Observation', code: many(1_100, 'a'), valueString: 'x' });
    assert.ok(strings.strings.some(({ key }) => key === keyOf(seed('code-value-string'), 's|a1099')));
    assert.ok(strings.work > 20 * 2_200, `${strings.work} units`);
  });

  it('beyond the budget end the indexing, with the parameter named, before they are made', () => {
    const resource = component(1_500, { valueCodeableConcept: many(1_500, 'x') });
    assert.throws(
      () => indexRow(resource, { budget: new Budget({ work: 2_000_000 }, 'resource') }),
      (error) =>
        error instanceof BudgetSpent &&
        /^the search parameter \S+-code-value-concept of Observation$/.test(error.place),
    );
  });
});
