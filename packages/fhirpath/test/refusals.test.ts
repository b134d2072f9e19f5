import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isFull } from '../../../tests/sample.ts';
import { compile, FhirPathError, type FhirPathErrorKind } from '../src/index.ts';

/** An invalid expression, the kind of fault, its position, and the expected message. */
const faults: readonly (readonly [string, FhirPathErrorKind, line: number, column: number, RegExp])[] = [
  ['', 'syntax', 1, 1, /end of the expression/],
  ['name.', 'syntax', 1, 6, /name is expected/],
  ['name.given[', 'syntax', 1, 12, /expression is expected/],
  ['(1 + 2', 'syntax', 1, 7, /\) is missing/],
  ['name given', 'syntax', 1, 6, /Unexpected "given"/],
  ["'abc", 'syntax', 1, 1, /quote is not closed/],
  ['1 +\n  ?', 'syntax', 2, 3, /Unexpected character "\?"/],
  ['name.\n  where(\n    given = #)', 'syntax', 3, 13, /Unexpected character "#"/],
  ['% name', 'syntax', 1, 1, /name is missing after %/],
  ['name.exists() and and true', 'syntax', 1, 19, /and is a word of the language/],
  ['div', 'syntax', 1, 1, /div is a word of the language/],
  ['1 + year', 'syntax', 1, 5, /year is a word of the language/],
  ['@2015-13-01', 'syntax', 1, 1, /no date of the calendar/],
  ['@2015-02-30', 'syntax', 1, 1, /no date of the calendar/],
  ['name is 5', 'syntax', 1, 9, /./],
  ['name.frobnicate()', 'unknown', 1, 6, /no function frobnicate\(\)/],
  ['name.constructor()', 'unknown', 1, 6, /no function constructor\(\)/],
  ['name.__proto__()', 'unknown', 1, 6, /no function __proto__\(\)/],
  ['name.where()', 'syntax', 1, 6, /where\(\) takes 1 arguments, not 0/],
  ['name.exists(1, 2)', 'syntax', 1, 6, /0 to 1 arguments/],
  ['value.ofType(Quality)', 'unknown', 1, 14, /no type Quality/],
  ['value is FHIR.Integer', 'unknown', 1, 10, /no type FHIR.Integer/],
  ['value as System.code', 'unknown', 1, 10, /no type System.code/],
  ['value.ofType(constructor)', 'unknown', 1, 14, /no type constructor/],
  ['value.ofType(1)', 'syntax', 1, 14, /needs the name of a type/],
  ["name.matches('(')", 'syntax', 1, 6, /no regular expression/],
  ["name.matches('a', 'x')", 'syntax', 1, 6, /flags/],
  ['name.elementDefinition()', 'unknown', 1, 6, /which of its definitions/],
];

describe('what does not compile', () => {
  for (const [expression, kind, line, column, message] of faults) {
    it(JSON.stringify(expression), () => {
      assert.throws(
        () => compile(expression),
        (error) => {
          assert.ok(error instanceof FhirPathError);
          assert.deepEqual([error.kind, error.position.line, error.position.column], [kind, line, column]);
          assert.match(error.message, message);
          return true;
        },
      );
    });
  }
});

describe('strict compiling', () => {
  const strict = (expression: string, type?: string) => () =>
    compile(expression, { strict: true, ...(type === undefined ? {} : { type }) });

  it('refuses names that no element has', () => {
    assert.throws(strict('Patient.nmae'), { kind: 'unknown', message: /^Patient has no element nmae/ });
    assert.throws(strict('name.familiy', 'Patient'), { kind: 'unknown', message: /^HumanName has no element familiy/ });
    assert.throws(strict('Patient.name.where(use = 1) | Person.birthdate'), {
      message: /Person has no element birthdate/,
    });
    assert.throws(strict('Observation.valueQuantity'), { message: /Observation has no element valueQuantity/ });
  });

  it('takes on trust what may be anything', () => {
    strict('Patient.contained.name')();
    strict('Bundle.entry.resource.name.family')();
    strict('Observation.value.unit')();
    strict('name.select(nothing)', 'Patient')();
  });
});

it('an unknown type of the item is refused', () => {
  assert.throws(() => compile('value', { type: 'SimpleQuantity' }), { kind: 'unknown' });
  assert.throws(() => compile('value').evaluate({ value: 1 }, { type: 'Quality' }), { kind: 'unknown' });
});

const refusedFor = (kind: FhirPathErrorKind) => ({ name: 'FhirPathError', kind });

