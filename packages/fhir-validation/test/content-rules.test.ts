/** Content rules for elements and for resources of all types. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { each, found, narrative, patient, tagged } from './content-cases.ts';

describe('a coding', () => {
  each([
    [
      'without a system means nothing, alone',
      tagged({ code: 'a' }),
      ['warning coding-system-missing Patient.meta.tag[0]'],
    ],
    [
      'has a system that a registry hands out, alone',
      tagged({ system: 'nosuch:thing', code: 'a' }),
      ['error coding-system-relative Patient.meta.tag[0]'],
    ],
    [
      'has a code system, no value set',
      tagged({ system: 'http://hl7.org/fhir/ValueSet/observation-status', code: 'a' }),
      ['error coding-system-value-set Patient.meta.tag[0]'],
    ],
    [
      'has no value set in a concept either',
      patient({ maritalStatus: { coding: [{ system: 'http://hl7.org/fhir/ValueSet/marital-status', code: 'M' }] } }),
      ['warning coding-system-is-value-set Patient.maritalStatus.coding[0].system'],
    ],
    [
      'names a code of its system',
      patient({ communication: [{ language: { coding: [{ system: 'urn:known' }] } }] }),
      ['warning coding-without-code Patient.communication[0].language.coding[0].code'],
    ],
  ]);
});

describe('an identifier', () => {
  each([
    [
      'has an absolute system',
      patient({ identifier: [{ system: 'ids', value: '1' }] }),
      ['error identifier-system Patient.identifier[0]'],
    ],
    [
      'is a URI where its system says so',
      patient({ identifier: [{ system: 'urn:ietf:rfc:3986', value: 'abc' }] }),
      ['error identifier-value-uri Patient.identifier[0]'],
    ],
    ['may be a urn', patient({ identifier: [{ system: 'urn:ietf:rfc:3986', value: 'urn:uuid:x' }] }), []],
  ]);
});

describe('a text', () => {
  const family = (text: string): object => patient({ name: [{ family: text }] });
  each([
    ['of spaces alone is a warning', family('   '), ['warning value-empty Patient.name[0].family']],
    ['ends each direction that it sets', family('a\u202eb'), ['warning text-direction Patient.name[0].family']],
    ['may set a direction', family('a\u202eb\u202c'), []],
    ['may end a direction that it does not set', family('a\u202cb\u2069'), []],
    ['ends with an isolate the directions within it', family('a\u2067b\u202ec\u2069'), []],
    ['ends an isolate itself', family('a\u2067b\u202ec\u202c'), ['warning text-direction Patient.name[0].family']],
    [
      'ends them all with a paragraph',
      { resourceType: 'Library', status: 'draft', type: { text: 'x' }, description: 'a\u202eb\nc' },
      [],
    ],
    [
      'in Markdown has no HTML',
      { resourceType: 'Library', status: 'draft', type: { text: 'x' }, description: 'a <b>b</b>' },
      ['warning markdown-html Library.description'],
    ],
    [
      'in Markdown may show a tag',
      { resourceType: 'Library', status: 'draft', type: { text: 'x' }, description: 'a \\<b> 1 <2' },
      [],
    ],
  ]);
});

describe('a reference', () => {
  const to = (reference: object): object => patient({ managingOrganization: reference });
  each([
    [
      'that is conditional is for transactions',
      to({ reference: 'Organization?name=x' }),
      ['error reference-conditional Patient.managingOrganization'],
    ],
    ['that is a word may mean something', to({ reference: 'thing' }), []],
    [
      'has no white space',
      to({ reference: 'Organization/ 1' }),
      ['error reference-format Patient.managingOrganization'],
    ],
    [
      'is of a type that there is',
      to({ reference: 'Organization/1', type: 'Organisation' }),
      [
        'error reference-type-mismatch Patient.managingOrganization',
        'error reference-target Patient.managingOrganization',
      ],
    ],
  ]);
});

describe('a profile of another type', () => {
  each([
    [
      'is told by each element that it has not, or has otherwise',
      patient({ meta: { profile: ['http://hl7.org/fhir/StructureDefinition/bp'] }, name: [{ family: 'x' }] }),
      [
        'error profile-element-not-allowed Patient.active',
        'error profile-element-not-allowed Patient.name[0]',
        'error element-missing Patient',
        'error element-missing Patient',
        'error element-missing Patient',
        'error slice-missing Patient',
        'error element-missing Patient',
        'error element-missing Patient',
        'error element-missing Patient',
        'error slice-missing Patient',
        'error slice-missing Patient',
      ],
    ],
    [
      'is told itself where nothing else is',
      { resourceType: 'Patient', meta: { profile: ['http://hl7.org/fhir/StructureDefinition/Basic'] }, language: 'uz' },
      ['error element-missing Patient'],
    ],
  ]);
});

describe('a narrative', () => {
  each([
    ['links to what there is', patient(narrative('<a href="#x">x</a>')), ['error narrative-link Patient.text.div']],
    [
      'shows images that are contained',
      patient(narrative('x <img src="#x" alt="x"/>')),
      ['error narrative-link Patient.text.div'],
    ],
    ['may link to an element', patient({ ...narrative('<a href="#x">x</a>'), name: [{ id: 'x', family: 'x' }] }), []],
    ['may link within itself', patient(narrative('<p id="x">x</p><a href="#x">x</a><a href="#">top</a>')), []],
    [
      'has rows in tables',
      patient(narrative('<table><td>x</td></table>')),
      ['error narrative-nesting Patient.text.div', 'error narrative-nesting Patient.text.div'],
    ],
    [
      'has no text between rows',
      patient(narrative('<table>x<tr><td>x</td></tr></table>')),
      ['error narrative-nesting Patient.text.div'],
    ],
    [
      'has no lists in headings',
      patient(narrative('<h1><ul><li>x</li></ul></h1>')),
      ['error narrative-nesting Patient.text.div'],
    ],
    [
      'has no link in a link',
      patient(narrative('<a href="http://x">x <a href="http://y">y</a></a>')),
      ['error narrative-nesting Patient.text.div'],
    ],
    [
      'has no block in a paragraph',
      patient(narrative('<p>x <blockquote>y</blockquote></p>')),
      ['error narrative-paragraph Patient.text.div'],
    ],
    [
      'that is well nested is fine',
      patient(
        narrative('<table><thead><tr><th>x</th></tr></thead><tr><td><p>x</p><ul><li>y</li></ul></td></tr></table>'),
      ),
      [],
    ],
    [
      'that cannot be read keeps neither of its rules',
      patient(narrative('a &nosuch; b')),
      ['error narrative-syntax Patient.text.div'],
    ],
    ['says its language', patient({ language: 'uz', ...narrative('x') }), ['warning narrative-language Patient']],
    [
      'says the same language twice',
      patient({ language: 'uz', ...narrative('x', ' lang="ru" xml:lang="uz"') }),
      ['warning narrative-language Patient'],
    ],
  ]);
});

describe('an extension', () => {
  it('of other versions of FHIR is not for this one', () => {
    const extension = [
      { url: 'http://hl7.org/fhir/StructureDefinition/operationdefinition-allowed-type', valueUri: 'x' },
    ];
    const parameter = [{ name: 'p', use: 'in', min: 0, max: '1', type: 'string', extension }];
    const operation = { resourceType: 'OperationDefinition', name: 'O', status: 'draft', kind: 'operation', code: 'o' };
    const findings = found({ ...operation, system: true, type: false, instance: false, parameter });
    assert.ok(findings.includes('error extension-version OperationDefinition.parameter[0]'), findings.join('\n'));
  });

  const having = (url: string): object => patient({ extension: [{ url, valueString: 'x' }] });
  each([
    [
      'has no version in its url',
      having('http://hl7.org/fhir/StructureDefinition/patient-birthPlace|1'),
      [
        'error extension-url-version Patient.extension[0]',
        'error fixed-value Patient.extension[0].url',
        'error url-not-defined Patient.extension[0].url',
      ],
    ],
    [
      'of the wrong type is told itself',
      having('http://hl7.org/fhir/StructureDefinition/patient-birthPlace'),
      ['error type-not-allowed Patient.extension[0]'],
    ],
  ]);
});
