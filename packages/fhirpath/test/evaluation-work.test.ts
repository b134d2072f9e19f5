/** The cost of an evaluation is counted for every expression: work that is not counted cannot be limited. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Budget, BudgetSpent } from '@dhp/budget';
import { compile, type EvaluationEnvironment } from '../src/index.ts';

const text = (n: number): string => 'a'.repeat(n);
const many = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));
/** Balanced, so that it is as long as an expression may be and not deep. */
const joined = (parts: readonly string[], operator: string): string =>
  parts.length === 1
    ? parts[0]!
    : `(${joined(parts.slice(0, parts.length >> 1), operator)}${operator}${joined(parts.slice(parts.length >> 1), operator)})`;

/** A resource with n of everything that an expression may go through. */
function resourceOf(n: number): object {
  return {
    resourceType: 'Observation',
    id: text(64),
    contained: many(n, (i) => ({ resourceType: 'Basic', id: `c${i}`, code: { text: String(i) } })),
    extension: many(n, (i) => ({ url: 'http://x.test', valueReference: { reference: `#c${i}` } })),
    identifier: many(n, (i) => ({ value: `v${i}`, _value: { extension: [{ url: 'u', valueString: `${i}` }] } })),
    component: many(n, (i) => ({
      code: { text: `t${i}` },
      valueQuantity: { value: i, system: 'http://unitsofmeasure.org', code: 'mg' },
    })),
    note: [{ text: text(100 * n) }, { text: `${text(50 * n)}b` }, { text: `${text(49 * n)}bc${text(n)}` }],
    interpretation: [0, 1].map(() => ({ coding: many(n, (i) => ({ system: 'http://x.test', code: `c${i}` })) })),
  };
}

/** Expressions that cost more than in proportion to the resource, or that much for each part of them. */
const hostile: readonly (readonly [name: string, expression: string])[] = [
  ['all in all', 'component.where(%resource.component.code.text.exists())'],
  ['all in all that are not there', 'component.where(%resource.component.extension.exists()).count()'],
  [
    'a long criterion',
    `component.where(${joined(
      many(3000, (i) => `1=${i}`),
      ' or ',
    )})`,
  ],
  [
    'a long criterion of exists',
    `component.exists(${joined(
      many(3000, (i) => `1=${i}`),
      ' or ',
    )})`,
  ],
  [
    'a long criterion of all',
    `component.all(${joined(
      many(3000, () => `1=1`),
      ' and ',
    )})`,
  ],
  [
    'a long projection',
    `component.select(${joined(
      many(3000, (i) => `${i}`),
      ' + ',
    )})`,
  ],
  [
    'long sort keys',
    `component.sort(${joined(
      many(3000, (i) => `${i}`),
      ' + ',
    )})`,
  ],
  ['descendants of descendants', '%resource.descendants().select(%resource.descendants().count())'],
  ['equality of trees', 'component.where(%resource.interpretation[0] = %resource.interpretation[1])'],
  ['equivalence of collections', 'component.where(%resource.component.code ~ %resource.component.code)'],
  ['equivalence of trees', 'component.where(%resource.interpretation[0] ~ %resource.interpretation[1])'],
  ['membership', "component.where('x' in %resource.component.code.text)"],
  ['contains', "component.where(%resource.component.code.text contains 'x')"],
  ['distinct quantities', 'component.value.distinct().count()'],
  ['distinct values with extensions', 'identifier.value.distinct().count()'],
  ['distinct objects', 'component.where(%resource.component.distinct().exists())'],
  ['intersect', 'component.where(%resource.component.intersect(%resource.component).exists())'],
  ['exclude', 'component.where(%resource.component.exclude(%resource.contained).empty())'],
  ['subsetOf', 'component.where(%resource.component.code.text.subsetOf(%resource.component.code.text))'],
  ['union', 'component.where((%resource.component | %resource.contained).exists().not())'],
  ['union of many', 'component.select(%resource.component | %resource.contained).count()'],
  ['skip', 'component.repeat(%resource.component.skip($index + 1)).count()'],
  ['tail', 'component.where(%resource.component.tail().exists())'],
  ['aggregate of collections', 'component.aggregate($total.combine($this), {}).count()'],
  ['aggregate of trees', 'component.aggregate(%resource.contained).count()'],
  ['sum', 'component.where(%resource.component.value.value.sum() > 0)'],
  ['max', 'component.where(%resource.component.value.value.max() > 0)'],
  ['type()', 'component.where(%resource.component.type().exists())'],
  ['ofType', 'component.where(%resource.component.value.ofType(string).exists())'],
  ['extension()', "component.where(%resource.extension('http://y.test').exists())"],
  ['resolve of contained', 'extension.value.resolve().count()'],
  ['children', 'component.where(%resource.children().exists())'],
  [
    'toChars',
    'note.text.first().toChars().count() + component.where(%resource.note[0].text.toChars().exists()).count()',
  ],
  ['split', "component.where(%resource.note[0].text.split('a').exists())"],
  ['join', "component.where(%resource.component.code.text.join(',').exists())"],
  ['replace', "component.where(%resource.note[0].text.replace('a', 'b').exists())"],
  ['upper', 'component.where(%resource.note[0].text.upper().exists())'],
  ['equivalence of texts', 'component.where(%resource.note[0].text ~ %resource.note[1].text)'],
  ['matches', "component.where(%resource.note[0].text.matches('a+b'))"],
  ['matches a long repetition', "component.where(%resource.note[0].text.matches('a{900}b'))"],
  ['replaceMatches', "component.where(%resource.note[0].text.replaceMatches('a+b', 'c').exists())"],
  ['patterns made of data', "component.where('x'.matches(%resource.note[0].text))"],
  ['allTrue', 'component.where(%resource.component.select(true).allTrue())'],
  ['variables', "component.select(defineVariable('v', %resource.component).select(%v.count()))"],
  ['trace', "component.where(%resource.component.trace('x').exists())"],
  ['encode', "component.where(%resource.note[0].text.encode('base64').exists())"],
];

