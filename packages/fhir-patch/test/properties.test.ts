import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { scanJson } from '@dhp/fhir-model';
import { isFull } from '../../../tests/sample.ts';
import { applyFhirPathPatch, applyJsonPatch, PatchFault } from '../src/index.ts';
import { Refusal } from '../src/fault.ts';
import { select } from '../src/fhirpath-patch/expression.ts';
import { follow, stepsOf } from '../src/fhirpath-patch/path.ts';
import { placeOf } from '../src/fhirpath-patch/place.ts';
import { areEqual } from '../src/equality.ts';
import { hasUnusualNumbers, isObject, parseJson, type JsonObject, type JsonValue } from '../src/json.ts';
import { Meter } from '../src/limits.ts';
import { parametersOf, type ShortOperation } from './cases/case.ts';
import { random, type Random } from './random.ts';

const rounds = isFull ? 2000 : 700;
const numberTexts = [
  '1',
  '1.00',
  '0.10',
  '-2.50',
  '1e2',
  '1E-7',
  '12345678901234567890.5',
  '-0',
  '7',
  '3.25',
  '0.0000001',
];

/** The result of a patch, or the kind of its fault; anything else that is thrown fails the test. */
function outcome(
  apply: () => string,
  fault: typeof PatchFault | typeof Refusal = PatchFault,
): { result: string } | { fault: string } {
  try {
    return { result: apply() };
  } catch (error) {
    if (error instanceof fault) return { fault: `${error.kind}: ${error.message}` };
    throw error;
  }
}

/** The texts of all numbers in a JSON text that can have number-like things in its strings only between quotes. */
function numbersIn(text: string): string[] {
  return text.replaceAll(/"(?:\\.|[^"\\])*"/g, '""').match(/-?\d[\d.eE+-]*/g) ?? [];
}

function assertNumbersKept(result: string, ...sources: string[]): void {
  const known = new Set(sources.flatMap(numbersIn));
  const changed = numbersIn(result).filter((number) => !known.has(number));
  assert.deepEqual(changed, [], result);
}

describe('JSON Patch, whatever it is given', () => {
  it('gives valid JSON that keeps the text of numbers, or throws a PatchFault', () => {
    let applied = 0;
    for (let seed = 0; seed < rounds; seed += 1) {
      const r = random(seed);
      const resource = `{"resourceType":"Basic","id":"b",${randomMembers(r, 3)}}`;
      const patch = `[${Array.from({ length: r.int(5) }, () => randomOperation(r)).join(',')}]`;
      const run = () => outcome(() => applyJsonPatch(resource, patch));
      const first = run();
      assert.deepEqual(run(), first);
      if ('fault' in first) continue;
      applied += 1;
      scanJson(first.result);
      assertNumbersKept(first.result, resource, patch);
    }
    assert.ok(applied > rounds / 10, `only ${applied} patches could be applied`);
  });

  it('survives broken texts', () => {
    const patch = '[{"op":"copy","from":"/a/0","path":"/a/-"},{"op":"test","path":"/a/0","value":1.00}]';
    for (let seed = 0; seed < rounds; seed += 1) {
      const r = random(seed);
      outcome(() => applyJsonPatch(broken('{"resourceType":"Basic","a":[1.0]}', r, 0.2), broken(patch, r, 0.9)));
    }
  });
});

