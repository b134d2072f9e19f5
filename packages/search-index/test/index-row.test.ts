import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BudgetSpent } from '@dhp/budget';
import type { JsonResource } from '@dhp/fhir-search';
import { exactTextOf, exactTexts, keyOf, maxStringLength, seedOf, presentParameters } from '../src/keys.ts';
import { indexRow, type IndexRow } from '../src/rows.ts';

const observation = (members: object): JsonResource => ({ resourceType: 'Observation', ...members });
const patient = (members: object): JsonResource => ({ resourceType: 'Patient', ...members });
const coding = (code: string, system = 's') => ({ coding: [{ system, code }] });
const ucum = 'http://unitsofmeasure.org';

/** Returns those of the texts that are keys of the parameter. */
function keysAmong(row: IndexRow, seed: bigint, texts: readonly string[]): string[] {
  return texts.filter((text) => row.keys.includes(keyOf(seed, text)));
}
const day = (text: string) => Date.parse(`${text}T00:00:00+05:00`);

describe('strings and uris', () => {
  it('have the normalised text and a key of what is written', () => {
    const row = indexRow(patient({ name: [{ family: "O'zbekov" }] }));
    const family = seedOf('Patient', 'family');
    assert.deepEqual(
      row.strings.filter(({ key }) => key === family),
      [{ key: family, text: 'ozbekov', posted: true }],
    );
    const exact = seedOf('Patient', 'family', 'exact');
    const [written] = row.strings.filter(({ key }) => key === exactTexts);
    assert.equal(written!.posted, false);
    const among = ["O'zbekov", "o'zbekov", 'ozbekov'].filter((text) =>
      written!.text.includes(exactTextOf(keyOf(exact, text))),
    );
    assert.deepEqual(among, ["O'zbekov"]);
    assert.deepEqual(keysAmong(row, exact, ["O'zbekov"]), [], 'no index has it');
  });

  it('are cut where a column ends and stand in windows beside, and have no NUL', () => {
    const long = 'a'.repeat(maxStringLength + 1);
    const texts = indexRow(patient({ name: [{ family: long, given: ['a\0b'] }] })).strings.map(({ text }) => text);
    assert.ok(texts.includes(`${long.slice(1)}\uffff`));
    assert.ok(texts.includes(long));
    assert.ok(texts.includes('a b'));
  });

  it('of a uri have its key and its text, for :below', () => {
    const url = 'http://a.org/ValueSet/V';
    const row = indexRow({ resourceType: 'ValueSet', url });
    const seed = seedOf('ValueSet', 'url');
    assert.deepEqual(keysAmong(row, seed, [url]), [url]);
    assert.ok(row.strings.some(({ key, text }) => key === seed && text === url));
  });
});

describe('dates', () => {
  it('of the main parameter stand apart, others have rows', () => {
    const row = indexRow({
      resourceType: 'Condition',
      recordedDate: '2026-11-25',
      onsetPeriod: { start: '2026-11-01' },
    });
    assert.deepEqual(row.mainDate, { low: day('2026-11-25'), high: day('2026-11-26') });
    const key = seedOf('Condition', 'onset-date');
    assert.deepEqual(row.dates, [{ key, low: day('2026-11-01'), high: Infinity }]);
  });

  it('are of the zone given when they have none', () => {
    const row = indexRow(observation({ effectiveDateTime: '2026-11-25' }), { timeZone: 'UTC' });
    assert.equal(row.mainDate?.low, Date.parse('2026-11-25T00:00:00Z'));
  });
});

describe('numbers and quantities', () => {
  it('are points without regard to their own precision, ranges where a comparator says so', () => {
    const probability = (probabilityDecimal: number) => ({
      resourceType: 'RiskAssessment',
      prediction: [{ probabilityDecimal }],
    });
    const key = seedOf('RiskAssessment', 'probability');
    assert.deepEqual(indexRow(probability(0.2)).numbers, [{ key, low: 0.2, high: 0.2, posted: true }]);
    const [quantity] = indexRow(observation({ valueQuantity: { value: 5, comparator: '<' } })).numbers;
    assert.deepEqual([quantity?.low, quantity?.high], [-Infinity, 5]);
  });

  it('have the unit in their key, and as a word', () => {
    const row = indexRow(observation({ valueQuantity: { value: 5, unit: 'kilo', system: ucum, code: 'kg' } }));
    const parameter = seedOf('Observation', 'value-quantity');
    const text = JSON.stringify([ucum, 'kg', 'kilo']);
    const posted = keyOf(keyOf(seedOf('Observation', 'value-quantity', 'posted'), '|'), text);
    assert.deepEqual(row.numbers, [
      { key: keyOf(parameter, text), low: 5, high: 5, posted: false },
      { key: posted, low: 5, high: 5, posted: true },
    ]);
    assert.deepEqual(
      row.words.filter((word) => word.parameter === parameter),
      [{ key: keyOf(parameter, text), parameter, text }],
    );
  });
});

