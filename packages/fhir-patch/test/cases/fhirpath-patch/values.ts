/** Values as they may be given, and the form that they have in the resource. From the rules of https://hl7.org/fhir/R5/fhirpatch.html. */
import type { Case, FhirPathPatchCase } from '../case.ts';
import { contact, ext } from './resources.ts';

export const values: readonly (Case & FhirPathPatchCase)[] = [
  // choices
  {
    name: 'add a choice: the value has the type',
    on: { resourceType: 'Patient' },
    patch: [['add', 'Patient', { name: 'deceased', valueBoolean: true }]],
    gives: { resourceType: 'Patient', deceasedBoolean: true },
  },
  {
    name: 'add a choice that has a value of another type',
    on: { resourceType: 'Patient', deceasedBoolean: false },
    patch: [['add', 'Patient', { name: 'deceased', valueDateTime: '2026-01-01' }]],
    fails: 'already-exists',
    says: /Patient\.deceased is there already/,
  },
  {
    name: 'add a choice by its JSON name',
    on: { resourceType: 'Patient' },
    patch: [['add', 'Patient', { name: 'deceasedBoolean', valueBoolean: true }]],
    fails: 'invalid-target',
    says: /write 'deceased', not 'deceasedBoolean'/,
  },
  {
    name: 'add a choice of a type it does not have',
    on: { resourceType: 'Patient' },
    patch: [['add', 'Patient', { name: 'deceased', valueString: 'yes' }]],
    fails: 'invalid-value',
    says: /Patient\.deceased cannot be a string; it takes boolean, dateTime/,
  },
  {
    name: 'add a choice of a type that only is a kind of one it has',
    on: { resourceType: 'Observation', status: 'final' },
    patch: [['add', 'Observation', { name: 'value', valueCode: 'x' }]],
    fails: 'invalid-value',
    says: /cannot be a code; it takes Quantity, CodeableConcept, string/,
  },
  {
    name: 'replace a choice by a value of another type',
    on: { resourceType: 'Patient', deceasedBoolean: true, _deceasedBoolean: { id: 'a' }, active: true },
    patch: [['replace', 'Patient.deceased', { valueDateTime: '2026-01-01' }]],
    gives: { resourceType: 'Patient', active: true, deceasedDateTime: '2026-01-01' },
  },
  {
    name: 'delete a choice by ofType',
    on: { resourceType: 'Observation', status: 'final', valueQuantity: { value: 1 } },
    patch: [['delete', 'Observation.value.ofType(Quantity)']],
    gives: { resourceType: 'Observation', status: 'final' },
  },
  {
    name: 'delete a choice of another type is nothing to do',
    on: { resourceType: 'Observation', status: 'final', valueQuantity: { value: 1 } },
    patch: [['delete', 'Observation.value.ofType(string)']],
    gives: { resourceType: 'Observation', status: 'final', valueQuantity: { value: 1 } },
  },
  {
    name: 'replace inside a choice',
    on: '{"resourceType":"Observation","valueQuantity":{"value":1.50,"unit":"mg"}}',
    patch: [['replace', 'Observation.value.unit', { valueString: 'g' }]],
    gives: '{"resourceType":"Observation","valueQuantity":{"value":1.50,"unit":"g"}}',
  },
  {
    name: 'replace in a choice as a type',
    on: { resourceType: 'Observation', valueQuantity: { value: 1 } },
    patch: [['replace', '(Observation.value as Quantity).value', { valueDecimal: 2 }]],
    gives: { resourceType: 'Observation', valueQuantity: { value: 2 } },
  },

  // parts instead of a value[x]
  {
    name: 'add a backbone element by parts',
    on: { resourceType: 'Patient' },
    patch: [
      [
        'add',
        'Patient',
        {
          name: 'contact',
          parts: [
            { name: 'name', valueHumanName: { text: 'a name' } },
            { name: 'gender', valueCode: 'male' },
          ],
        },
      ],
    ],
    gives: { resourceType: 'Patient', contact: [contact] },
  },
  {
    name: 'parts nest, and repeat for a list',
    on: { resourceType: 'Questionnaire' },
    patch: [
      [
        'add',
        'Questionnaire',
        {
          name: 'item',
          parts: [
            { name: 'linkId', valueString: '1' },
            { name: 'type', valueCode: 'group' },
            {
              name: 'item',
              part: [
                { name: 'linkId', valueString: '1.1' },
                { name: 'type', valueCode: 'display' },
              ],
            },
            {
              name: 'item',
              part: [
                { name: 'linkId', valueString: '1.2' },
                { name: 'type', valueCode: 'display' },
              ],
            },
          ],
        },
      ],
    ],
    gives: {
      resourceType: 'Questionnaire',
      item: [
        {
          linkId: '1',
          type: 'group',
          item: [
            { linkId: '1.1', type: 'display' },
            { linkId: '1.2', type: 'display' },
          ],
        },
      ],
    },
  },
  {
    name: 'parts with a choice inside',
    on: { resourceType: 'Specimen' },
    patch: [
      [
        'add',
        'Specimen',
        {
          name: 'processing',
          parts: [
            { name: 'description', valueString: 'd' },
            { name: 'time', valueDateTime: '2026-01-01' },
          ],
        },
      ],
    ],
    gives: { resourceType: 'Specimen', processing: [{ description: 'd', timeDateTime: '2026-01-01' }] },
  },
  {
    name: 'an extension by parts, several inside it',
    on: { resourceType: 'Patient' },
    patch: [
      [
        'add',
        'Patient',
        {
          name: 'extension',
          parts: [
            { name: 'url', valueUri: 'urn:a' },
            {
              name: 'extension',
              part: [
                { name: 'url', valueUri: 'b' },
                { name: 'value', valueString: 'x' },
              ],
            },
            {
              name: 'extension',
              part: [
                { name: 'url', valueUri: 'c' },
                { name: 'value', valueDecimal: 2 },
              ],
            },
          ],
        },
      ],
    ],
    gives: {
      resourceType: 'Patient',
      extension: [{ url: 'urn:a', extension: [ext('b'), ext('c', { valueDecimal: 2 })] }],
    },
  },
  {
    name: 'insert by parts',
    on: { resourceType: 'Patient', contact: [{ gender: 'male' }] },
    patch: [['insert', 'Patient.contact', { index: 0, parts: [{ name: 'gender', valueCode: 'female' }] }]],
    gives: { resourceType: 'Patient', contact: [{ gender: 'female' }, { gender: 'male' }] },
  },
  {
    name: 'a primitive of a list by parts, with an extension only',
    on: { resourceType: 'Patient', contact: [{ gender: 'male' }] },
    patch: [
      [
        'add',
        'Patient.contact[0]',
        {
          name: 'name',
          parts: [
            { name: 'given', valueString: 'A' },
            { name: 'given', _valueString: { extension: [ext('u')] } },
            { name: 'given', valueString: 'C' },
          ],
        },
      ],
    ],
    gives: {
      resourceType: 'Patient',
      contact: [{ gender: 'male', name: { given: ['A', null, 'C'], _given: [null, { extension: [ext('u')] }] } }],
    },
  },
  {
    name: 'parts name an element that is not there',
    on: { resourceType: 'Encounter', status: 'planned' },
    patch: [
      [
        'add',
        'Encounter',
        { name: 'location', parts: [{ name: 'physicalType', valueCodeableConcept: { text: 'x' } }] },
      ],
    ],
    fails: 'invalid-target',
    says: /Encounter\.location \(Encounter\.location\) has no element 'physicalType'; it has .*form/,
  },
  {
    name: 'parts give an element twice that does not repeat',
    on: { resourceType: 'Patient' },
    patch: [
      [
        'add',
        'Patient',
        {
          name: 'contact',
          parts: [
            { name: 'gender', valueCode: 'male' },
            { name: 'gender', valueCode: 'male' },
          ],
        },
      ],
    ],
    fails: 'invalid-value',
    says: /Patient\.contact\.gender does not repeat/,
  },
  {
    name: 'a backbone element takes no value[x]',
    on: { resourceType: 'Patient' },
    patch: [['add', 'Patient', { name: 'contact', valueHumanName: { text: 'x' } }]],
    fails: 'invalid-value',
    says: /it takes parts for Patient\.contact/,
  },
  {
    name: 'a value and parts at once',
    on: { resourceType: 'Patient' },
    patch: [['add', 'Patient', { name: 'maritalStatus', valueCodeableConcept: { text: 'x' }, parts: [] }]],
    fails: 'malformed-patch',
    says: /one of: a value\[x\], a list of parts, a resource/,
  },

  // the form of values
  {
    name: 'a member that the type does not have',
    on: { resourceType: 'Patient' },
    patch: [['add', 'Patient', { name: 'maritalStatus', valueCodeableConcept: { coding: [{ kode: 'M' }] } }]],
    fails: 'invalid-value',
    says: /Patient\.maritalStatus\.coding\[0\] \(Coding\) has no 'kode'/,
  },
  {
    name: 'one value where a list is',
    on: { resourceType: 'Patient' },
    patch: [['add', 'Patient', { name: 'name', valueHumanName: { given: 'Nodira' } }]],
    fails: 'invalid-value',
    says: /Patient\.name\.given must be a JSON array/,
  },
  {
    name: 'a JSON string for a number',
    on: { resourceType: 'Observation' },
    patch: [['add', 'Observation', { name: 'value', valueQuantity: { value: '1.0' } }]],
    fails: 'invalid-value',
    says: /Observation\.value\.value must be a JSON number \(decimal\)/,
  },
  {
    name: 'an empty object',
    on: { resourceType: 'Patient' },
    patch: [['add', 'Patient', { name: 'maritalStatus', valueCodeableConcept: {} }]],
    fails: 'invalid-value',
    says: /Patient\.maritalStatus is empty/,
  },
  {
    name: 'the narrative comes as a string',
    on: {
      resourceType: 'Patient',
      text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">a</div>' },
    },
    patch: [['replace', 'Patient.text.div', { valueString: '<div xmlns="http://www.w3.org/1999/xhtml">b</div>' }]],
    gives: {
      resourceType: 'Patient',
      text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">b</div>' },
    },
  },

  // decimals
  {
    name: 'decimals keep their text and are numbers to the path',
    on: '{"resourceType":"Observation","component":[{"valueQuantity":{"value":1.00}},{"valueQuantity":{"value":2.50,"unit":"mg"}}]}',
    patch: [
      ['replace', 'Observation.component.where(value.ofType(Quantity).value > 2.4).value.unit', { valueString: 'g' }],
    ],
    gives:
      '{"resourceType":"Observation","component":[{"valueQuantity":{"value":1.00}},{"valueQuantity":{"value":2.50,"unit":"g"}}]}',
  },
  {
    name: 'decimals of the patch keep their text, and later paths see their value',
    on: '{"resourceType":"Observation","status":"final"}',
    patch:
      '{"resourceType":"Parameters","parameter":[' +
      '{"name":"operation","part":[{"name":"type","valueCode":"add"},{"name":"path","valueString":"Observation"},{"name":"name","valueString":"value"},{"name":"value","valueQuantity":{"value":5.40}}]},' +
      '{"name":"operation","part":[{"name":"type","valueCode":"add"},{"name":"path","valueString":"Observation.value.where(value = 5.4)"},{"name":"name","valueString":"unit"},{"name":"value","valueString":"mmol/l"}]}]}',
    gives: '{"resourceType":"Observation","status":"final","valueQuantity":{"value":5.40,"unit":"mmol/l"}}',
  },
];
