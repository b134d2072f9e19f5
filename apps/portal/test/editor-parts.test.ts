/** Parts of the editor without a server: values being typed, texts of descriptions, checks, and cached answers. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { checkedBy, checkOf } from '../src/explorer/check.ts';
import { declaredBy, type Declared } from '../src/explorer/completion.ts';
import { describedBy, membersAt } from '../src/explorer/described-at.ts';
import { keptAnswers } from '../src/explorer/kept.ts';
import { templatesFor, textOfTemplate } from '../src/explorer/templates.ts';
import type { Typed } from '../src/explorer/typed.ts';
import { codeSuggestions, expansionIn, typedValue } from '../src/explorer/values.ts';

const declared = declaredBy({
  rest: [
    {
      resource: [
        {
          type: 'Patient',
          supportedProfile: ['https://dhp.uz/fhir/core/StructureDefinition/uz-core-patient'],
          searchParam: [
            { name: 'gender', type: 'token' },
            { name: 'name', type: 'string' },
          ],
        },
      ],
    },
  ],
});

describe('a value of a token parameter', () => {
  for (const [path, expected] of Object.entries({
    '/Patient?gender=': ['/Patient?gender=', ''],
    '/Patient?gender=fe': ['/Patient?gender=', 'fe'],
    '/Patient?name=x&gender:not=a,b': ['/Patient?name=x&gender:not=a,', 'b'],
    'Patient?gender=http://x|m': ['Patient?gender=', 'http://x|m'],
    '/Patient?gender:in=x': undefined,
    '/Patient?gender:missing=': undefined,
    '/Patient?name=x': undefined,
    '/Patient?gender': undefined,
    '/Nothing?gender=': undefined,
    '/Patient': undefined,
    '?=': undefined,
    '/Patient?__proto__=': undefined,
  }))
    test(`${path} ${expected === undefined ? 'is none' : `is ${expected.join(' and ')}`}`, () => {
      const found = typedValue(declared, path);
      assert.deepEqual(found && [found.begin, found.typed], expected);
    });

  test('is completed with codes, with their system where there are several', () => {
    const typed = typedValue(declared, '/Patient?gender=f')!;
    const one = [{ system: 'urn:a', code: 'female', display: 'Female' }];
    assert.deepEqual(codeSuggestions(one, typed), [{ path: '/Patient?gender=female', about: 'Female' }]);
    const two = [...one, { system: 'urn:b', code: 'f&x=1', display: '' }, { system: 'urn:b', code: 'f', display: '' }];
    assert.deepEqual(
      codeSuggestions(two, typed).map(({ path }) => path),
      ['/Patient?gender=urn:a|female', '/Patient?gender=urn:b|f'],
    );
  });
});

test('a code comes to the server as it is, whatever signs it has', () => {
  const system = 'urn:ietf:bcp:13';
  const [signs, typed] = [`!"#$%&'()*+,-./:;<=>?@[\\]^_\`{|}~ é😀`, typedValue(declared, '/Patient?gender=a')!];
  let offered = 0;
  for (const sign of signs) {
    const code = `a${sign}b`;
    const other = { system: 'urn:b', code: 'c', display: '' };
    for (const codes of [[{ system, code, display: '' }], [{ system, code, display: '' }, other]])
      for (const { path } of codeSuggestions(codes, typed).slice(0, codes.length === 1 ? 1 : -1)) {
        offered += 1;
        const read = new URL(`http://x${path}`).searchParams.get('gender');
        assert.equal(read, codes.length === 1 ? code : `${system}|${code}`, sign);
        assert.equal(codes.length === 1 && read.includes('|'), false, 'no code looks like a system');
      }
  }
  assert.ok(offered > 40);
});

test('an expansion may be anything', () => {
  for (const odd of [undefined, 7, {}, { expansion: { contains: [null, 7, { code: 7 }, {}] } }])
    assert.deepEqual(expansionIn(odd).codes, []);
  let deep: object = { code: 'x' };
  for (let n = 0; n < 5_000; n += 1) deep = { contains: [deep] };
  assert.deepEqual(expansionIn({ expansion: deep }).codes, []);
  const { codes, isCut } = expansionIn({
    expansion: { total: 3, contains: [{ abstract: true, code: 'top', contains: [{ code: 'a' }, { code: 'b' }] }] },
  });
  assert.deepEqual([codes.map(({ code }) => code), isCut], [['a', 'b'], true]);
});

test('a description tells value sets and the members of elements', () => {
  const ref = (name: string): object => ({ $ref: `#/components/schemas/${name}` });
  const found = describedBy(
    {
      paths: {
        '/Patient': { get: { parameters: [{ name: 'gender', 'x-fhir-value-set': 'urn:v|1' }, { $ref: '#/x' }] } },
      },
      components: {
        schemas: {
          Patient: { properties: { name: { items: ref('HumanName') }, _active: {}, active: ref('boolean') } },
          HumanName: { properties: { given: { items: { anyOf: [ref('string'), { type: 'null' }] } } } },
        },
      },
    },
    'Patient',
  );
  assert.deepEqual([...found.valueSets], [['gender', 'urn:v|1']]);
  assert.deepEqual(membersAt(found, 'Patient', ['name']), [{ name: 'given', type: 'string', isList: true }]);
  assert.deepEqual(
    membersAt(found, 'Patient', []).map(({ name }) => name),
    ['name', 'active'],
  );
  for (const path of [['none'], ['name', 'given', 'x'], ['__proto__'], ['constructor']])
    assert.deepEqual(membersAt(found, 'Patient', path), []);
  for (const odd of [undefined, 7, [], { paths: 7, components: { schemas: [null] } }])
    assert.doesNotThrow(() => describedBy(odd, 'Patient'));
});

const typed: Typed = {
  ...{ server: 'fhir', application: 'a', method: 'POST', path: '/Patient' },
  headers: 'X',
  body: '',
};

test('a check is a call of $validate for what the call would do', () => {
  const resource = '{"resourceType": "Observation"}';
  const pathOf = (more: Partial<Typed>): string | undefined => checkOf({ ...typed, body: resource, ...more })?.path;
  assert.equal(pathOf({}), '/Observation/$validate?mode=create');
  assert.equal(pathOf({ method: 'PUT', path: '/Observation/1' }), '/Observation/1/$validate?mode=update');
  assert.equal(pathOf({ method: 'PUT', path: '/Observation?code=1' }), '/Observation/$validate?mode=create');
  assert.equal(pathOf({ body: '{', path: '/Patient' }), '/Patient/$validate?mode=create');
  for (const more of [{ body: ' ' }, { body: '{}', path: '/' }, { body: '{"resourceType":"../x"}', path: '/$x' }])
    assert.equal(pathOf(more), undefined);
  assert.equal(checkOf({ ...typed, body: resource })?.headers, '');
});

test('a check is fine only where the validator was asked and finds no error', () => {
  const outcome = (...severities: string[]): string =>
    JSON.stringify({ resourceType: 'OperationOutcome', issue: severities.map((severity) => ({ severity })) });
  const of = (status: number, body: string): readonly [boolean, number, number] => {
    const { isFine, errors, issues } = checkedBy({ status, body, headers: [], milliseconds: 1, isCut: false });
    return [isFine, errors, issues.length];
  };
  assert.deepEqual(of(200, outcome('success')), [true, 0, 0]);
  assert.deepEqual(of(200, outcome('warning')), [true, 0, 1]);
  assert.deepEqual(of(200, outcome('error', 'warning')), [false, 1, 2]);
  assert.deepEqual(of(503, ''), [false, 0, 0]);
});

test('templates claim the profiles that a server has, and none else', () => {
  const types = new Map(
    templatesFor(undefined).map(({ resource }) => [
      resource.resourceType,
      { parameters: [], operations: [], profiles: [] as string[] },
    ]),
  );
  const bare: Declared = { types, parameters: [], operations: [] };
  assert.ok(templatesFor(bare).every(({ profile }) => profile === undefined));
  const national = templatesFor(declared);
  assert.deepEqual(
    national.map(({ id, profile }) => [id, profile?.split('/').at(-1)]),
    [['patient', 'uz-core-patient']],
  );
  assert.match(textOfTemplate(national[0]!), /^\{\n {2}"resourceType": "Patient",\n {2}"meta": \{\n {4}"profile"/);
});

test('answers are kept for a while, up to a number, and asked for once at a time', async () => {
  const asked: string[] = [];
  const kept = keptAnswers<string, string>(
    (name) => {
      asked.push(name);
      return name === 'bad' ? Promise.reject(new Error('away')) : Promise.resolve(name);
    },
    { most: 2, timeout: 1_000, keyOf: (name) => name },
  );
  assert.deepEqual(await Promise.all([kept('a'), kept('a'), kept('bad')]), ['a', 'a', undefined]);
  assert.equal(await kept('bad'), undefined);
  assert.deepEqual(asked, ['a', 'bad']);
  await kept('b');
  await kept('a');
  assert.deepEqual(asked, ['a', 'bad', 'b', 'a']);
});
