/** A patch as a whole. From the rules of https://hl7.org/fhir/R5/fhirpatch.html. */
import type { Case, FhirPathPatchCase } from '../case.ts';
import { patient } from './resources.ts';

export const patches: readonly (Case & FhirPathPatchCase)[] = [
  { name: 'no operations', on: patient, patch: [], gives: patient },
  { name: 'Parameters without parameters', on: patient, patch: '{"resourceType":"Parameters"}', gives: patient },

  // the form of the patch
  {
    name: 'no Parameters',
    on: patient,
    patch: '{"resourceType":"Patient"}',
    fails: 'malformed-patch',
    says: /is a Parameters resource/,
  },
  {
    name: 'no JSON',
    on: patient,
    patch: '{"resourceType":"Parameters",}',
    fails: 'malformed-patch',
    says: /line 1, column 30/,
  },
  {
    name: 'a parameter of another name',
    on: patient,
    patch: '{"resourceType":"Parameters","parameter":[{"name":"op"}]}',
    fails: 'malformed-patch',
    says: /the name 'operation'/,
  },
  {
    name: 'an operation without parts',
    on: patient,
    patch: '{"resourceType":"Parameters","parameter":[{"name":"operation"}]}',
    fails: 'malformed-patch',
    says: /an array 'part'/,
  },
  {
    name: 'an unknown type',
    on: patient,
    patch: [['merge', 'Patient']],
    fails: 'malformed-patch',
    says: /add, insert, delete, replace, move/,
  },
  {
    name: 'an inherited type',
    on: patient,
    patch: [['constructor', 'Patient']],
    fails: 'malformed-patch',
    says: /add, insert, delete, replace, move/,
  },
  {
    name: 'a part too many',
    on: patient,
    patch: [['delete', 'Patient.name[0]', { index: 0 }]],
    fails: 'malformed-patch',
    says: /delete takes no part 'index' \(it takes path\)/,
  },
  {
    name: 'no value',
    on: patient,
    patch: [['add', 'Patient', { name: 'gender' }]],
    fails: 'malformed-patch',
    says: /the part 'value' is missing/,
  },
  {
    name: 'no name',
    on: patient,
    patch: [['add', 'Patient', { valueCode: 'male' }]],
    fails: 'malformed-patch',
    says: /the part 'name' is missing/,
  },
  {
    name: 'no index',
    on: patient,
    patch: [['insert', 'Patient.name', { valueHumanName: { text: 'x' } }]],
    fails: 'malformed-patch',
    says: /the part 'index' is missing/,
  },
  {
    name: 'a negative index',
    on: patient,
    patch: [['move', 'Patient.name', { source: -1, destination: 0 }]],
    fails: 'malformed-patch',
    says: /'source' has a valueInteger/,
  },
  {
    name: 'two values',
    on: patient,
    patch: [['add', 'Patient', { name: 'gender', valueCode: 'male', valueString: 'male' }]],
    fails: 'malformed-patch',
    says: /one value\[x\], not two/,
  },
  {
    name: 'an unknown value[x]',
    on: patient,
    patch: [['add', 'Patient', { name: 'gender', valueGender: 'male' }]],
    fails: 'malformed-patch',
    says: /no 'valueGender'/,
  },

  // all or nothing, in order
  {
    name: 'operations see what those before them did',
    on: { resourceType: 'Patient' },
    patch: [
      ['add', 'Patient', { name: 'name', valueHumanName: { use: 'official' } }],
      ['add', `Patient.name.where(use = 'official')`, { name: 'family', valueString: 'K' }],
    ],
    gives: { resourceType: 'Patient', name: [{ use: 'official', family: 'K' }] },
  },
  {
    name: 'the failing operation is named by its index',
    on: patient,
    patch: [
      ['delete', 'Patient.name[0]'],
      ['delete', 'Patient.name[0]'],
      ['replace', 'Patient.name[0].family', { valueString: 'x' }],
    ],
    fails: 'path-not-found',
    says: /^operation 2 /,
    at: 2,
  },
];
