import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compile, type EvaluationEnvironment, type Item } from '../src/index.ts';
import { patient } from './cases.ts';
import { examples } from './published.ts';

const valuesOf = (items: readonly Item[]) => items.map(({ value }) => value);

describe('items', () => {
  it('carry their FHIR type, also of choices', () => {
    const observation = {
      resourceType: 'Observation',
      effectivePeriod: { start: '2020' },
      valueQuantity: { value: 1 },
      component: [{ valueString: 'x' }, { valueDateTime: '2020' }],
    };
    const typesOf = (expression: string) =>
      compile(expression)
        .evaluate(observation)
        .map(({ type }) => type);
    assert.deepEqual(typesOf('Observation.effective | Observation.value'), ['Period', 'Quantity']);
    assert.deepEqual(typesOf('component'), ['Observation.component', 'Observation.component']);
    assert.deepEqual(typesOf('component.value'), ['string', 'dateTime']);
    assert.deepEqual(typesOf("'a' | 1 | 1.5 | true | @2020 | 1 'g'"), [
      'System.String',
      'System.Integer',
      'System.Decimal',
      'System.Boolean',
      'System.Date',
      'System.Quantity',
    ]);
  });

  it('carry the sibling of a primitive', () => {
    const [birthDate] = compile('birthDate').evaluate(patient);
    assert.equal(birthDate?.value, '1974-12-25');
    assert.deepEqual(birthDate.sibling, patient._birthDate);
    const [, second] = compile('name[2].given').evaluate(patient);
    assert.deepEqual(second, { value: undefined, type: 'string', sibling: { id: 'unknown' }, location: undefined });
  });

  it('say where they stand, when asked', () => {
    const locations = (expression: string, environment: EvaluationEnvironment = {}) =>
      compile(expression)
        .evaluate(patient, { ...environment, locate: true })
        .map(({ location }) => location);
    assert.deepEqual(locations("name.where(use = 'official').given"), [
      'Patient.name[0].given[0]',
      'Patient.name[0].given[1]',
    ]);
    assert.deepEqual(locations('multipleBirth'), ['Patient.multipleBirth']);
    assert.deepEqual(locations('birthDate.extension.value'), ['Patient.birthDate.extension[0].value']);
    assert.deepEqual(locations('contained.name | 1'), ['Patient.contained[0].name', undefined]);
    assert.deepEqual(locations('active', { location: 'Bundle.entry[3].resource' }), [
      'Bundle.entry[3].resource.active',
    ]);
  });

  it('stand where their location leads', () => {
    let followed = 0;
    for (const resource of examples(400)) {
      for (const item of compile('descendants()').evaluate(resource, { locate: true })) {
        const found = compile(item.location!.replace(/^\w+\.?/, '').replace(/\.div$/, '.`div`')).evaluate(resource);
        assert.ok(
          found.some(({ value, type }) => value === item.value && type === item.type),
          item.location,
        );
        if (++followed > 2000) return;
      }
    }
    assert.ok(followed > 0 || [...examples(400)].length === 0);
  });
});

describe('an evaluation that starts from an element', () => {
  it('knows its type from the environment or from compiling', () => {
    const period = { start: '2012-02', end: '2012' };
    const rule = 'start.hasValue().not() or end.hasValue().not() or (start.lowBoundary() <= end.highBoundary())';
    assert.equal(compile(rule).test(period, { type: 'Period' }), true);
    assert.equal(compile(rule, { type: 'Period' }).test({ ...period, end: '2011' }), false);
  });

  it('takes primitives with and without siblings', () => {
    const rule = compile('hasValue() or (children().count() > id.count())');
    assert.equal(rule.test('x', { type: 'string' }), true);
    assert.equal(rule.test(undefined, { type: 'string', sibling: { id: 'a' } }), false);
    assert.equal(
      rule.test(undefined, { type: 'string', sibling: { extension: [{ url: 'u', valueCode: 'c' }] } }),
      true,
    );
  });

  it('reads the resources around it', () => {
    const rule = compile("reference.substring(1) in %rootResource.contained.id or %resource.id = 'example'");
    const environment = { type: 'Reference', resource: { resourceType: 'Basic', id: 'b' }, rootResource: patient };
    assert.equal(rule.test({ reference: '#org' }, environment), true);
    assert.equal(rule.test({ reference: '#other' }, environment), false);
  });

  it('has an empty result on nothing', () => {
    assert.deepEqual(compile('name').evaluate(undefined), []);
    assert.equal(compile('empty()').test(undefined), true);
  });
});