const environment: EvaluationEnvironment = { convertUnit: (value, from, to) => (from === to ? value : undefined) };

function workOf(expression: string, resource: object): number {
  const work = new Budget();
  compile(expression, { type: 'Observation' }).evaluate(resource, { ...environment, work });
  return work.used.work;
}

describe('a unit of work is at most two microseconds', () => {
  const small = resourceOf(40);
  const large = resourceOf(3000);
  for (const [name, expression] of hostile) {
    it(name, () => {
      workOf(expression, small); // compiled
      const work = new Budget({ work: 300_000 });
      const before = process.cpuUsage();
      try {
        compile(expression, { type: 'Observation' }).evaluate(large, { ...environment, work });
      } catch (error) {
        assert.ok(error instanceof BudgetSpent, String(error));
      }
      const { user, system } = process.cpuUsage(before);
      // A step that is paid for beforehand may be larger than the rest.
      const units = Math.max(work.used.work, 300_000);
      assert.ok(user + system < 2 * units, `${user + system} us for ${work.used.work} units`);
      assert.ok(workOf(expression, small) > 40, 'counted');
    });
  }
});

/** Expressions whose cost must be proportional to the resource. */
const linear: readonly (readonly [name: string, expression: string])[] = [
  ['a path', 'component.code.text'],
  ['a path through what is not there', 'component.code.coding.code'],
  ['where', "component.where(code.text = 'x').value"],
  ['a union', 'component.code.text | contained.id'],
  ['distinct', 'component.code.text.distinct()'],
  ['membership', "'x' in component.code.text"],
  ['descendants', 'descendants().count()'],
  ['sums', 'component.value.value.sum()'],
  ['texts', "note.text.select(contains('ab') or indexOf('b') > 1)"],
  ['joined', "component.code.text.join(',')"],
  ['repeat', "extension.repeat(extension).where(url = 'x')"],
];

describe('twice the resource is twice the work', () => {
  for (const [name, expression] of linear) {
    it(name, () => {
      const [one, two] = [workOf(expression, resourceOf(500)), workOf(expression, resourceOf(1000))];
      assert.ok(one >= 400, `${one}: counted`);
      assert.ok(two < 2.3 * one, `${one} for n, ${two} for 2n`);
    });
  }
});

