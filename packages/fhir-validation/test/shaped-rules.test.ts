/** Values of other types than a profile states, codes of versions and systems that are not at hand, and slices of choices. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { before, describe, it } from 'node:test';
import { builtInCodes, contentFile, Validator, type Definitions } from '../src/index.ts';

const home = 'http://example.org/fhir';

const tree = {
  resourceType: 'CodeSystem',
  url: `${home}/CodeSystem/tree`,
  version: '1.0.0',
  status: 'active',
  content: 'complete',
  caseSensitive: true,
  property: [{ code: 'status', uri: 'http://hl7.org/fhir/concept-properties#status', type: 'code' }],
  concept: [{ code: 'one' }, { code: 'old', property: [{ code: 'status', valueCode: 'retired' }] }],
};
const piece = {
  ...tree,
  url: `${home}/CodeSystem/piece`,
  content: 'fragment',
  concept: [{ code: 'p' }],
};
const valueSet = (id: string, include: readonly object[]): object => ({
  ...{ resourceType: 'ValueSet', url: `${home}/ValueSet/${id}`, version: '1.0.0', status: 'active' },
  compose: { include },
});
const valueSets = [
  valueSet('tree', [{ system: tree.url }]),
  valueSet('next', [{ system: tree.url, version: '2.0.0' }]),
  valueSet('piece', [{ system: piece.url }]),
  { ...valueSet('used', []), compose: { inactive: false, include: [{ system: tree.url }] } },
  valueSet('one', [{ system: tree.url, concept: [{ code: 'one' }] }]),
];

const profile = (type: string, ...element: readonly object[]): object => ({
  ...{ resourceType: 'StructureDefinition', url: `${home}/p`, kind: 'resource', type, derivation: 'constraint' },
  baseDefinition: `http://hl7.org/fhir/StructureDefinition/${type}`,
  differential: { element },
});

const bound = (path: string, id: string, strength: string, more: object = {}): object =>
  profile(path.split('.')[0]!, { path, binding: { strength, valueSet: `${home}/ValueSet/${id}` }, ...more });

let content: Uint8Array;
before(async () => {
  content = await readFile(contentFile);
});

/** Errors and warnings of a resource that claims a profile. */
function found(definition: object, resource: object): string[] {
  const definitions = { structure: (url: string) => (url === `${home}/p` ? definition : undefined) } as Definitions;
  const codes = builtInCodes(content, [tree, piece, ...valueSets] as Parameters<typeof builtInCodes>[1]);
  return new Validator({ definitions, codes, unknownExtensions: 'ignore' })
    .validate({ ...resource, meta: { profile: [`${home}/p`] } })
    .filter(({ severity }) => severity !== 'information')
    .map(({ severity, id, expression }) => `${severity} ${id} ${expression}`);
}

const observation = (more: object): object => ({
  ...{ resourceType: 'Observation', status: 'final', code: { text: 'a' } },
  ...more,
});
const coded = (coding: object): object => observation({ code: { coding: [coding] } });
const message = (eventCoding: object): object => ({
  ...{ resourceType: 'MessageHeader', eventCoding, source: { name: 'a' } },
});

describe('a fixed value or a pattern of one type', () => {
  const effective = (stated: object) => profile('Observation', { path: 'Observation.effective[x]', ...stated });

  it('is met by no value of another type', () => {
    const pattern = effective({ patternPeriod: { start: '2026-01-31' } });
    const missing = 'error fixed-value-missing Observation.effective.ofType(dateTime).start';
    assert.deepEqual(found(pattern, observation({ effectiveDateTime: '2026-01-31' })), [missing]);
    assert.deepEqual(found(pattern, observation({ effectivePeriod: { start: '2026-01-31' } })), []);
    const fixed = effective({ fixedPeriod: { start: '2026-01-31' } });
    assert.deepEqual(found(fixed, observation({ effectiveDateTime: '2026-01-31' })), [missing]);
  });

  it('is compared as a text, where both are values of primitive types', () => {
    const text = (value: string) => profile('Observation', { path: 'Observation.status', fixedString: value });
    assert.deepEqual(found(text('final'), observation({})), []);
    assert.deepEqual(found(text('amended'), observation({})), ['error fixed-value Observation.status']);
  });
});

