/** References, canonicals, extensions, contained resources, and extensions of primitive values beside lists with nulls. */
import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import { each, named, observation, patient, uuid, type Cases } from './cases.ts';
import { div } from './narratives.ts';

const core = 'http://hl7.org/fhir/StructureDefinition/';
const absent = { url: `${core}data-absent-reason`, valueCode: 'unknown' };
const beside = { extension: [absent] };

const siblings: Readonly<Record<string, Json>> = {
  ...{
    'for null': { given: ['a', null], _given: [null, beside] },
    'null and null': { given: ['a', null], _given: [null, null] },
  },
  ...{
    longer: { given: ['a'], _given: [null, beside] },
    shorter: { given: ['a', null], _given: [beside] },
    alone: { _given: [beside] },
  },
  ...{
    empty: { given: ['a'], _given: [{}] },
    'id alone': { given: ['a'], _given: [{ id: 'x' }] },
    'no list': { given: ['a'], _given: beside },
  },
  ...{
    'a list': { family: 'a', _family: [beside] },
    null: { family: 'a', _family: null },
    both: { family: 'a', _family: beside },
  },
  ...{
    unknown: { family: 'a', _family: { foo: 'a' } },
    'a value': { family: 'a', _family: { value: 'b' } },
    text: { family: 'a', _family: 'b' },
  },
  ...{
    'no extensions': { family: 'a', _family: { extension: [] } },
    twice: { family: 'a', _family: { extension: [absent, absent] } },
  },
  ...{
    'of nothing': { _foo: beside },
    modifier: { family: 'a', _family: { modifierExtension: [absent] } },
    code: { _use: beside },
  },
};

const references = [
  ...[
    '#',
    '#x',
    'Patient',
    'Patient/',
    'patient/1',
    'Patient/1',
    'Patient/1/_history/2',
    'Patient/1/_history',
    'Foo/1',
    'Device/1',
  ],
  ...[
    'http://x.y/Patient/1',
    'http://x.y/foo/1',
    'http://x.y/Patient/1?x',
    'Patient?identifier=a',
    'urn:uuid:x',
    'urn:oid:1.2',
  ],
  ...[
    uuid(1),
    'Observation/1',
    '',
    '  ',
    'Patient/1#a',
    '../Patient/1',
    '/Patient/1',
    '1',
    'mailto:a@b',
    'Patient/é',
    'Patient/1 ',
  ],
];

const targets: Readonly<Record<string, Json>> = {
  ...{
    nothing: {},
    type: { type: 'Patient' },
    'no type': { type: 'Foo' },
    'address of a type': { type: `${core}Patient` },
  },
  ...{
    'another type': { type: 'Device', reference: 'Patient/1' },
    identifier: { identifier: { system: 'http://a.b', value: '1' } },
  },
  ...{
    'empty identifier': { identifier: {} },
    display: { display: 'a' },
    'wrong type': { type: 'Organization', identifier: { value: 'a' } },
  },
};

const inside = (more: Json = {}): Json => ({ resourceType: 'Patient', id: 'x', ...more });
const contained: Readonly<Record<string, readonly [Json, string | undefined]>> = {
  ...{
    right: [inside(), '#x'],
    'not referred to': [inside(), undefined],
    'another type': [{ resourceType: 'Practitioner', id: 'x' }, '#x'],
  },
  ...{
    'no id': [{ resourceType: 'Patient' }, '#x'],
    'number sign': [inside({ id: '#x' }), '#x'],
    nested: [inside({ contained: [inside({ id: 'y' })] }), '#x'],
  },
  ...{ version: [inside({ meta: { versionId: '1' } }), '#x'], tag: [inside({ meta: { tag: [{ code: 'a' }] } }), '#x'] },
  ...{
    security: [inside({ meta: { security: [{ code: 'a' }] } }), '#x'],
    text: [inside({ text: { status: 'generated', div: div('a') } }), '#x'],
  },
  ...{
    back: [inside({ link: [{ other: { reference: '#' }, type: 'refer' }] }), '#x'],
    Parameters: [{ resourceType: 'Parameters', id: 'x' }, '#x'],
  },
};

const claims = [
  ...['http://a.b/c|1', 'http://a.b/c|', 'http://a.b/c|1|2', '#x', 'http://a.b/c#d', 'Patient/1', 'urn:oid:1.2.3', ''],
  ...['Patient', 'Patient|5.0.0', 'Patient|4.0.1', 'Observation', 'bp', 'DomainResource', 'HumanName', 'none'].map(
    (one) => core + one,
  ),
];

const nationality = `${core}patient-nationality`;
const extensions: Readonly<Record<string, Json>> = {
  ...{
    relative: { url: 'foo', valueString: 'a' },
    part: { url: '#a', valueString: 'a' },
    OID: { url: 'urn:oid:1.2.3', valueString: 'a' },
  },
  ...{
    unknown: { url: 'http://none.test/x', valueString: 'a' },
    'no url': { valueString: 'a' },
    'empty url': { url: '', valueString: 'a' },
  },
  ...{
    'no value': { url: 'http://none.test/x' },
    'two values': { url: 'http://none.test/x', valueString: 'a', valueInteger: 1 },
  },
  nested: { url: nationality, extension: [{ url: 'code', valueCodeableConcept: { text: 'a' } }] },
  'unknown part': { url: nationality, extension: [{ url: 'foo', valueString: 'a' }] },
  'part of another type': { url: nationality, extension: [{ url: 'code', valueString: 'a' }] },
  'a value in place of parts': { url: nationality, valueCodeableConcept: { text: 'a' } },
  ...{
    'another type': { url: `${core}patient-birthPlace`, valueString: 'a' },
    right: { url: `${core}patient-birthPlace`, valueAddress: { city: 'a' } },
  },
  ...{
    'another place': { url: `${core}questionnaire-hidden`, valueBoolean: true },
    'not defined': { url: `${core}foo`, valueString: 'a' },
  },
  ...{
    'a space behind': { url: 'http://none.test/x ', valueString: 'a' },
    'bad id': { id: 'a b', url: 'http://none.test/x', valueString: 'a' },
  },
  ...{
    'https in place of http': {
      url: 'https://hl7.org/fhir/StructureDefinition/patient-birthPlace',
      valueAddress: { city: 'a' },
    },
  },
};

const languages =
  'en EN en-us en-US zz en_US x-klingon i-klingon en- und uz-Latn-UZ uz-latn zh-Hans-CN de-1996 e english mul qaa *'.split(
    ' ',
  );

export const links: Cases = {
  ...named('sibling:', siblings, (one) => patient({ name: [one] })),
  ...each('reference', references, (reference) => observation({ subject: { reference } })),
  ...named('reference by', targets, (subject) => observation({ subject })),
  ...named('contained:', contained, ([one, reference]) =>
    observation({ contained: [one], ...(reference && { subject: { reference } }) }),
  ),
  ...each('claim', claims, (profile) => patient({ meta: { profile: [profile] } })),
  ...named('extension:', extensions, (one) => patient({ extension: [one] })),
  ...named('modifier:', extensions, (one) => patient({ modifierExtension: [one] })),
  ...each('language', languages, (language) => patient({ language })),
};