describe('FHIRPath Patch, whatever it is given', () => {
  it('gives valid FHIR JSON, the same with one tree and with two, or throws a PatchFault', () => {
    let applied = 0;
    for (let seed = 0; seed < rounds; seed += 1) {
      const r = random(seed);
      const resource = randomPatient(r);
      const patch = JSON.stringify(parametersOf(Array.from({ length: 1 + r.int(3) }, () => randomShortOperation(r))));
      const first = outcome(() => applyFhirPathPatch(resource, patch));
      // A text that resembles an unusual number makes the engine keep a second tree; here it is in a string.
      const mark = ',"implicitRules":"urn: 1.50 "}';
      const twin = outcome(() => applyFhirPathPatch(resource.replace(/\}$/, mark), patch));
      if ('fault' in first) {
        assert.deepEqual(twin, first);
        continue;
      }
      applied += 1;
      assert.ok('result' in twin, JSON.stringify(twin));
      const { implicitRules: _, ...rest } = JSON.parse(twin.result) as JsonObject;
      assert.deepEqual(rest, JSON.parse(first.result));
      scanJson(first.result);
      assertNumbersKept(first.result, resource, patch);
      assertFhirJson(parseJson(first.result), 'Patient');
    }
    assert.ok(applied > rounds / 5, `only ${applied} patches could be applied`);
  });

  it('survives broken texts', () => {
    const resource = randomPatient(random(1));
    for (let seed = 0; seed < rounds; seed += 1) {
      const r = random(seed);
      const patch = JSON.stringify(parametersOf([randomShortOperation(r)]));
      outcome(() => applyFhirPathPatch(broken(resource, r, 0.3), broken(patch, r, 0.9)));
    }
  });

  it('evaluates paths without changing the resource', () => {
    for (let seed = 0; seed < 500; seed += 1) {
      const r = random(seed);
      const resource = deepFreeze(JSON.parse(randomPatient(r)) as JsonObject);
      try {
        select(resource, randomPath(r), new Meter(1e6, ''));
      } catch (error) {
        // The engine runs in strict mode, where a write to something frozen throws.
        assert.doesNotMatch(String(error), /read only|not extensible|Cannot (?:assign|add|define|delete)/);
      }
    }
  });

  it('follows plain paths to where the FHIRPath engine finds them', () => {
    let compared = 0;
    for (let seed = 0; seed < rounds; seed += 1) {
      const r = random(seed);
      const resource = JSON.parse(randomPatient(r)) as JsonObject;
      const path = randomPath(r);
      const steps = stepsOf(path);
      // An expression cannot begin with an operator.
      if (steps === undefined || steps[0]?.name === 'div') continue;
      compared += 1;
      const label = (place: { label: string } | undefined) => place?.label ?? 'the resource';
      const followed = outcome(() => follow(resource, steps, new Meter(1e6, '')).map(label).join(), Refusal);
      const bySelect = () => select(resource, path, new Meter(1e6, '')).map((node) => label(placeOf(resource, node)));
      const selected = outcome(() => bySelect().join(), Refusal);
      // A name unknown in R5 selects nothing in FHIRPath; a plain path reports it.
      if ('fault' in followed && 'result' in selected) assert.equal(selected.result, '', path);
      else assert.deepEqual(followed, selected, path);
    }
    assert.ok(compared > rounds / 10, `only ${compared} paths are plain`);
  });

  it('stops a path that would visit too much', () => {
    const identifier = Array.from({ length: 2000 }, (_, value) => ({ value: String(value) }));
    const path = `Patient.identifier.where(%resource.identifier.where(value = %resource.identifier.value).exists())`;
    const patch = JSON.stringify(parametersOf([['delete', path]]));
    const run = () => applyFhirPathPatch(JSON.stringify({ resourceType: 'Patient', identifier }), patch);
    assert.throws(run, { kind: 'too-costly', message: /visit too many elements/ });
  });

  it('limits operations and the tokens of all paths', () => {
    const operation: ShortOperation = ['delete', `Patient.name.where(text = '${'x'.repeat(50)}')`];
    const patchOf = (count: number) => JSON.stringify(parametersOf(Array.from({ length: count }, () => operation)));
    assert.throws(() => applyFhirPathPatch('{"resourceType":"Patient"}', patchOf(1001)), { kind: 'too-costly' });
    assert.throws(() => applyFhirPathPatch('{"resourceType":"Patient"}', patchOf(900)), {
      kind: 'too-costly',
      operation: 800,
    });
  });
});

describe('numbers', () => {
  it('that are taken for usual ones are those that JavaScript writes the same', () => {
    for (let seed = 0; seed < (isFull ? 20_000 : 7000); seed += 1) {
      const text = randomNumber(random(seed));
      if (!hasUnusualNumbers(`[${text}]`)) assert.equal(String(Number(text)), text);
      assert.equal(JSON.stringify(parseJson(`{"a":[${text},{"b":${text}}]}`)), `{"a":[${text},{"b":${text}}]}`);
    }
  });

  it('are equal when they differ by spelling alone', () => {
    for (let seed = 0; seed < (isFull ? 5000 : 1700); seed += 1) {
      const r = random(seed);
      const digits = String(1 + r.int(1e9));
      const shift = r.int(6);
      const spelled =
        `${digits.slice(0, 1)}.${digits.slice(1)}${'0'.repeat(r.int(4))}e${digits.length - 1 + shift}`.replace(
          '.e',
          '.0e',
        );
      const plain = digits + '0'.repeat(shift);
      const [a, b, c] = parseJson(`[${spelled},${plain},${plain}1]`) as [JsonValue, JsonValue, JsonValue];
      assert.ok(areEqual(a, b), `${spelled} = ${plain}`);
      assert.ok(!areEqual(a, c), `${spelled} = ${plain}1`);
    }
  });
});

function randomNumber(r: Random): string {
  const digits = (most: number) => Array.from({ length: 1 + r.int(most) }, () => String(r.int(10))).join('');
  const whole = r.chance(0.4) ? '0' : digits(18).replace(/^0+(?=\d)/, '');
  const fraction = r.chance(0.6) ? `.${r.chance(0.3) ? '0000000'.slice(r.int(7)) : ''}${digits(18)}` : '';
  const exponent = r.chance(0.2) ? `${r.pick(['e', 'E'])}${r.pick(['', '+', '-'])}${r.int(40)}` : '';
  return `${r.chance(0.3) ? '-' : ''}${whole}${fraction}${exponent}`;
}

