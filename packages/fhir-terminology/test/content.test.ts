import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { CodeSystem, CodeSystemConcept } from '@dhp/fhir-model';
import { dataFolders } from '../build/generated.mjs';
import { contentFile, readContent, writeContent, writeLargeSystem } from '../src/index.ts';
import { builtIn } from './built-in.ts';
import { codes, faultOf, parameters, terminologyOf, valueOf } from './parameters.ts';
import { randomSource } from '../../../tests/random.ts';

const terminology = terminologyOf([], builtIn);

test('everything of the packages is built in, concept by concept', () => {
  let checked = 0;
  for (const folder of dataFolders) {
    for (const file of readdirSync(folder).filter((one) => /^CodeSystem-.*\.json$/.test(one))) {
      const resource = JSON.parse(readFileSync(join(folder, file), 'utf8')) as CodeSystem;
      const { url = '', version, content } = resource;
      if (content === 'supplement') continue;
      const system = builtIn.codeSystems(url).find(({ header }) => header.version === version);
      assert.ok(system, `${url}|${version ?? ''}`);
      for (const concept of flat(resource.concept ?? [])) {
        const found = system.find(concept.code);
        assert.equal(found?.display, concept.display?.trim(), `${url}#${concept.code}`);
        assert.equal(found?.designations.length, concept.designation?.length ?? 0);
        checked++;
      }
    }
  }
  assert.ok(checked > 20_000, `${checked} concepts`);
});

test('the directory is read in under a second of CPU time', () => {
  const start = process.cpuUsage();
  readContent(readFileSync(contentFile));
  assert.ok(process.cpuUsage(start).user < 1_000_000);
});

test('bytes that are no content file', () => {
  assert.throws(() => readContent(new Uint8Array(100)), RangeError);
  assert.throws(() => readContent(new Uint8Array(3)), RangeError);
});

const check = (system: string, code: string): unknown =>
  valueOf(terminology.validateSystemCode(parameters({ url: system, code })), 'result');

test('code systems that are rules, and code lists of ISO', () => {
  const rows: [system: string, right: string[], wrong: string[]][] = [
    ['http://unitsofmeasure.org', ['mg', 'mm[Hg]', 'kg/m2', '10*9/L', '{score}', 'Cel'], ['gram', 'MMHG', '', 'mg mg']],
    [
      'urn:ietf:bcp:47',
      ['uz', 'ru', 'kaa', 'uz-Cyrl', 'en-AU', 'de-CH'],
      ['zz', 'uz-Abcd', 'en-QQ', '-', 'then', 'abcd-UZ'],
    ],
    ['urn:ietf:bcp:13', ['text/plain', 'application/fhir+json; fhirVersion=5.0', 'image/svg+xml'], ['text', 'foo/bar']],
    ['urn:iso:std:iso:3166', ['UZ', 'UZB', '860'], ['uz', 'XX']],
    ['urn:iso:std:iso:4217', ['UZS', 'USD'], ['SUM']],
    ['urn:ietf:rfc:3986', ['urn:oid:1.2.3', 'https://example.org/a?b=c'], ['no uri', 'a:%zz']],
  ];
  for (const [system, right, wrong] of rows) {
    for (const code of right) assert.equal(check(system, code), true, `${system}#${code}`);
    for (const code of wrong.filter((one) => one !== '')) assert.equal(check(system, code), false, `${system}#${code}`);
  }
});

