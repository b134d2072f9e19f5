/** Statements of definitions about elements: profiles on types, slices, keys of rules, elements of snapshots. */
import { describe } from 'node:test';
import { each } from './content-cases.ts';

const ofR5 = 'http://hl7.org/fhir/StructureDefinition/';
const at = 'StructureDefinition';
const element = (i: number): string => `${at}.differential.element[${i}]`;

const definition = (more: object): object => ({
  resourceType: 'StructureDefinition',
  url: 'http://example.org/fhir/StructureDefinition/x',
  name: 'X',
  status: 'draft',
  kind: 'resource',
  abstract: false,
  type: 'Patient',
  baseDefinition: `${ofR5}Patient`,
  derivation: 'constraint',
  ...more,
});
const profile = (...elements: readonly object[]): object =>
  definition({ differential: { element: [{ id: 'Patient', path: 'Patient' }, ...elements] } });
const on = (path: string, more: object = {}): object => ({ id: `Patient.${path}`, path: `Patient.${path}`, ...more });

describe('the type of an element', () => {
  const typed = (path: string, type: object): object => profile(on(path, { type: [type] }));
  const place = `${element(1)}.type[0]`;
  const canonical = 'http://example.org/none';
  each([
    [
      'names profiles that are known',
      typed('name', { code: 'HumanName', profile: [canonical] }),
      [`warning definition-profile-unknown ${place}.profile[0]`],
    ],
    [
      'names targets that are known',
      typed('managingOrganization', { code: 'Reference', targetProfile: [canonical] }),
      [`warning definition-profile-unknown ${place}.targetProfile[0]`],
    ],
    [
      'has targets where it refers to something',
      typed('name', { code: 'HumanName', targetProfile: [`${ofR5}Patient`] }),
      [`error definition-not-for-type ${element(1)}`, `error definition-target-none ${place}.targetProfile[0]`],
    ],
    [
      'refers to resources',
      typed('managingOrganization', { code: 'Reference', targetProfile: [`${ofR5}HumanName`] }),
      [`error definition-target-kind ${place}.targetProfile[0]`],
    ],
    [
      'is of an extension that modifies where it does',
      typed('modifierExtension', { code: 'Extension', profile: [`${ofR5}patient-birthPlace`] }),
      [`error definition-profile-modifier ${place}.profile[0]`],
    ],
  ]);
});

describe('a slice', () => {
  const slice = { ...on('identifier', { sliceName: 'a' }), id: 'Patient.identifier:a' };
  each([
    ['is of an element that is sliced', profile(slice), [`error definition-slice-unsliced ${element(1)}`]],
    [
      'may be of one that is sliced before',
      profile(
        on('identifier', { slicing: { discriminator: [{ type: 'value', path: 'system' }], rules: 'open' } }),
        slice,
      ),
      [],
    ],
    ['may be of extensions', profile({ ...on('extension', { sliceName: 'a' }), id: 'Patient.extension:a' }), []],
  ]);
});

describe('the key of a rule', () => {
  const ruled = (key: string, expression: string): object =>
    profile({ id: 'Patient', path: 'Patient', constraint: [{ key, severity: 'error', human: 'x', expression }] });
  const place = `${element(1)}.constraint[0]`;
  each([
    [
      'is not that of a rule of another element',
      ruled('ele-1', 'name.exists()'),
      [
        `error definition-id-twice ${at}`,
        `error id-duplicate ${element(1)}`,
        `error definition-constraint-key ${place}`,
      ].sort(),
    ],
  ]);
});

describe('two elements', () => {
  each([
    [
      'have two ids',
      profile(on('name'), on('name')),
      [`error definition-id-twice ${at}`, `error id-duplicate ${element(2)}`],
    ],
  ]);
});

describe('the value set of a binding', () => {
  const bound = (binding: object): object => profile(on('maritalStatus', { binding }));
  each([
    [
      'is known, of an additional one, too',
      bound({
        strength: 'required',
        valueSet: 'urn:set',
        additional: [{ purpose: 'maximum', valueSet: 'urn:none' }],
      }),
      [`warning definition-binding-unknown ${element(1)}.binding.additional[0]`],
    ],
  ]);
});

describe('a definition', () => {
  each([
    [
      'complies with what is known',
      definition({
        extension: [
          { url: `${ofR5}structuredefinition-compliesWithProfile`, valueCanonical: 'http://example.org/none' },
        ],
        differential: { element: [{ id: 'Patient', path: 'Patient' }] },
      }),
      [`error profile-claim-unknown ${at}`],
    ],
  ]);
});

describe('an element of a snapshot', () => {
  const place = `${at}.snapshot.element[1]`;
  const snapshot = (root: object, one: object): object =>
    definition({
      snapshot: {
        element: [
          { id: 'Patient', path: 'Patient', min: 0, max: '*', base: { path: 'Patient', min: 0, max: '*' }, ...root },
          { ...on('gender', { min: 0, max: '1', base: { path: 'Patient.gender', min: 0, max: '1' } }), ...one },
        ],
      },
    });
  const code = { type: [{ code: 'code' }] };
  each([
    ['has a type', snapshot({}, {}), [`error definition-without-type ${place}`]],
    ['has a value that stands once', snapshot({}, { ...code, fixedCode: 'male' }), []],
    [
      'has no value for several',
      snapshot({}, { ...code, max: '*', fixedCode: 'male' }),
      [`warning definition-value-repeats ${place}.fixed.ofType(code)`],
    ],
    [
      'has no fixed value of several parts',
      snapshot({}, { type: [{ code: 'Coding' }], fixedCoding: { system: 'urn:known', code: 'a' } }),
      [`warning definition-value-complex ${place}.fixed.ofType(Coding)`],
    ],
    [
      'is supported where its type is',
      snapshot(
        {},
        {
          type: [
            {
              extension: [{ url: `${ofR5}elementdefinition-type-must-support`, valueBoolean: true }],
              code: 'code',
            },
          ],
        },
      ),
      [`warning definition-type-support ${place}`],
    ],
    [
      'states no requirements for the whole',
      snapshot({ requirements: 'x' }, code),
      [`error definition-not-in-snapshot ${at}.snapshot.element[0]`],
    ],
  ]);
});