describe('hostile expressions', () => {
  const nested: readonly (readonly [string, string])[] = [
    ['brackets', '('.repeat(50_000) + '1' + ')'.repeat(5_000)],
    ['signs', '-'.repeat(50_000) + '1'],
    ['indexers', 'a[' + 'a['.repeat(20_000)],
    ['arguments', 'where('.repeat(10_000)],
    ['a chain of names', `a${'.a'.repeat(20_000)}`],
    ['a chain of calls', `a${'.first()'.repeat(5_000)}`],
    ['a chain of operators', `1${' + 1'.repeat(10_000)}`],
    ['right-leaning operators', '1 implies ('.repeat(5_000)],
  ];
  for (const [name, expression] of nested) {
    it(`are refused when too deep: ${name}`, () => {
      assert.throws(() => compile(expression), refusedFor('limit'));
    });
  }

  it('are refused when too long', () => {
    assert.throws(() => compile(`'${'x'.repeat(70_000)}'`), refusedFor('limit'));
  });

  it('may be as deep as the limit says, and are evaluated then', () => {
    const deep = compile(`1${' + 1'.repeat(380)}`);
    assert.equal(deep.evaluate({})[0]!.value, 381);
    assert.equal(compile(`${'('.repeat(390)}1${')'.repeat(390)}`).evaluate({})[0]!.value, 1);
  });

  const endless: readonly (readonly [string, string])[] = [
    ['growing strings', "'a'.repeat($this & 'a')"],
    ['growing numbers', '1.repeat($this + 1)'],
    ['never unique', '1.repeatAll($this)'],
    [
      'doubling collections',
      `1${Array.from({ length: 60 }, (_, i) => `.defineVariable('v${i}', $this).combine(%v${i})`).join('')}`,
    ],
    [
      'doubling strings',
      `(${Array.from({ length: 60 }, (_, i) => i).join('|')}).aggregate($total & $total, 'abcdefgh')`,
    ],
    ['multiplied strings', "'a'.replace('', 'b')" + ".replace('', 'bbbbbbbbbbbbbbbbbbbbbbbb')".repeat(20)],
  ];
  // Distinct items that are kept take seconds until ten million units are spent: these have a tenth of it without `--full`, the others all.
  const keepsAll = ['growing strings', 'growing numbers'];
  for (const [name, expression] of endless) {
    it(`run out of their budget: ${name}`, () => {
      const environment = keepsAll.includes(name) && !isFull ? { budget: 1_000_000 } : {};
      assert.throws(() => compile(expression).evaluate({ resourceType: 'Basic' }, environment), refusedFor('limit'));
    });
  }

  it('cannot reach what is not data', () => {
    const resource = JSON.parse(
      '{"resourceType":"Basic","__proto__":{"id":"x"},"constructor":"c","id":"1"}',
    ) as unknown;
    for (const expression of [
      '__proto__',
      'constructor',
      'Basic.__proto__.id',
      'id.length',
      'id.constructor',
      'toString',
    ]) {
      assert.deepEqual(compile(expression).evaluate(resource), [], expression);
    }
    const untyped = JSON.parse('{"__proto__":{"polluted":true},"a":{"b":[1,null,2]}}') as unknown;
    assert.deepEqual(
      compile('a.b')
        .evaluate(untyped)
        .map(({ value }) => value),
      [1, 2],
    );
    assert.deepEqual(compile('descendants().count()').evaluate(untyped)[0]!.value, 3);
    assert.deepEqual(compile('a.hasOwnProperty').evaluate(untyped), []);
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
  });

  it('take nothing in a resource for a value of their own', () => {
    const odd = { temporal: 'date', fields: 7, units: 1, scale: 2, value: { value: 'x', sibling: {} }, unit: 'g' };
    const resource = {
      resourceType: 'Observation',
      code: odd,
      valueQuantity: odd,
      effectiveDateTime: odd,
      status: odd,
    };
    for (const expression of ['code', 'value', 'effective', 'status', 'descendants()', 'code | value | effective']) {
      assert.doesNotThrow(() => compile(expression).evaluate(resource), expression);
    }
    assert.throws(() => compile('effective < today()').evaluate(resource), { kind: 'evaluation' });
    assert.throws(() => compile("status.startsWith('x')").evaluate(resource), { kind: 'evaluation' });
    assert.deepEqual(
      compile('value + 1 = 2').test(JSON.parse('{"resourceType":"Observation","valueQuantity":null}')),
      undefined,
    );
  });

  it('do not change the resource', () => {
    const resource = { resourceType: 'Patient', name: [{ given: ['A', 'B'] }], birthDate: '2000-01-01' };
    const before = structuredClone(resource);
    compile('name.given | descendants() | birthDate + 1 day').evaluate(Object.freeze(resource));
    assert.deepEqual(resource, before);
  });
});