describe('options', () => {
  const useContext = [{ valueQuantity: { value: 1 } }, { valueRange: {} }];
  const resource = { resourceType: 'ActivityDefinition', useContext };
  const expression = '(ActivityDefinition.useContext.value as Quantity)';

  it('`as` of several items is an error, but not in a search parameter', () => {
    assert.throws(() => compile(expression).evaluate(resource), { kind: 'evaluation' });
    const path = compile(expression, { context: 'SearchParameter' });
    assert.deepEqual(valuesOf(path.evaluate(resource)), [{ value: 1 }]);
  });

  it('branches for other types are left out, the result stays the same', () => {
    const names = 'Patient.name.family | Practitioner.name.family | Person.name.family';
    assert.deepEqual(valuesOf(compile(names, { type: 'Patient' }).evaluate(patient)), ['Karimova']);
    assert.deepEqual(
      compile(names, { type: 'Organization' }).evaluate({ resourceType: 'Organization', name: 'x' }),
      [],
    );
    assert.deepEqual(valuesOf(compile('Resource.id', { type: 'Patient' }).evaluate(patient)), ['example']);
  });

  it('the same expression is compiled once', () => {
    assert.equal(compile('name.given'), compile('name.given'));
    assert.notEqual(compile('name.given'), compile('name.given', { type: 'Patient' }));
  });

  it('the cache of compiled expressions is bounded', () => {
    const first = compile('name.take(0)');
    for (let i = 1; i <= 5000; i++) compile(`name.take(${i})`);
    assert.notEqual(compile('name.take(0)'), first);
    assert.equal(compile('name.take(5000)'), compile('name.take(5000)'));
  });
});

describe('references', () => {
  const resource = {
    resourceType: 'Observation',
    subject: { reference: 'http://example.org/fhir/Patient/1/_history/2' },
    focus: [{ reference: 'urn:uuid:1', type: 'Device' }, { reference: 'Group/2' }, { display: 'nobody' }],
  };

  it('are of the type that they name, without fetching', () => {
    const typed = (expression: string) => compile(expression).test(resource);
    assert.equal(typed('subject.resolve() is Patient'), true);
    assert.equal(typed('focus.where(resolve() is Device).exists()'), true);
    assert.equal(typed("focus.where(resolve() is Group).reference = 'Group/2'"), true);
    assert.equal(typed('focus.resolve().count() = 2'), true);
  });

  it('are resolved by the hook, which is asked for nothing else', () => {
    const asked: string[] = [];
    const resolve = (reference: string) => {
      asked.push(reference);
      return reference === 'Group/2' ? { resourceType: 'Group', name: 'G' } : undefined;
    };
    assert.deepEqual(valuesOf(compile('focus.resolve().name').evaluate(resource, { resolve })), ['G']);
    assert.deepEqual(asked, ['urn:uuid:1', 'Group/2']);
  });

  it('to different servers are different', () => {
    const two = {
      resourceType: 'Provenance',
      target: [{ reference: 'http://a/Patient/1' }, { reference: 'http://b/Patient/1' }],
    };
    assert.equal(compile('target[0].resolve() = target[1].resolve()').test(two), false);
    assert.equal(compile('target[0].resolve() = target[0].resolve()').test(two), true);
  });
});

describe('hooks', () => {
  const hooked: readonly (readonly [string, EvaluationEnvironment, boolean | undefined])[] = [
    [
      "gender.memberOf('urn:vs')",
      { memberOf: (item, valueSet) => item.value === 'female' && valueSet === 'urn:vs' },
      true,
    ],
    ["gender.memberOf('urn:vs')", { memberOf: () => undefined }, undefined],
    ["name.first().conformsTo('urn:p')", { conformsTo: (item) => item.type === 'HumanName' }, true],
    [
      "name.slice('urn:p', 'official').count() = 1",
      { slice: ({ value }, profile, name) => profile === 'urn:p' && (value as { use?: string }).use === name },
      true,
    ],
    ["'<div/>'.htmlChecks()", { htmlChecks: (xhtml) => xhtml === '<div/>' }, true],
    ["gender.subsumes('x')", { subsumes: (_item, other, inverse) => other.value === 'x' && !inverse }, true],
    ["gender.subsumedBy('x')", { subsumes: (_item, _other, inverse) => inverse }, true],
  ];
  for (const [expression, environment, expected] of hooked) {
    it(`${expression} is answered by the hook, and refused without it`, () => {
      assert.equal(compile(expression).test(patient, environment), expected);
      assert.throws(() => compile(expression).test(patient), { kind: 'hook' });
    });
  }

  it('units are converted by the hook; without it the answer is empty', () => {
    const convertUnit = (value: number, from: string, to: string) =>
      from === 'g' && to === 'kg' ? value / 1000 : from === 'kg' && to === 'g' ? value * 1000 : undefined;
    const answers = (expression: string) => [
      compile(expression).test({}, { convertUnit }),
      compile(expression).test({}),
    ];
    assert.deepEqual(answers("1 'kg' = 1000 'g'"), [true, undefined]);
    assert.deepEqual(answers("1 'kg' > 999 'g'"), [true, undefined]);
    assert.deepEqual(answers("1 'kg' + 1 'g' = 1001 'g'"), [true, undefined]);
    assert.equal(String(compile("1 'kg' + 1 'g'").evaluate({}, { convertUnit })[0]!.value), "1001 'g'");
    assert.deepEqual(answers("1 'kg'.comparable(1 'g')"), [true, undefined]);
    assert.deepEqual(answers("1 'kg'.comparable(1 'm')"), [false, undefined]);
    assert.deepEqual(answers("1 'kg'.combine(1000 'g').isDistinct()"), [false, true]);
  });

  it('trace is heard', () => {
    const heard: unknown[] = [];
    const trace = (name: string, items: readonly Item[]) => heard.push([name, valuesOf(items)]);
    compile("name.given.trace('given').first().trace('size', length())").evaluate(patient, { trace });
    assert.deepEqual(heard, [
      ['given', ['Nilufar', 'Aziza', 'Nilu', 'Nilufar', undefined]],
      ['size', [7]],
    ]);
  });
});