function randomJson(r: Random, depth: number): string {
  const kind = r.int(depth > 0 ? 7 : 4);
  if (kind < 2) return r.pick(numberTexts);
  if (kind === 2) return JSON.stringify(r.pick(['', 'x', 'a 1.00 b', '__proto__', '\u{1f600}']));
  if (kind === 3) return r.pick(['true', 'false', 'null']);
  if (kind === 4) return `{${randomMembers(r, depth - 1)}}`;
  return `[${Array.from({ length: r.int(4) }, () => randomJson(r, depth - 1)).join(',')}]`;
}

const memberNames = ['a', 'b', 'c', '__proto__', 'constructor', 'a/b', 'm~n', ''];

function randomMembers(r: Random, depth: number): string {
  const names = memberNames.filter(() => r.chance(0.5));
  if (names.length === 0) names.push('a');
  return names.map((name) => `${JSON.stringify(name)}:${randomJson(r, depth)}`).join(',');
}

function randomPointer(r: Random): string {
  const tokens = [
    'a',
    'a',
    'b',
    'c',
    '0',
    '1',
    '2',
    '-',
    '01',
    '__proto__',
    'constructor',
    'a~1b',
    'm~0n',
    '',
    'length',
    'rawJSON',
    'id',
    'meta',
  ];
  return Array.from({ length: r.chance(0.03) ? 0 : 1 + r.int(3) }, () => `/${r.pick(tokens)}`).join('');
}

function randomOperation(r: Random): string {
  const op = r.pick(['add', 'add', 'add', 'remove', 'replace', 'move', 'copy', 'copy', 'test']);
  const members = [`"op":"${op}"`, `"path":${JSON.stringify(randomPointer(r))}`];
  if (r.chance(0.95)) members.push(`"from":${JSON.stringify(randomPointer(r))}`, `"value":${randomJson(r, 2)}`);
  return `{${members.join(',')}}`;
}

/** A text with a piece cut out, doubled or inserted, with the given probability. */
function broken(text: string, r: Random, probability: number): string {
  if (!r.chance(probability)) return text;
  const at = r.int(text.length);
  const length = r.int(12);
  const put = r.pick([
    '',
    '',
    '"',
    '{',
    '[',
    '0',
    'null',
    '1.0',
    ',',
    '\\u0000',
    '\ud800',
    '"__proto__":',
    text.slice(at, at + 30),
  ]);
  return broken(text.slice(0, at) + put + text.slice(at + length), r, probability / 3);
}

const someExtension = { url: 'u', valueDecimal: 1.5 };

function randomPatient(r: Random): string {
  const names = Array.from({ length: 1 + r.int(3) }, () => ({
    use: r.pick(['official', 'usual']),
    ...(r.chance(0.7) ? { family: r.pick(['A', 'B']) } : {}),
    ...r.pick([
      { given: ['x'] },
      { given: ['x', 'y'], _given: [null, { id: 'g' }] },
      { _given: [{ extension: [someExtension] }] },
      {},
    ]),
  }));
  const patient = {
    resourceType: 'Patient',
    id: 'p',
    ...(r.chance(0.5) ? { contained: [{ resourceType: 'Organization', id: 'o', name: 'O' }] } : {}),
    ...(r.chance(0.5) ? { extension: [someExtension, { url: 'v', valueString: 'w' }] } : {}),
    name: names,
    ...r.pick([
      { birthDate: '2000-01-01' },
      { birthDate: '2000', _birthDate: { extension: [someExtension] } },
      { _birthDate: { id: 'b' } },
      {},
    ]),
    ...r.pick([{ deceasedBoolean: true }, { deceasedDateTime: '2026', _deceasedDateTime: { id: 'd' } }, {}]),
    contact: [{ gender: 'male' }, { name: { text: 'c', given: ['d'] } }],
    ...(r.chance(0.5) ? { managingOrganization: { reference: '#o' } } : {}),
  };
  const text = JSON.stringify(patient);
  return r.chance(0.3) ? text.replaceAll('1.5', r.pick(numberTexts)) : text;
}

function randomPath(r: Random): string {
  const steps = [
    'name',
    'name[0]',
    'name.first()',
    'given',
    'given[0]',
    'given[1]',
    'family',
    'extension',
    `extension('u')`,
    'value',
    'birthDate',
  ];
  const more = [
    'deceased',
    'contact',
    'contact[1]',
    'id',
    'contained[0]',
    `where(use = 'usual')`,
    'ofType(boolean)',
    'last()',
    'resolve()',
    '__proto__',
    'div',
    '(',
  ];
  const count = r.pick([0, 1, 1, 2, 2, 3, 4]);
  const start = r.chance(0.95) ? ['Patient'] : [];
  return [...start, ...Array.from({ length: count }, () => (r.chance(0.75) ? r.pick(steps) : r.pick(more)))].join('.');
}

