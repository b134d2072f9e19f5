import type { Case, FhirPathPatchCase } from './case.ts';

const ext = (url: string, more: object = { valueString: 'x' }) => ({ url, ...more });
const identifiers = ['1', '2', '3', '4'].map((value) => ({ system: 'http://example.org', value }));
const [i1, i2, i3, i4] = identifiers;
const ordered = (...identifier: unknown[]) => ({ resourceType: 'Patient', identifier });
const contact = { name: { text: 'a name' }, gender: 'male' };
const patient = {
  resourceType: 'Patient',
  id: 'p',
  meta: { versionId: '3', lastUpdated: '2026-01-01T00:00:00+05:00' },
  name: [
    { use: 'official', family: 'Karimova', given: ['Nodira', 'Aziza'] },
    { use: 'usual', given: ['Nodi'] },
  ],
};

/** From the rules of https://hl7.org/fhir/R5/fhirpatch.html, operation by operation. */
export const cases: readonly (Case & FhirPathPatchCase)[] = [
  { name: 'no operations', on: patient, patch: [], gives: patient },
  { name: 'Parameters without parameters', on: patient, patch: '{"resourceType":"Parameters"}', gives: patient },

  // add
  {
    name: 'add a primitive',
    on: { resourceType: 'Patient' },
    patch: [['add', 'Patient', { name: 'birthDate', valueDate: '1930-01-01' }]],
    gives: { resourceType: 'Patient', birthDate: '1930-01-01' },
  },
  {
    name: 'add a complex value',
    on: { resourceType: 'Patient' },
    patch: [['add', 'Patient', { name: 'maritalStatus', valueCodeableConcept: { text: 'married' } }]],
    gives: { resourceType: 'Patient', maritalStatus: { text: 'married' } },
  },
  {
    name: 'add to a nested element',
    on: { resourceType: 'Patient', contact: [{ name: { text: 'a name' } }] },
    patch: [['add', 'Patient.contact[0]', { name: 'gender', valueCode: 'male' }]],
    gives: { resourceType: 'Patient', contact: [contact] },
  },
  {
    name: 'add begins a list',
    on: { resourceType: 'Patient' },
    patch: [['add', 'Patient', { name: 'identifier', valueIdentifier: i1 }]],
    gives: ordered(i1),
  },
  {
    name: 'add appends to a list',
    on: ordered(i1, i2),
    patch: [['add', 'Patient', { name: 'identifier', valueIdentifier: i3 }]],
    gives: ordered(i1, i2, i3),
  },
  {
    name: 'add appends to a list of primitives',
    on: patient,
    patch: [['add', `Patient.name.where(use = 'usual')`, { name: 'given', valueString: 'Oy' }]],
    gives: { ...patient, name: [patient.name[0], { use: 'usual', given: ['Nodi', 'Oy'] }] },
  },
  {
    name: 'add to what does not repeat and is there',
    on: { resourceType: 'Patient', birthDate: '1930-01-01' },
    patch: [['add', 'Patient', { name: 'birthDate', valueDate: '1931-01-01' }]],
    fails: 'already-exists',
    says: /Patient\.birthDate is there already and does not repeat; use replace/,
  },
  {
    name: 'add to what is not there',
    on: { resourceType: 'Patient', identifier: [{ use: 'official', value: '123' }] },
    patch: [['add', `Patient.identifier.where(use = 'official').period`, { name: 'end', valueDateTime: '2021-12-01' }]],
    fails: 'path-not-found',
    says: /selects nothing in this resource/,
  },
  {
    name: 'add to several',
    on: patient,
    patch: [['add', 'Patient.name', { name: 'text', valueString: 'x' }]],
    fails: 'ambiguous',
    says: /selects 2 elements \(Patient\.name\[0\], Patient\.name\[1\]\).*where\(\)/,
  },
  {
    name: 'add an element that R5 does not know',
    on: patient,
    patch: [['add', 'Patient', { name: 'animal', valueString: 'x' }]],
    fails: 'invalid-target',
    says: /Patient \(Patient\) has no element 'animal'; it has id, meta, .*birthDate/,
  },
  {
    name: 'add an element that every JavaScript object inherits',
    on: patient,
    patch: [['add', 'Patient', { name: '__proto__', valueString: 'x' }]],
    fails: 'invalid-target',
    says: /has no element '__proto__'/,
  },
  {
    name: 'add a value of the wrong type',
    on: { resourceType: 'Patient' },
    patch: [['add', 'Patient', { name: 'birthDate', valueString: '1930-01-01' }]],
    fails: 'invalid-value',
    says: /Patient\.birthDate cannot be a string; it takes date/,
  },
  {
    name: 'add a special type where the general one is expected',
    on: { resourceType: 'Patient', name: [{ text: 'x' }] },
    patch: [['add', 'Patient.name[0]', { name: 'family', valueMarkdown: 'K' }]],
    gives: { resourceType: 'Patient', name: [{ text: 'x', family: 'K' }] },
  },

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

  // replace
  {
    name: 'replace a primitive',
    on: { resourceType: 'Patient', birthDate: '1920-01-01' },
    patch: [['replace', 'Patient.birthDate', { valueDate: '1930-01-01' }]],
    gives: { resourceType: 'Patient', birthDate: '1930-01-01' },
  },
  {
    name: 'replace a nested primitive',
    on: { resourceType: 'Patient', contact: [contact] },
    patch: [['replace', 'Patient.contact[0].name.text', { valueString: 'the name' }]],
    gives: { resourceType: 'Patient', contact: [{ name: { text: 'the name' }, gender: 'male' }] },
  },
  {
    name: 'replace a complex element with all it has',
    on: { resourceType: 'Patient', maritalStatus: { id: '1', text: 'married' } },
    patch: [['replace', 'Patient.maritalStatus', { valueCodeableConcept: { id: '2', coding: [{ code: 'S' }] } }]],
    gives: { resourceType: 'Patient', maritalStatus: { id: '2', coding: [{ code: 'S' }] } },
  },
  {
    name: 'replace in a list, keeping its order',
    on: ordered(i1, i2, i3),
    patch: [['replace', `Patient.identifier.where(value = '2')`, { valueIdentifier: i4 }]],
    gives: ordered(i1, i4, i3),
  },
  {
    name: 'replace takes the extensions of a primitive with it',
    on: { resourceType: 'Patient', birthDate: '1920-01-01', _birthDate: { extension: [ext('u')] } },
    patch: [['replace', 'Patient.birthDate', { valueDate: '1930-01-01' }]],
    gives: { resourceType: 'Patient', birthDate: '1930-01-01' },
  },
  {
    name: 'replace brings the extensions of the new primitive',
    on: { resourceType: 'Patient', birthDate: '1920-01-01' },
    patch: [['replace', 'Patient.birthDate', { valueDate: '1930-01-01', _valueDate: { extension: [ext('v')] } }]],
    gives: { resourceType: 'Patient', birthDate: '1930-01-01', _birthDate: { extension: [ext('v')] } },
  },
  {
    name: 'replace a primitive of a list leaves the others their extensions',
    on: { resourceType: 'Patient', name: [{ given: ['A', 'B'], _given: [{ id: 'a' }, { id: 'b' }] }] },
    patch: [['replace', 'Patient.name.given[1]', { valueString: 'C' }]],
    gives: { resourceType: 'Patient', name: [{ given: ['A', 'C'], _given: [{ id: 'a' }, null] }] },
  },
  {
    name: 'replace what is not there',
    on: { resourceType: 'Patient' },
    patch: [['replace', 'Patient.birthDate', { valueDate: '1930-01-01' }]],
    fails: 'path-not-found',
    says: /operation 0 \(replace 'Patient\.birthDate'\): the path selects nothing/,
  },
  {
    name: 'replace several',
    on: patient,
    patch: [['replace', 'Patient.name.given', { valueString: 'x' }]],
    fails: 'ambiguous',
    says: /selects 3 elements \(Patient\.name\[0\]\.given\[0\], Patient\.name\[0\]\.given\[1\], Patient\.name\[1\]\.given\[0\]\)/,
  },
  {
    name: 'replace the resource',
    on: patient,
    patch: [['replace', 'Patient', { valueString: 'x' }]],
    fails: 'invalid-target',
    says: /use PUT/,
  },
  {
    name: 'replace with a value of the wrong type',
    on: patient,
    patch: [['replace', 'Patient.name[0]', { valueString: 'x' }]],
    fails: 'invalid-value',
    says: /Patient\.name\[0\] cannot be a string; it takes HumanName/,
  },

  // delete
  {
    name: 'delete a primitive and its extensions',
    on: { resourceType: 'Patient', birthDate: '1920-01-01', _birthDate: { id: 'x' }, active: true },
    patch: [['delete', 'Patient.birthDate']],
    gives: { resourceType: 'Patient', active: true },
  },
  {
    name: 'delete what is not there is nothing to do',
    on: patient,
    patch: [
      ['delete', 'Patient.birthDate'],
      ['delete', 'Patient.contact[3].name.text'],
    ],
    gives: patient,
  },
  {
    name: 'delete the last child takes the element around it',
    on: { resourceType: 'Patient', contact: [contact] },
    patch: [['delete', 'Patient.contact[0].name.text']],
    gives: { resourceType: 'Patient', contact: [{ gender: 'male' }] },
  },
  {
    name: 'delete leaves no empty objects or arrays at any level',
    on: { resourceType: 'Patient', contact: [{ name: { given: ['x'] } }] },
    patch: [['delete', 'Patient.contact.name.given']],
    gives: { resourceType: 'Patient' },
  },
  {
    name: 'delete the only element of a list',
    on: ordered(i1),
    patch: [['delete', 'Patient.identifier[0]']],
    gives: { resourceType: 'Patient' },
  },
  {
    name: 'delete in a list',
    on: ordered(i1, i2, i3),
    patch: [['delete', 'Patient.identifier.last()']],
    gives: ordered(i1, i2),
  },
  {
    name: 'delete several',
    on: ordered(i1, i2),
    patch: [['delete', 'Patient.identifier']],
    fails: 'ambiguous',
    says: /2 elements/,
  },
  {
    name: 'delete in a list of primitives keeps values and extensions together',
    on: { resourceType: 'Patient', name: [{ given: ['A', null, 'C'], _given: [null, { id: 'b' }, { id: 'c' }] }] },
    patch: [['delete', 'Patient.name.given[0]']],
    gives: { resourceType: 'Patient', name: [{ given: [null, 'C'], _given: [{ id: 'b' }, { id: 'c' }] }] },
  },
  {
    name: 'delete the last value of a list of primitives leaves the extensions alone',
    on: { resourceType: 'Patient', name: [{ given: [null, 'B'], _given: [{ id: 'a' }, null] }] },
    patch: [['delete', 'Patient.name.given[1]']],
    gives: { resourceType: 'Patient', name: [{ _given: [{ id: 'a' }] }] },
  },
  {
    name: 'delete the resource',
    on: patient,
    patch: [['delete', 'Patient']],
    fails: 'invalid-target',
    says: /use DELETE/,
  },
  {
    name: 'delete with a path for another type',
    on: patient,
    patch: [['delete', 'Observation.status']],
    fails: 'invalid-target',
    says: /begins with Observation but the resource is a Patient/,
  },

  // extensions
  {
    name: 'delete an extension by its url',
    on: { resourceType: 'Patient', extension: [ext('urn:a'), ext('urn:b')] },
    patch: [['delete', `Patient.extension('urn:a')`]],
    gives: { resourceType: 'Patient', extension: [ext('urn:b')] },
  },
  {
    name: 'replace the value of an extension by one of another type',
    on: { resourceType: 'Patient', extension: [ext('urn:a')] },
    patch: [['replace', `Patient.extension('urn:a').value`, { valueInteger: 5 }]],
    gives: { resourceType: 'Patient', extension: [ext('urn:a', { valueInteger: 5 })] },
  },
  {
    name: 'delete the extension of a primitive',
    on: { resourceType: 'Patient', birthDate: '1920-01-01', _birthDate: { extension: [ext('urn:a')] } },
    patch: [['delete', `Patient.birthDate.extension('urn:a')`]],
    gives: { resourceType: 'Patient', birthDate: '1920-01-01' },
  },
  {
    name: 'delete the extension of a primitive that has no value',
    on: { resourceType: 'Patient', _birthDate: { extension: [ext('urn:a')] } },
    patch: [['delete', 'Patient.birthDate.extension[0]']],
    gives: { resourceType: 'Patient' },
  },
  {
    name: 'add an extension to a primitive',
    on: { resourceType: 'Patient', birthDate: '1920-01-01' },
    patch: [
      [
        'add',
        'Patient.birthDate',
        {
          name: 'extension',
          parts: [
            { name: 'url', valueUri: 'u' },
            { name: 'value', valueString: 'x' },
          ],
        },
      ],
    ],
    gives: { resourceType: 'Patient', birthDate: '1920-01-01', _birthDate: { extension: [ext('u')] } },
  },
  {
    name: 'add an extension to a primitive of a list',
    on: patient,
    patch: [
      [
        'add',
        `Patient.name[0].given[1]`,
        {
          name: 'extension',
          parts: [
            { name: 'url', valueUri: 'u' },
            { name: 'value', valueString: 'x' },
          ],
        },
      ],
    ],
    gives: { ...patient, name: [{ ...patient.name[0], _given: [null, { extension: [ext('u')] }] }, patient.name[1]] },
  },
  {
    name: 'add an extension to the first primitive of a list',
    on: { resourceType: 'Patient', name: [{ given: ['A', 'B'] }] },
    patch: [['add', `Patient.name[0].given[0]`, { name: 'id', valueString: 'a' }]],
    gives: { resourceType: 'Patient', name: [{ given: ['A', 'B'], _given: [{ id: 'a' }, null] }] },
  },
  {
    name: 'delete the extension of a primitive of a list',
    on: { resourceType: 'Patient', name: [{ given: ['A', 'B'], _given: [null, { extension: [ext('u')] }] }] },
    patch: [['delete', `Patient.name.given[1].extension('u')`]],
    gives: { resourceType: 'Patient', name: [{ given: ['A', 'B'] }] },
  },
  {
    name: 'delete the extension that was all of a primitive of a list',
    on: {
      resourceType: 'Patient',
      name: [{ given: ['A', null, 'C'], _given: [null, { extension: [ext('u')] }, { id: 'c' }] }],
    },
    patch: [['delete', `Patient.name.given[1].extension('u')`]],
    gives: { resourceType: 'Patient', name: [{ given: ['A', 'C'], _given: [null, { id: 'c' }] }] },
  },
  {
    name: 'the id of an element',
    on: { resourceType: 'Patient', name: [{ id: 'n', text: 'x' }] },
    patch: [['replace', 'Patient.name[0].id', { valueString: 'm' }]],
    gives: { resourceType: 'Patient', name: [{ id: 'm', text: 'x' }] },
  },

  // insert
  {
    name: 'insert at the end',
    on: ordered(i1, i2),
    patch: [['insert', 'Patient.identifier', { index: 2, valueIdentifier: i3 }]],
    gives: ordered(i1, i2, i3),
  },
  {
    name: 'insert at the start',
    on: ordered(i1, i2),
    patch: [['insert', 'Patient.identifier', { index: 0, valueIdentifier: i3 }]],
    gives: ordered(i3, i1, i2),
  },
  {
    name: 'insert in the middle',
    on: ordered(i1, i2),
    patch: [['insert', 'Patient.identifier', { index: 1, valueIdentifier: i3 }]],
    gives: ordered(i1, i3, i2),
  },
  {
    name: 'insert beyond the end',
    on: ordered(i1, i2),
    patch: [['insert', 'Patient.identifier', { index: 3, valueIdentifier: i3 }]],
    fails: 'index-out-of-range',
    says: /the list has 2 elements: 'index' is 0 to 2, not 3/,
  },
  {
    name: 'insert into a list of primitives moves their extensions along',
    on: { resourceType: 'Patient', name: [{ given: ['A', 'C'], _given: [{ id: 'a' }, { id: 'c' }] }] },
    patch: [['insert', 'Patient.name.given', { index: 1, valueString: 'B' }]],
    gives: { resourceType: 'Patient', name: [{ given: ['A', 'B', 'C'], _given: [{ id: 'a' }, null, { id: 'c' }] }] },
  },
  {
    name: 'insert a primitive that has only an extension',
    on: { resourceType: 'Patient', name: [{ given: ['A', 'C'] }] },
    patch: [['insert', 'Patient.name[0].given', { index: 1, _valueString: { extension: [ext('u')] } }]],
    gives: {
      resourceType: 'Patient',
      name: [{ given: ['A', null, 'C'], _given: [null, { extension: [ext('u')] }, null] }],
    },
  },
  {
    name: 'insert into a list that is not there',
    on: { resourceType: 'Patient' },
    patch: [['insert', 'Patient.identifier', { index: 0, valueIdentifier: i1 }]],
    fails: 'path-not-found',
    says: /begun with add/,
  },
  {
    name: 'insert into what is no list',
    on: { resourceType: 'Patient', birthDate: '2000-01-01' },
    patch: [['insert', 'Patient.birthDate', { index: 0, valueDate: '2000-01-02' }]],
    fails: 'invalid-target',
    says: /Patient\.birthDate is no list/,
  },
  {
    name: 'insert into several lists',
    on: patient,
    patch: [['insert', 'Patient.name.given', { index: 0, valueString: 'x' }]],
    fails: 'ambiguous',
    says: /Patient\.name\[0\]\.given, Patient\.name\[1\]\.given …/,
  },
  {
    name: 'insert into a part of a list',
    on: ordered(i1, i2, i3),
    patch: [['insert', 'Patient.identifier.tail()', { index: 0, valueIdentifier: i4 }]],
    fails: 'invalid-target',
    says: /2 of the 3 elements of Patient\.identifier/,
  },

  // move
  {
    name: 'move forwards: the destination counts without the element',
    on: ordered(i1, i2, i3, i4),
    patch: [['move', 'Patient.identifier', { source: 0, destination: 3 }]],
    gives: ordered(i2, i3, i4, i1),
  },
  {
    name: 'move backwards',
    on: ordered(i1, i2, i3, i4),
    patch: [['move', 'Patient.identifier', { source: 3, destination: 1 }]],
    gives: ordered(i1, i4, i2, i3),
  },
  {
    name: 'moves follow one another',
    on: ordered(i1, i2, i3, i4),
    patch: [
      ['move', 'Patient.identifier', { source: 3, destination: 0 }],
      ['move', 'Patient.identifier', { source: 3, destination: 1 }],
      ['move', 'Patient.identifier', { source: 3, destination: 2 }],
    ],
    gives: ordered(i4, i3, i2, i1),
  },
  {
    name: 'move to where it is',
    on: ordered(i1, i2),
    patch: [['move', 'Patient.identifier', { source: 1, destination: 1 }]],
    gives: ordered(i1, i2),
  },
  {
    name: 'move from beyond the end',
    on: ordered(i1, i2),
    patch: [['move', 'Patient.identifier', { source: 2, destination: 0 }]],
    fails: 'index-out-of-range',
    says: /'source' is 0 to 1, not 2/,
  },
  {
    name: 'move to beyond the end',
    on: ordered(i1, i2),
    patch: [['move', 'Patient.identifier', { source: 0, destination: 2 }]],
    fails: 'index-out-of-range',
    says: /'destination' is 0 to 1, not 2/,
  },
  {
    name: 'move primitives with their extensions',
    on: { resourceType: 'Patient', name: [{ given: ['A', 'B'], _given: [{ id: 'a' }, null] }] },
    patch: [['move', 'Patient.name.given', { source: 0, destination: 1 }]],
    gives: { resourceType: 'Patient', name: [{ given: ['B', 'A'], _given: [null, { id: 'a' }] }] },
  },

  // contained resources
  {
    name: 'a contained resource, by position',
    on: { resourceType: 'Patient', contained: [{ resourceType: 'Organization', id: 'o', name: 'O' }] },
    patch: [['replace', 'Patient.contained[0].name', { valueString: 'P' }]],
    gives: { resourceType: 'Patient', contained: [{ resourceType: 'Organization', id: 'o', name: 'P' }] },
  },
  {
    name: 'a contained resource, by its reference',
    on: {
      resourceType: 'Patient',
      contained: [{ resourceType: 'Organization', id: 'o', name: 'O' }],
      managingOrganization: { reference: '#o' },
    },
    patch: [['add', 'Patient.managingOrganization.resolve()', { name: 'active', valueBoolean: true }]],
    gives: {
      resourceType: 'Patient',
      contained: [{ resourceType: 'Organization', id: 'o', name: 'O', active: true }],
      managingOrganization: { reference: '#o' },
    },
  },
  {
    name: 'a reference to another resource is not followed',
    on: { resourceType: 'Patient', managingOrganization: { reference: 'Organization/o' } },
    patch: [['replace', 'Patient.managingOrganization.resolve().name', { valueString: 'P' }]],
    fails: 'invalid-target',
    says: /only follow a reference to a contained resource/,
  },
  {
    name: 'add a contained resource',
    on: { resourceType: 'Patient' },
    patch: [['add', 'Patient', { name: 'contained', resource: { resourceType: 'Organization', id: 'o' } }]],
    gives: { resourceType: 'Patient', contained: [{ resourceType: 'Organization', id: 'o' }] },
  },
  {
    name: 'a resource inside a Bundle',
    on: {
      resourceType: 'Bundle',
      type: 'collection',
      entry: [{ resource: { resourceType: 'Patient', birthDate: '2000-01-01' } }],
    },
    patch: [['delete', 'Bundle.entry[0].resource.birthDate']],
    gives: { resourceType: 'Bundle', type: 'collection', entry: [{ resource: { resourceType: 'Patient' } }] },
  },
  {
    name: 'recursive elements',
    on: { resourceType: 'Questionnaire', item: [{ linkId: '1', item: [{ linkId: '1.1' }] }] },
    patch: [['add', `Questionnaire.item.item.where(linkId = '1.1')`, { name: 'text', valueString: 't' }]],
    gives: { resourceType: 'Questionnaire', item: [{ linkId: '1', item: [{ linkId: '1.1', text: 't' }] }] },
  },

  // what is the server's
  {
    name: 'replace the id',
    on: patient,
    patch: [['replace', 'Patient.id', { valueId: 'q' }]],
    fails: 'invalid-target',
    says: /the server sets id/,
  },
  {
    name: 'delete the id',
    on: patient,
    patch: [['delete', 'Patient.id']],
    fails: 'invalid-target',
    says: /the server sets id/,
  },
  {
    name: 'add an id',
    on: { resourceType: 'Patient' },
    patch: [['add', 'Patient', { name: 'id', valueId: 'q' }]],
    fails: 'invalid-target',
    says: /the server sets id/,
  },
  {
    name: 'delete the version',
    on: patient,
    patch: [['delete', 'Patient.meta.versionId']],
    fails: 'invalid-target',
    says: /leave this operation out/,
  },
  {
    name: 'replace the type',
    on: patient,
    patch: [['replace', 'Patient.resourceType', { valueCode: 'Basic' }]],
    fails: 'invalid-target',
    says: /no element 'resourceType'/,
  },
  {
    name: 'a tag in meta',
    on: patient,
    patch: [['add', 'Patient.meta', { name: 'tag', valueCoding: { code: 'a' } }]],
    gives: { ...patient, meta: { ...patient.meta, tag: [{ code: 'a' }] } },
  },

  // paths
  {
    name: 'a path without the type',
    on: ordered(i1, i2),
    patch: [['delete', 'identifier.first()']],
    gives: ordered(i2),
  },
  {
    name: 'a path that begins with %resource',
    on: ordered(i1, i2),
    patch: [['delete', `%resource.identifier.where(value = '1')`]],
    gives: ordered(i2),
  },
  {
    name: 'a path that is no FHIRPath',
    on: patient,
    patch: [['delete', 'Patient.name[']],
    fails: 'malformed-patch',
    says: /not FHIRPath/,
  },
  {
    name: 'a path that computes',
    on: patient,
    patch: [['delete', 'Patient.name.count()']],
    fails: 'malformed-patch',
    says: /computes a value/,
  },
  {
    name: 'where() of an element that is false',
    on: { resourceType: 'Patient', contact: [{ gender: 'male' }], active: false },
    patch: [['delete', 'Patient.where(active).contact']],
    gives: { resourceType: 'Patient', contact: [{ gender: 'male' }], active: false },
  },
  {
    name: 'where() of an element that is true, and of one that is no boolean',
    on: { resourceType: 'Patient', active: true, name: [{ text: 'x' }, { use: 'usual', text: 'y' }] },
    patch: [['delete', 'Patient.where(active).name.where(use).text']],
    gives: { resourceType: 'Patient', active: true, name: [{ text: 'x' }, { use: 'usual' }] },
  },
  {
    name: 'exists() with criteria',
    on: { resourceType: 'Patient', name: [{ given: ['A'] }, { given: ['B', 'C'], text: 'x' }] },
    patch: [['delete', `Patient.name.where(given.exists($this = 'C')).text`]],
    gives: { resourceType: 'Patient', name: [{ given: ['A'] }, { given: ['B', 'C'] }] },
  },
  {
    name: 'where() with criteria of several values',
    on: patient,
    patch: [['delete', 'Patient.name.where(given).family']],
    fails: 'invalid-target',
    says: /several values for one element/,
  },
  {
    name: 'a path that joins',
    on: patient,
    patch: [['delete', 'Patient.name[0] | Patient.name[1]']],
    fails: 'malformed-patch',
    says: /may not join/,
  },
  {
    name: 'a name that R5 does not know, even to delete',
    on: patient,
    patch: [['delete', 'Patient.nmae']],
    fails: 'invalid-target',
    says: /Patient \(Patient\) has no element 'nmae'/,
  },
  {
    name: 'an index that counts through several lists',
    on: patient,
    patch: [['delete', 'Patient.name.given[2]']],
    gives: { ...patient, name: [patient.name[0], { use: 'usual' }] },
  },
  {
    name: 'a path that ends with a point',
    on: patient,
    patch: [['delete', 'Patient.']],
    fails: 'malformed-patch',
    says: /not FHIRPath/,
  },
  {
    name: 'a path that begins with a type that the resource is one of',
    on: ordered(i1, i2),
    patch: [['delete', 'DomainResource.identifier[1]']],
    gives: ordered(i1),
  },
  {
    name: 'a path that makes',
    on: patient,
    patch: [['delete', `Patient { id: 'x' }`]],
    fails: 'malformed-patch',
    says: /make new values/,
  },
  {
    name: 'a path with a regular expression',
    on: patient,
    patch: [['delete', `Patient.name.where(family.matches('(a+)+$'))`]],
    fails: 'malformed-patch',
    says: /may not call matches\(\)/,
  },
  {
    name: 'a path with a back-quoted function',
    on: patient,
    patch: [['delete', "Patient.name.`memberOf`('x')"]],
    fails: 'malformed-patch',
    says: /may not call memberOf\(\)/,
  },
  {
    name: 'a path with a server’s variable',
    on: patient,
    patch: [['delete', 'Patient.name.where(%factory.x)']],
    fails: 'malformed-patch',
    says: /may not use %factory/,
  },
  {
    name: 'a path of nested brackets',
    on: patient,
    patch: [['delete', `${'-'.repeat(900)}1`]],
    fails: 'malformed-patch',
    says: /nested too deeply/,
  },
  {
    name: 'a long path',
    on: patient,
    patch: [['delete', `Patient${'.name'.repeat(300)}`]],
    fails: 'too-costly',
    says: /1507 characters and 1000/,
  },
  {
    name: 'a path through a JavaScript property',
    on: patient,
    patch: [['delete', 'Patient.name[0].constructor']],
    fails: 'invalid-target',
    says: /no element 'constructor'/,
  },
  {
    name: 'single() of several',
    on: patient,
    patch: [['delete', 'Patient.name.single()']],
    fails: 'invalid-target',
    says: /cannot be evaluated/,
  },
  {
    name: 'the JSON name of a choice',
    on: { resourceType: 'Patient', deceasedBoolean: true },
    patch: [['delete', 'Patient.deceasedBoolean']],
    fails: 'invalid-target',
    says: /write 'deceased'/,
  },
  {
    name: 'a list that is no array in the resource',
    on: { resourceType: 'Patient', name: { text: 'x' } },
    patch: [['delete', 'Patient.name']],
    fails: 'invalid-target',
    says: /Patient\.name must be a JSON array/,
  },
  {
    name: 'add to a list that is no array in the resource',
    on: { resourceType: 'Patient', name: { text: 'x' } },
    patch: [['add', 'Patient', { name: 'name', valueHumanName: { text: 'y' } }]],
    fails: 'invalid-target',
    says: /Patient\.name must be a JSON array/,
  },
  {
    name: 'an array in the resource that is no list',
    on: { resourceType: 'Patient', birthDate: ['2000'] },
    patch: [['delete', 'Patient.birthDate']],
    fails: 'invalid-target',
    says: /must not be a JSON array/,
  },

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