describe('sums of durations', () => {
  const units = [
    'year',
    'month',
    'week',
    'day',
    'hours',
    'minutes',
    'seconds',
    "'wk'",
    "'d'",
    "'h'",
    "'min'",
    "'ms'",
    "'a'",
    "'mg'",
  ];

  it('are there where their order is, and can be undone', () => {
    for (const a of units) {
      for (const b of units) {
        const hasOrder = compile(`(3 ${a} > 5 ${b}).exists()`).test({});
        assert.equal(compile(`(3 ${a} + 5 ${b}).exists()`).test({}), hasOrder, `${a} + ${b}`);
        if (hasOrder === true) assert.equal(compile(`3 ${a} + 5 ${b} - 5 ${b} = 3 ${a}`).test({}), true, `${a} + ${b}`);
      }
    }
  });

  it('stand in the smaller unit, with the digits that are known', () => {
    const sums = [
      '1 year + 12 months',
      '3 months - 1 year',
      '1 week + 7 days',
      "24 hours + 1.5 'h'",
      "2.50 'mg' + 1 'mg'",
    ];
    const told = sums.map((sum) => String(compile(sum).evaluate({})[0]!.value));
    assert.deepEqual(told, ['24 months', '-9 months', '14 days', '25.5 hours', "3.50 'mg'"]);
  });
});

describe('sets', () => {
  // Equal in pairs, each pair once in one collection of many items (which go by keys) and alone (which are compared).
  const pairs = [
    ['1', '1.0'],
    ['1.5', '1.50'],
    ["1 'h'", "60 'min'"],
    ['1 day', '24 hours'],
    ['1 year', '12 months'],
    ["3 'g'", "3.0 'g'"],
    ["2 '1'", '2'],
    ['@2012-04-15T15:00:00Z', '@2012-04-15T10:00:00-05:00'],
    ['@T10:30:00', '@T10:30:00.0'],
    ["'a'", "'a'"],
    ['true', 'true'],
  ];
  const all = pairs.flat();

  it('find few and many equal items alike', () => {
    for (const [a, b] of pairs)
      assert.equal(compile(`${a!}.combine(${b!}).distinct().count()`).evaluate({})[0]!.value, 1, a);
    const chain = all.reduce((left, right) => `${left}.combine(${right})`);
    assert.equal(compile(`${chain}.distinct().count()`).evaluate({})[0]!.value, pairs.length);
    assert.equal(compile(`(${all.join(' | ')}).count()`).evaluate({})[0]!.value, pairs.length);
  });

  it('keep unequal items apart', () => {
    const items = [
      "'1'",
      '1',
      'true',
      "'true'",
      '@2012',
      '@2012-01',
      "'2012'",
      "1 'g'",
      "1 'kg'",
      '1 month',
      "1 'mo'",
      '@T10',
    ];
    assert.equal(compile(`(${items.join(' | ')}).count()`).evaluate({})[0]!.value, items.length);
  });

  it('see the elements of resources with their extensions', () => {
    const patients = { resourceType: 'Patient', name: [{ given: ['A', 'A', 'B'], _given: [{ id: 'x' }, null, null] }] };
    assert.equal(compile('name.given.distinct().count()').evaluate(patients)[0]!.value, 3);
    assert.equal(compile("name.given.combine('A').distinct().count()").evaluate(patients)[0]!.value, 3);
  });
});

describe('the clock', () => {
  const environment = { now: new Date('2026-01-31T20:30:15.250Z'), zoneOffset: 300 };
  const value = (expression: string) => compile(expression).evaluate({}, environment)[0]?.value;

  it('is handed in, with its zone', () => {
    assert.equal(value('today()'), '2026-02-01');
    assert.equal(value('now()'), '2026-02-01T01:30:15.250+05:00');
    assert.equal(value('timeOfDay()'), '01:30:15.250');
  });

  it('values without a zone stand in that zone', () => {
    assert.equal(value('@2026-01-31T20:30:15.250Z = now()'), true);
    assert.equal(value('@2026-02-01T01:30:15.250 = now()'), true);
    assert.equal(value('@2026-02-01T01:00:00 < @2026-01-31T20:30:00Z'), true);
  });
});