describe('a code of a version that is not at hand', () => {
  const versioned = [
    'warning code-system-unknown Observation.code.coding[0].system',
    'warning coding-version Observation.code.coding[0].version',
  ];

  it('is in no value set or another by what is known', () => {
    const version = '2.0.0';
    assert.deepEqual(
      found(bound('Observation.code', 'one', 'required'), coded({ system: tree.url, version, code: 'old' })),
      versioned,
    );
    assert.deepEqual(
      found(bound('Observation.code', 'one', 'extensible'), coded({ system: tree.url, version, code: 'old' })),
      versioned,
    );
  });

  it('is no fault of the system where another version of it is a supplement', () => {
    const more = { ...piece, url: `${home}/CodeSystem/more`, content: 'supplement', supplements: tree.url };
    const codes = builtInCodes(content, [tree, more] as Parameters<typeof builtInCodes>[1]);
    const told = (version: string) =>
      new Validator({ codes })
        .validate(coded({ system: more.url, version, code: 'p' }))
        .map(({ id }) => id)
        .filter((id) => /supplement|unknown/.test(id));
    assert.deepEqual(told('1.0.0'), ['coding-system-supplement']);
    assert.deepEqual(told('2.0.0'), ['code-system-unknown']);
  });

  it('is a code of the system that its own supplements, whatever the content is said to be', () => {
    const added = { ...tree, url: `${home}/CodeSystem/added`, supplements: tree.url };
    const codes = builtInCodes(content, [tree, added] as Parameters<typeof builtInCodes>[1]);
    const told = (resource: object) =>
      new Validator({ codes })
        .validate(resource)
        .filter(({ id }) => /supplement|code-unknown/.test(id))
        .map(({ code, id, expression }) => `${code} ${id} ${expression}`);
    for (const code of ['one', 'none'])
      assert.deepEqual(told(coded({ system: added.url, code })), [
        'not-found coding-system-supplement Observation.code.coding[0].system',
      ]);
    assert.deepEqual(told(message({ system: added.url, code: 'one' })), [
      'invalid coding-of-supplement MessageHeader.event.ofType(Coding).system',
    ]);
    assert.deepEqual(told(observation({ valueQuantity: { value: 1, system: added.url, code: 'one' } })), [
      'invalid coding-of-supplement Observation.value.ofType(Quantity).system',
    ]);
    assert.deepEqual(told(coded({ system: tree.url, code: 'one' })), []);
  });

  it('is missing also where its system is a fragment', () => {
    const told = found(bound('Observation.code', 'one', 'extensible'), coded({ system: piece.url }));
    assert.deepEqual(
      told.filter((one) => one.includes('coding[0]')),
      ['warning coding-without-code Observation.code.coding[0].code'],
    );
  });

  it('is one of its system, not of the fragment of another version', () => {
    const other = coded({ system: piece.url, version: '2.0.0', code: 'q' });
    assert.deepEqual(found(bound('Observation.code', 'piece', 'extensible'), other), versioned);
    assert.deepEqual(
      found(bound('Observation.code', 'piece', 'extensible'), coded({ system: piece.url, code: 'q' })).filter((one) =>
        one.includes('fragment'),
      ),
      ['warning code-not-in-fragment Observation.code.coding[0].code'],
    );
  });

  it('is told where the value set names it', () => {
    assert.deepEqual(found(bound('Observation.code', 'next', 'extensible'), coded({ system: tree.url, code: 'one' })), [
      'warning code-system-unknown Observation.code.coding[0].system',
    ]);
  });
});

describe('a coding', () => {
  const nowhere = 'http://example.org/nowhere';

  it('without a code, of a system that is not at hand, is told of its system alone', () => {
    assert.deepEqual(found(bound('Observation.code', 'one', 'required'), coded({ system: nowhere })), [
      'warning code-system-unknown Observation.code.coding[0].system',
    ]);
    assert.deepEqual(found(bound('Observation.code', 'one', 'required'), coded({ system: tree.url })), [
      'warning coding-without-code Observation.code.coding[0].code',
      'error concept-without-code Observation.code',
    ]);
  });

  it('that stands alone is told of its system as well as of its value set', () => {
    const definition = bound('MessageHeader.event[x]', 'one', 'required', { type: [{ code: 'Coding' }] });
    assert.deepEqual(found(definition, message({ system: nowhere, code: 'a' })), [
      'warning code-system-unknown MessageHeader.event.ofType(Coding).system',
      'error concept-not-in-value-set MessageHeader.event.ofType(Coding)',
    ]);
    assert.deepEqual(found(definition, message({ system: tree.url, code: 'one' })), []);
  });

  it('that is met by an extensible binding takes the place of that of the base, unless something is told of it', () => {
    const definition = bound('Observation.interpretation', 'tree', 'extensible');
    const of = (code: string): object => observation({ interpretation: [{ coding: [{ system: tree.url, code }] }] });
    assert.deepEqual(found(definition, of('one')), []);
    assert.deepEqual(found(definition, of('old')), [
      'warning code-inactive Observation.interpretation[0].coding[0]',
      'warning concept-not-in-value-set Observation.interpretation[0]',
    ]);
  });
});