describe('presence', () => {
  const present = (row: IndexRow, parameter: string) =>
    row.keys.includes(seedOf('Observation', parameter, 'present')) ||
    presentParameters(row.present).includes(parameter);

  it('is told of every parameter that has a value, and of no other: a bit of usual ones, a key of others', () => {
    const row = indexRow(
      observation({ status: 'final', subject: { reference: '#contained' }, valueQuantity: { value: 1 } }),
    );
    assert.deepEqual(
      ['status', 'subject', 'value-quantity', 'code', 'value-date'].map((code) => present(row, code)),
      [true, true, true, false, false],
    );
    assert.deepEqual(presentParameters(row.present), ['status', 'subject', 'value-quantity']);
    const rare = indexRow(observation({ valueDateTime: '2026-11-25' }));
    assert.ok(rare.keys.includes(seedOf('Observation', 'value-date', 'present')));
  });

  it('is not made by extensions alone', () => {
    const absent = {
      extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'unknown' }],
    };
    assert.equal(present(indexRow(observation({ _effectiveDateTime: absent })), 'date'), false);
  });

  it('is not told of a composite, of which nobody can ask whether it is missing', () => {
    const row = indexRow(observation({ code: coding('c'), valueCodeableConcept: coding('d') }));
    assert.ok(!present(row, 'code-value-concept'));
  });
});

describe('what stands in columns or follows from other parameters', () => {
  it('has no rows', () => {
    const row = indexRow(observation({ id: 'o', meta: { lastUpdated: '2026-11-25T00:00:00Z' }, code: coding('c') }));
    for (const code of ['_id', '_lastUpdated', 'combo-code']) {
      assert.ok(
        !row.keys.includes(seedOf('Observation', code, 'present')) && !presentParameters(row.present).includes(code),
        code,
      );
    }
    assert.deepEqual(row.dates, []);
  });
});

describe('compartments and places', () => {
  it('names the patients in whose compartment a resource is', () => {
    assert.deepEqual(indexRow(observation({ subject: { reference: 'Patient/p' } })).patients, ['p']);
    assert.deepEqual(indexRow(patient({ id: 'p' })).patients, ['p']);
    assert.deepEqual(indexRow({ resourceType: 'Organization', id: 'o' }).patients, []);
  });

  it('has the degrees of a Location', () => {
    const row = indexRow({ resourceType: 'Location', position: { longitude: 69.24, latitude: 41.3 } });
    assert.deepEqual(row.numbers, [
      { key: seedOf('Location', 'near.latitude'), low: 41.3, high: 41.3, posted: true },
      { key: seedOf('Location', 'near.longitude'), low: 69.24, high: 69.24, posted: true },
    ]);
  });
});

describe('rows', () => {
  it('are there once', () => {
    const code = {
      coding: [
        { system: 's', code: 'c' },
        { system: 's', code: 'c' },
      ],
    };
    const row = indexRow(observation({ code, category: [code, code], derivedFrom: [{ reference: 'Observation/a' }] }));
    assert.equal(new Set(row.keys).size, row.keys.length);
    assert.equal(new Set(row.postings.map(({ key, system }) => `${key} ${system}`)).size, row.postings.length);
    assert.equal(new Set(row.words.map(({ key }) => key)).size, row.words.length);
  });

  it('of an unknown type are none', () => {
    const { keys, ...rest } = indexRow({ resourceType: 'constructor' });
    assert.deepEqual(keys, []);
    assert.deepEqual(Object.values(rest).flat(), [0n, undefined]);
  });

  it('are refused, and none left out, when a resource is made to have many', () => {
    const many = { coding: Array.from({ length: 2000 }, (_, i) => ({ system: 's', code: `c${i}` })) };
    assert.throws(() => indexRow(observation({ code: many, valueCodeableConcept: many })), BudgetSpent);
  });
});