test('whatever is asked of them, they answer', () => {
  const pieces: [system: string, of: string[]][] = [
    [
      'http://unitsofmeasure.org',
      ['m', 'g', 'k', '[', ']', '{', '}', '.', '/', '(', ')', '2', '-', '*', '10', 'valueOf'],
    ],
    [
      'urn:ietf:bcp:47',
      ['uz', 'abc', 'then', 'latnx', '419', '1abc', 'x', 'u', 'i', 'a', '-', '-', '-', '_', 'UZ', 'ab1'],
    ],
    ['urn:ietf:bcp:13', ['text', '/', 'plain', ';', '=', '"', ' ', 'x-', '+', '.', 'charset', '*']],
    ['urn:iso:std:iso:3166', ['U', 'Z', '8', '6', '0', '-', 'constructor']],
    ['urn:iso:std:iso:4217', ['U', 'Z', 'S', '8', '-', 'toString']],
    ['urn:ietf:rfc:3986', ['urn', ':', '/', '?', '#', '%', '4', 'a', '[', ']', '@', 'oid', '::']],
  ];
  for (const [system, of] of pieces)
    for (let n = 0; n < 3_000; n += 1) {
      const random = randomSource(47, n);
      const code = Array.from({ length: 1 + random.below(6) }, () => random.pick(of)).join('');
      assert.equal(typeof check(system, code), 'boolean', `${system}#${code}`);
    }
});

test('countries and currencies have names in three languages', () => {
  const display = (system: string, code: string, displayLanguage: string): unknown =>
    valueOf(terminology.lookup(parameters({ system, code, displayLanguage })), 'display');
  assert.equal(display('urn:iso:std:iso:3166', 'UZ', 'en'), 'Uzbekistan');
  assert.equal(display('urn:iso:std:iso:3166', 'UZB', 'ru'), 'Узбекистан');
  assert.equal(display('urn:iso:std:iso:3166', '860', 'uz'), 'Oʻzbekiston');
  assert.equal(display('urn:iso:std:iso:4217', 'UZS', 'ru'), 'узбекский сум');
  assert.equal(display('urn:ietf:bcp:47', 'ru', 'uz'), 'ruscha');
});

test('a code system without end is listed by its usual codes, and says so', () => {
  const { expansion } = terminology.expand(parameters({ url: 'http://hl7.org/fhir/ValueSet/ucum-units', count: 5 }));
  assert.equal(expansion?.contains?.length, 5);
  assert.ok((expansion.total ?? 0) > 500);
  assert.equal(expansion.extension?.[0]?.valueBoolean, true);
  const media = parameters({ url: 'http://hl7.org/fhir/ValueSet/mimetypes' });
  assert.equal(faultOf(() => terminology.expand(media)).code, 'not-supported');
});

test('all codes of a grammar are not counted, but what a text finds among them and pages are', () => {
  const expanded = (values: Record<string, string | number>): unknown[] => {
    const url = 'http://unitsofmeasure.org/vs';
    const { expansion } = terminology.expand(parameters({ url, ...values }));
    return [typeof expansion?.total, expansion?.parameter?.find(({ name }) => name.startsWith('warning-'))?.valueUri];
  };
  const usual = 'http://hl7.org/fhir/ValueSet/ucum-common|5.0.0';
  assert.deepEqual(expanded({}), ['undefined', usual]);
  assert.deepEqual(expanded({ count: 5 }), ['number', usual]);
  assert.deepEqual(expanded({ filter: 'milligram' }), ['number', usual]);
});

const ucum = 'http://unitsofmeasure.org';

test('a unit is displayed by its code, and its names are designations', () => {
  const { parameter = [] } = terminology.lookup(parameters({ system: ucum, code: 'mg/dL' }));
  const named = (name: string): unknown[] => parameter.filter((one) => one.name === name);
  assert.deepEqual(named('display'), [{ name: 'display', valueString: 'mg/dL' }]);
  assert.deepEqual(named('version'), [{ name: 'version', valueString: '2.2' }]);
  const names = parameter.flatMap(({ part = [] }) => part.filter(({ name }) => name === 'value'));
  assert.deepEqual(
    names.flatMap(({ valueString }) => valueString ?? []),
    ['mg/dL', '(milligram) / (deciliter)', 'milligram per deciliter'],
  );
  const checked = (display: string): unknown =>
    valueOf(terminology.validateSystemCode(parameters({ url: ucum, code: 'mg/dL', display })), 'result');
  assert.deepEqual(['mg/dL', 'milligram per deciliter', 'gram'].map(checked), [true, true, false]);
});

