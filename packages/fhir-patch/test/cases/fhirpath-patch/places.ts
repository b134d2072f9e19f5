/** The places that a patch may reach, and the paths to them. From the rules of https://hl7.org/fhir/R5/fhirpatch.html. */
import type { Case, FhirPathPatchCase } from '../case.ts';
import { ext, i1, i2, ordered, patient } from './resources.ts';

export const places: readonly (Case & FhirPathPatchCase)[] = [
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

  // elements of the server
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
];