const values: Record<string, unknown>[] = [
  { valueString: 's' },
  { valueString: 's', _valueString: { id: 'i' } },
  { _valueString: { extension: [someExtension] } },
  { valueDate: '2001-01-01' },
  { valueBoolean: false },
  { valueHumanName: { family: 'F', given: ['g'] } },
  { valueDecimal: 2.5 },
  {
    parts: [
      { name: 'url', valueUri: 'u' },
      { name: 'value', valueDecimal: 3 },
    ],
  },
  { parts: [{ name: 'gender', valueCode: 'other' }] },
  { resource: { resourceType: 'Organization', id: 'q' } },
];
const [aString, stringWithId, extensionOnly, aDate, aBoolean, aName, , anExtension, aContact, aResource] = values;

/** Operations that apply to many of the random patients. */
const likely: readonly ShortOperation[] = [
  ['add', 'Patient', { name: 'name', ...aName }],
  ['add', 'Patient', { name: 'extension', ...anExtension }],
  ['add', 'Patient', { name: 'contact', ...aContact }],
  ['add', 'Patient', { name: 'contained', ...aResource }],
  ['add', 'Patient', { name: 'birthDate', ...aDate }],
  ['add', 'Patient.birthDate', { name: 'extension', ...anExtension }],
  ['add', 'Patient.name[0]', { name: 'given', ...stringWithId }],
  ['add', 'Patient.name[0]', { name: 'given', ...extensionOnly }],
  ['add', 'Patient.name.given.first()', { name: 'extension', ...anExtension }],
  ['insert', 'Patient.name[0].given', { index: 1, ...extensionOnly }],
  ['insert', 'Patient.name[0].given', { index: 0, ...aString }],
  ['insert', 'Patient.contact', { index: 1, ...aContact }],
  ['replace', 'Patient.deceased', aBoolean!],
  ['replace', 'Patient.birthDate', aDate!],
  ['replace', 'Patient.name[0].given[0]', extensionOnly!],
  ['move', 'Patient.name', { source: 1, destination: 0 }],
  ['move', 'Patient.name[0].given', { source: 0, destination: 1 }],
  ['delete', 'Patient.name[0].given[0]'],
  ['delete', 'Patient.name[0].given[0].extension'],
  ['delete', `Patient.birthDate.extension('u')`],
  ['delete', 'Patient.contact[0].gender'],
  ['delete', 'Patient.contact.name.given'],
];

function randomShortOperation(r: Random): ShortOperation {
  if (r.chance(0.8)) return r.pick(likely);
  const type = r.pick(['add', 'insert', 'delete', 'delete', 'replace', 'move']);
  const name = r.pick([
    'name',
    'given',
    'birthDate',
    'deceased',
    'extension',
    'contact',
    'family',
    'contained',
    'id',
    'text',
  ]);
  const parts = {
    ...(type === 'add' ? { name } : {}),
    ...(type === 'insert' ? { index: r.int(3) } : {}),
    ...(type === 'move' ? { source: r.int(3), destination: r.int(3) } : {}),
    ...(type === 'add' || type === 'insert' || type === 'replace' ? r.pick(values) : {}),
  };
  return [type, randomPath(r), parts];
}

/** Asserts that a value is FHIR JSON: no empty objects or arrays, nulls only in the two lists of a primitive, and lists of equal length. */
function assertFhirJson(value: JsonValue, label: string): void {
  if (!isObject(value)) return;
  assert.notEqual(Object.keys(value).length, 0, `${label} is empty`);
  for (const [name, member] of Object.entries(value)) {
    const child = `${label}.${name}`;
    assert.notEqual(member, null, child);
    if (!Array.isArray(member)) {
      assertFhirJson(member, child);
      continue;
    }
    assert.ok(
      member.some((item) => item !== null),
      `${child} has nothing`,
    );
    const other: JsonValue | undefined = value[name.startsWith('_') ? name.slice(1) : `_${name}`];
    if (Array.isArray(other)) {
      assert.equal(other.length, member.length, `${child} is out of step`);
      member.forEach((item, index) =>
        assert.ok(item !== null || other[index] !== null, `${child}[${index}] has nothing`),
      );
    } else if (!name.startsWith('_')) assert.ok(!member.includes(null), `${child} has null`);
    member.forEach((item, index) => assertFhirJson(item, `${child}[${index}]`));
  }
}

function deepFreeze<T extends JsonValue>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    Object.values(value).forEach((item) => deepFreeze(item as JsonValue));
    Object.freeze(value);
  }
  return value;
}