it('a pattern that compares much at every place is run in linear time, or not at all', () => {
  const resource = { resourceType: 'Basic', code: { text: text(100_000) } };
  const path = (pattern: string) => compile(`code.text.matches('${pattern}')`, { type: 'Basic' });
  assert.throws(() => path('a{50000}b').evaluate(resource), { kind: 'limit', message: /invalid repeat count/ });
  assert.equal(path('a{900}b').test(resource), false);
  assert.equal(path('^.{1,5000}$').test({ ...resource, code: { text: text(5000) } }), true);
});

it('a search for half a text in a text takes time in proportion to both', () => {
  const [long, part] = [text(400_000), `${text(200_000)}b`];
  const resource = {
    resourceType: 'Basic',
    code: { text: long },
    identifier: [{ value: part }],
    id: `${long}${part}c`,
  };
  const value = (expression: string) => compile(expression, { type: 'Basic' }).evaluate(resource)[0]?.value;
  assert.equal(value('code.text.contains(%resource.identifier.value)'), false);
  assert.equal(value('code.text.indexOf(%resource.identifier.value)'), -1);
  assert.equal(value('id.indexOf(%resource.identifier.value)'), 400_000);
  assert.equal(value('id.lastIndexOf(%resource.identifier.value)'), 400_000);
  assert.equal(value("id.replace(%resource.identifier.value, '-').length()"), 400_002);
  assert.equal(value('id.split(%resource.identifier.value).count()'), 2);
  assert.equal(value('code.text.lastIndexOf(%resource.code.text.substring(1000))'), 1000);
});

it('numbers and units do not grow without end', () => {
  const value = (expression: string) => compile(expression).evaluate({ resourceType: 'Basic' })[0]?.value;
  assert.equal(value(`'${'9'.repeat(5000)}'.toInteger()`), undefined);
  assert.equal(value(`'${'9'.repeat(5000)}'.toDecimal()`), undefined);
  assert.equal(value(`'${'9'.repeat(5000)} ''mg'''.toQuantity()`.replaceAll("''", "\\'")), undefined);
  assert.throws(() => compile('9'.repeat(5000)), { kind: 'limit' });
  assert.throws(() => compile(`${'9'.repeat(5000)}L`), { kind: 'limit' });
  const doubling = `(${many(60, (i) => `${i}`).join('|')}).aggregate($total * $total, 1 'mg')`;
  assert.throws(() => value(doubling), { kind: 'limit', message: /A unit would be longer/ });
});

it('long expressions are read in time in proportion to their length', () => {
  const lines = joined(
    many(8000, () => '\n1'),
    ' | ',
  );
  const before = process.cpuUsage();
  compile(lines);
  assert.throws(() => compile('/* '.repeat(21_000)), { kind: 'syntax', message: /comment is not closed/ });
  compile(
    joined(
      many(4000, () => 'name'),
      ' | ',
    ) + '.given'.repeat(380),
    { type: 'Patient' },
  );
  const { user, system } = process.cpuUsage(before);
  assert.ok(user + system < 1_500_000, `${user + system} us`);
  assert.equal(compile('1 /* a */ /* b */ // c\n + /* d */ 1').evaluate({})[0]?.value, 2);
});

it('all evaluations of one budget share it, and tell it apart from their own', () => {
  const work = new Budget({ work: 10_000 });
  const path = compile('component.where(%resource.component.code.text.exists())', { type: 'Observation' });
  const resource = resourceOf(40);
  assert.throws(() => {
    for (let i = 0; i < 1000; i++) path.evaluate(resource, { work });
  }, BudgetSpent);
  assert.throws(() => path.evaluate(resource, { work: new Budget(), budget: 100 }), { kind: 'limit' });
});

it('a walk without an evaluation is paid for as well', () => {
  const path = compile('Observation.component.code.coding.code', { type: 'Observation', context: 'SearchParameter' });
  const [one, two] = [500, 1000].map((n) => {
    const work = new Budget();
    path.evaluate(resourceOf(n), { work });
    return work.used.work;
  });
  assert.ok(one! >= 500 && two! > 1.8 * one! && two! < 2.3 * one!, `${one} ${two}`);
});