describe('a designation that is withdrawn or deprecated', () => {
  const old = 'http://hl7.org/fhir/StructureDefinition/structuredefinition-standards-status';
  const designation = [
    { value: 'One' },
    { value: 'Ein', extension: [{ url: old, valueCode: 'withdrawn' }] },
    { value: 'Onely', extension: [{ url: old, valueCode: 'deprecated' }] },
  ];
  const named = { ...tree, url: `${home}/CodeSystem/named`, concept: [{ code: 'one', display: '1', designation }] };
  const told = (display: string): string[] =>
    new Validator({ codes: builtInCodes(content, [named]) })
      .validate(coded({ system: named.url, code: 'one', display }))
      .map(({ id, expression }) => `${id} ${expression}`);

  it('is a display no more', () => {
    assert.deepEqual(told('One'), []);
    for (const display of ['Ein', 'Onely'])
      assert.deepEqual(told(display), ['display-wrong Observation.code.coding[0].display']);
  });
});

describe('a binding that leads to a code system', () => {
  const to = (strength: string): object =>
    profile('Observation', { path: 'Observation.code', binding: { strength, valueSet: tree.url } });

  it('is no binding, however the code is', () => {
    const told = ['error binding-code-system Observation.code'];
    assert.deepEqual(found(to('required'), coded({ system: tree.url, code: 'one' })), told);
    assert.deepEqual(found(to('example'), coded({ system: tree.url, code: 'one' })), []);
  });
});

describe('a logical model', () => {
  const model = (baseDefinition: string): object => ({
    ...{ resourceType: 'StructureDefinition', url: `${home}/model`, name: 'M', status: 'active', abstract: false },
    ...{ kind: 'logical', type: `${home}/model`, derivation: 'specialization', baseDefinition },
    differential: { element: [{ id: 'Other', path: 'Other', min: 0, max: '*', short: 'a', definition: 'a' }] },
  });
  const told = (base: string): boolean =>
    new Validator().validate(model(base)).some(({ id }) => id === 'definition-path');

  it('has the paths of its name, as far as its base is known', () => {
    assert.ok(told('http://hl7.org/fhir/StructureDefinition/Base'));
    assert.ok(!told('http://none.test/base'));
  });
});

describe('slices of a choice by type', () => {
  const slice = (name: string, code: string, min: number): object => ({
    ...{ id: `Observation.value[x]:${name}`, path: 'Observation.value[x]', sliceName: name, min, type: [{ code }] },
  });
  const told = (...slices: readonly object[]): readonly string[] =>
    new Validator()
      .validate({
        ...{ resourceType: 'StructureDefinition', url: `${home}/s`, name: 'S', status: 'active', abstract: false },
        ...profile(
          'Observation',
          { path: 'Observation' },
          {
            path: 'Observation.value[x]',
            slicing: { discriminator: [{ type: 'type', path: '$this' }], rules: 'open' },
          },
          ...slices,
        ),
      })
      .map(({ id }) => id);

  it('may ask for the last one, and for no other', () => {
    const [quantity, string] = [slice('valueQuantity', 'Quantity', 0), slice('valueString', 'string', 1)];
    assert.ok(!told(quantity, string).includes('definition-slices-of-type'));
    assert.ok(told(string, quantity).includes('definition-slices-of-type'));
  });
});

describe('a value set of codes in use', () => {
  it('names codes of its systems that are out of use, alone and in a concept', () => {
    const old = { system: tree.url, code: 'old' };
    const of = (one: string) => [`error code-not-active ${one}.code`];
    const told = (path: string, strength: string, resource: object) =>
      found(bound(path, 'used', strength), resource).filter((one) => one.includes('code-not-active'));
    assert.deepEqual(told('Observation.code', 'required', coded(old)), of('Observation.code.coding[0]'));
    assert.deepEqual(
      told('MessageHeader.event[x]', 'required', message(old)),
      of('MessageHeader.event.ofType(Coding)'),
    );
    assert.deepEqual(told('Observation.code', 'required', coded({ ...old, code: 'one' })), []);
    assert.deepEqual(told('Observation.code', 'required', coded({ system: piece.url, code: 'p' })), []);
    assert.deepEqual(found(bound('Observation.code', 'tree', 'required'), coded(old)), [
      'warning code-inactive Observation.code.coding[0]',
    ]);
  });
});
