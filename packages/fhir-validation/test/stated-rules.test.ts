/** How rules see a resource: empty objects, missing members, values with wrong quotes. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Validator } from '../src/index.ts';
import { type Case } from './content-cases.ts';
import { found as againstProfile, profile } from './tested-profile.ts';

const validator = new Validator({});

/** Returns errors, with the keys of invariants. */
const found = (resource: object): string[] =>
  validator
    .validate(JSON.parse(JSON.stringify(resource)))
    .filter(({ severity }) => severity === 'error')
    .map(({ id, values, expression }) => `${id}${id === 'invariant' ? ` ${values['key']}` : ''} ${expression}`);

const each = (cases: readonly Case[]): void => {
  for (const [name, resource, findings] of cases) it(name, () => assert.deepEqual(found(resource), findings));
};

describe('an object with nothing in it', () => {
  const answers = (...entry: object[]): object => ({ resourceType: 'Bundle', type: 'batch-response', entry });
  each([
    ['is asked of what is there', answers({ response: { status: '200' } }), []],
    [
      'does not exist for the rules of what it is in, however deep',
      answers({ response: {}, fullUrl: 'http://example.org/fhir/Basic/a' }),
      [
        'object-empty Bundle.entry[0].response',
        'element-missing Bundle.entry[0].response',
        'invariant bdl-5 Bundle.entry[0]',
        'invariant bdl-3d Bundle',
      ],
    ],
  ]);
});

describe('a contained resource', () => {
  const list = (more: object): object => ({
    ...{ resourceType: 'List', status: 'current', mode: 'working' },
    contained: [{ resourceType: 'Basic', id: 'b', code: { text: 'a' } }],
    ...more,
  });
  each([
    ['is referred to by an element', list({ entry: [{ item: { reference: '#b' } }] }), []],
    ['is referred to by an extension of a value', list({ _title: reference('#b') }), []],
    [
      'is not referred to by a member that there is not',
      list({ entries: [{ item: { reference: '#b' } }] }),
      ['unknown-element List', 'contained-not-used List.contained[0]'],
    ],
    [
      'does not lead to its container by a member that it has not',
      list({ contained: [{ resourceType: 'Basic', id: 'b', code: { text: 'a' }, of: { reference: '#' } }] }),
      ['unknown-element List.contained[0]', 'contained-not-used List.contained[0]'],
    ],
  ]);
});

function reference(to: string): object {
  return { extension: [{ url: 'http://example.org/e', valueReference: { reference: to } }] };
}

describe('a value that is right but for its quotes', () => {
  const told = (value: object): string[] =>
    found({ resourceType: 'Patient', extension: [{ url: 'http://example.org/e', ...value }] });
  const ofJson = ['json-type Patient.extension[0].value[x]'];
  it('is a fault of the JSON, which names the choice as a whole', () => {
    assert.deepEqual(told({ valueDecimal: '1.50' }), ofJson);
    assert.deepEqual(told({ valueInteger: '-5' }), ofJson);
    assert.deepEqual(told({ valueUnsignedInt: '5' }), ofJson);
    assert.deepEqual(told({ valueBoolean: 'true' }), ofJson);
    assert.deepEqual(told({ valueString: 5 }), ofJson);
    assert.deepEqual(told({ valueId: 5 }), ofJson);
  });
  it('is a fault of the value, of its type, when it is wrong without them too', () => {
    assert.deepEqual(told({ valueDecimal: 'much' }), ['json-type Patient.extension[0].value.ofType(decimal)']);
    assert.deepEqual(told({ valueInteger: '1.5' }), ['json-type Patient.extension[0].value.ofType(integer)']);
    assert.deepEqual(told({ valuePositiveInt: '0' }), ['json-type Patient.extension[0].value.ofType(positiveInt)']);
    assert.deepEqual(told({ valueBoolean: 'yes' }), ['json-type Patient.extension[0].value.ofType(boolean)']);
    assert.deepEqual(told({ valueDate: 5 }), ['json-type Patient.extension[0].value.ofType(date)']);
  });
});

describe('a rule of a profile', () => {
  const nested = {
    ...{ resourceType: 'CodeSystem', url: 'http://example.org/a', name: 'Ab', status: 'draft', content: 'complete' },
    concept: [{ code: 'a', concept: [{ code: 'b' }] }],
  };
  const hierarchy = 'concept.concept.exists() implies hierarchyMeaning.exists()';
  const told = (severity: 'error' | 'warning'): string[] => {
    const constraint = [{ key: 'x-1', severity, human: 'a', expression: hierarchy }];
    const one = profile('CodeSystem', [{ id: 'CodeSystem', path: 'CodeSystem', constraint }]);
    return againstProfile(nested, one).filter((finding) => finding.startsWith('invariant'));
  };
  it('is told beside a warning of R5 that says the same when it makes an error of it', () => {
    assert.deepEqual(told('error'), ['invariant csd-2 CodeSystem', 'invariant x-1 CodeSystem']);
  });
  it('is not told beside one that is as grave', () => {
    assert.deepEqual(told('warning'), ['invariant csd-2 CodeSystem']);
  });
});

describe('a claim of a profile on a data type', () => {
  it('finds the id of the resource in its place, and what the data type has not', () => {
    const meta = { profile: ['http://hl7.org/fhir/StructureDefinition/HumanName'] };
    assert.deepEqual(found({ resourceType: 'Basic', id: 'b', meta, code: { text: 'a' } }), [
      'profile-element-not-allowed Basic.meta',
      'profile-element-not-allowed Basic.code',
    ]);
  });
  it('finds what a part of another resource has not, and what stands where a primitive is due', () => {
    const claiming = (profile: string, more: object): string[] => {
      const meta = { profile: [`http://hl7.org/fhir/StructureDefinition/${profile}`] };
      return found({ resourceType: 'Device', meta, ...more }).filter(
        (finding) => finding.startsWith('profile-') || finding.startsWith('type-'),
      );
    };
    assert.deepEqual(claiming('Patient', { contact: [{ id: 'c', system: 'phone', value: '1' }, { use: 'work' }] }), [
      'profile-element-not-allowed Device.contact[0].system',
      'profile-element-not-allowed Device.contact[0].value',
      'profile-element-not-allowed Device.contact[1].use',
    ]);
    const text = { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">a</div>' };
    assert.deepEqual(claiming('HumanName', { text }), [
      'profile-element-not-allowed Device.meta',
      'type-not-allowed Device.text',
      'profile-element-not-allowed Device.text.status',
      'profile-element-not-allowed Device.text.div',
    ]);
  });
});