test('why a text is no unit, and why a unit is not in a value set of another dimension', () => {
  const told = (url: string, code: string): string =>
    JSON.stringify(terminology.validateValueSetCode(parameters({ url, system: ucum, code })));
  assert.match(
    told('http://hl7.org/fhir/ValueSet/ucum-units', 'mg/kgXX'),
    /The unit 'kgXX' is unknown at character 4"/,
  );
  assert.match(told(`${ucum}/vs/g`, 'mL'), /Code mL has canonical form m3, not g as required; /);
  assert.doesNotMatch(told(`${ucum}/vs/g`, 'kg'), /canonical form/);
});

test('the value set of all codes that a code system names', () => {
  const { expansion } = terminology.expand(parameters({ url: 'http://hl7.org/fhir/ValueSet/administrative-gender' }));
  assert.deepEqual(codes(expansion?.contains), ['male', 'female', 'other', 'unknown']);
  assert.equal(terminology.members('http://hl7.org/fhir/ValueSet/administrative-gender')?.length, 4);
  assert.equal(terminology.members('http://example.org/none'), undefined);
});

function flat(concepts: readonly CodeSystemConcept[]): CodeSystemConcept[] {
  return concepts.flatMap((concept) => [concept, ...flat(concept.concept ?? [])]);
}

test('a code system that is read concept by concept gives the same bytes', () => {
  let compared = 0;
  const same = (text: string): void => {
    const bytes = writeLargeSystem(new TextEncoder().encode(text));
    assert.deepEqual(Buffer.from(bytes ?? []), Buffer.from(writeContent([JSON.parse(text) as CodeSystem])));
    compared++;
  };
  for (const folder of dataFolders) {
    for (const file of readdirSync(folder).filter((one) => /^CodeSystem-.*\.json$/.test(one))) {
      const text = readFileSync(join(folder, file), 'utf8');
      const { content, concept } = JSON.parse(text) as CodeSystem;
      if (content !== 'supplement' && concept !== undefined) same(text);
    }
  }
  assert.ok(compared > 500, `${compared} code systems`);
  const head = '{ "url":"http://example.org/x" ,"resourceType" : "CodeSystem","status":"active","content":"complete"';
  same(`${head},"concept":[]}`);
  same(`${head},"identifier":[{"system":"urn:ietf:rfc:3986","value":"urn:oid:1.2"}], "concept" : [ {"code":"a"} ]}`);
  const hard = {
    ...{ resourceType: 'CodeSystem', url: 'http://example.org/x', content: 'complete' },
    concept: [
      {
        concept: [{ code: 'b', concept: [] }, { code: 'c\\' }],
        ...{ code: 'a"\\', display: '"]}{[\\"', definition: 'Ўзбекча' },
        property: [
          { code: 'p', valueDecimal: -1.5e30 },
          { code: 'q', valueBoolean: true },
        ],
      },
      { code: 'd' },
    ],
    title: 'after',
  };
  same(JSON.stringify(hard));
  same(JSON.stringify(hard, null, '\t'));
});

test('what is no code system that could be read concept by concept', () => {
  const read = (text: string): Uint8Array | undefined => writeLargeSystem(new TextEncoder().encode(text));
  for (const other of [
    '{"resourceType":"ValueSet","url":"http://example.org/x"}',
    '{"resourceType":"CodeSystem","content":"complete","concept":[{"code":"a"}]}',
    '{"resourceType":"CodeSystem","url":"x","content":"complete"}',
    '{"resourceType":"CodeSystem","url":"x","content":"supplement","concept":[{"code":"a"}]}',
    '{"resourceType":"CodeSystem","url":["x"],"content":"complete","concept":[{"code":"a"}]}',
  ]) {
    assert.equal(read(other), undefined, other);
  }
  const head = '{"resourceType":"CodeSystem","url":"x","content":"complete","concept":';
  for (const wrong of [
    '{"code":"a"}}',
    '[["a"]]}',
    '[{"code":["a"]}]}',
    '[{"code":"a","concept":7}]}',
    '[{"code":"a"',
  ]) {
    assert.throws(() => read(head + wrong), /./, wrong);
  }
});
