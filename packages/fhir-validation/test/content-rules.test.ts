import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Validator, type Codes } from '../src/index.ts';

const codes: Codes = {
  validate: () => 'unknown',
  concept: (system, code) =>
    system === 'urn:known' ? { known: code === 'a' || code === 'b' ? 'yes' : 'no' } : { known: 'unknown' },
};
const validator = new Validator({ codes });

/** Rules that have tests of their own. */
const other = /^(?:invariant|concept-|code-not-in-value-set|null-)/;

/** Findings that refuse or warn: severity, id and place. Members that are undefined are left out. */
const found = (resource: object): string[] =>
  validator
    .validate(JSON.parse(JSON.stringify(resource)))
    .filter(({ severity, id }) => severity !== 'information' && !other.test(id))
    .map(({ severity, id, expression }) => `${severity} ${id} ${expression}`);

/** One fault, and the findings that it makes. */
type Case = readonly [name: string, resource: object, findings: readonly string[]];

function each(cases: readonly Case[]): void {
  for (const [name, resource, findings] of cases)
    it(name, () => {
      assert.deepEqual(found(resource), findings);
    });
}

const patient = (more: object): object => ({ resourceType: 'Patient', active: true, ...more });
const narrative = (inner: string, attributes = ''): object => ({
  text: { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml"${attributes}>${inner}</div>` },
});
const tagged = (tag: object): object => patient({ meta: { tag: [tag] } });

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
      ['error reference-type-mismatch Patient.managingOrganization'],
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

describe('a Bundle', () => {
  const bundle = (type: string, entry: readonly object[], more: object = {}): object => ({
    resourceType: 'Bundle',
    type,
    entry,
    ...more,
  });
  const at = (id: string, resource: object = {}): object => ({
    fullUrl: `http://example.org/Patient/${id}`,
    resource: { resourceType: 'Patient', id, ...resource },
  });
  const self = { link: [{ relation: 'self', url: 'http://example.org/Patient?name=x' }] };
  each([
    [
      'has addresses',
      bundle('collection', [{ resource: patient({}) }]),
      ['error bundle-full-url-missing Bundle.entry[0]'],
    ],
    [
      'has ids where its addresses do',
      bundle('collection', [{ ...at('1'), resource: patient({}) }]),
      ['error bundle-full-url Bundle.entry[0]'],
    ],
    [
      'that is a document begins with a Composition',
      bundle('document', [at('1')], { identifier: { system: 'urn:x', value: 'y' }, timestamp: '2026-01-01T00:00:00Z' }),
      ['error bundle-first-entry Bundle.entry[0].resource'],
    ],
    [
      'that is a collection has no pages',
      bundle('collection', [at('1')], { link: [{ relation: 'next', url: 'http://example.org' }] }),
      ['error bundle-link-page Bundle.link[0].relation'],
    ],
    [
      'has one link to itself',
      bundle('collection', [at('1')], {
        link: [
          { relation: 'self', url: 'http://a.org' },
          { relation: 'self', url: 'http://b.org' },
        ],
      }),
      ['error bundle-link-twice Bundle.link[1].relation'],
    ],
    [
      'of what was found says what was sought',
      bundle('searchset', [{ ...at('1'), search: { mode: 'match' } }]),
      ['warning bundle-search-self Bundle'],
    ],
    [
      'of what was found says in which mode',
      bundle('searchset', [{ ...at('1'), search: { mode: 'match' } }, at('2')], self),
      ['warning bundle-search-mode Bundle.entry[1]'],
    ],
    [
      'of what was found holds it',
      bundle('searchset', [{ fullUrl: 'urn:x', search: { mode: 'match' } }], self),
      ['error bundle-search-resource Bundle.entry[0]'],
    ],
    [
      'of what was found has ids',
      bundle('searchset', [{ fullUrl: 'urn:x', search: { mode: 'match' }, resource: patient({}) }], self),
      ['error bundle-search-id Bundle.entry[0].resource'],
    ],
    [
      'of what was found holds the type that was sought',
      bundle(
        'searchset',
        [
          {
            fullUrl: 'urn:x',
            search: { mode: 'match' },
            resource: { resourceType: 'Basic', id: '1', code: { text: 'x' } },
          },
        ],
        self,
      ),
      ['error bundle-search-type Bundle.entry[0].resource'],
    ],
    [
      'tells of an entry that was meant',
      bundle('collection', [
        at('1', { link: [{ other: { reference: 'Patient/2' }, type: 'seealso' }] }),
        { ...at('2'), fullUrl: 'urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0' },
      ]),
      ['warning bundle-entry-possible-match Bundle.entry[0].resource.link[0].other'],
    ],
    [
      'holds what a urn leads to',
      bundle('collection', [
        at('1', { link: [{ other: { reference: 'urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0' }, type: 'seealso' }] }),
      ]),
      ['warning bundle-reference-not-local Bundle.entry[0].resource.link[0].other'],
    ],
  ]);
});

describe('a code system', () => {
  const system = (more: object): object => ({
    resourceType: 'CodeSystem',
    status: 'draft',
    content: 'complete',
    caseSensitive: true,
    concept: [{ code: 'a', display: 'A' }],
    ...more,
  });
  const property = (one: object, declared: object = { code: 'p', type: 'string' }): object =>
    system({ property: [declared], concept: [{ code: 'a', property: [one] }] });
  each([
    [
      'that is not here has no concepts',
      system({ content: 'not-present' }),
      ['error code-system-not-present CodeSystem.concept[0]'],
    ],
    ['that is complete has concepts', system({ concept: undefined }), ['warning code-system-empty CodeSystem']],
    [
      'has each code once',
      system({ concept: [{ code: 'a' }, { code: 'b', concept: [{ code: 'a' }] }] }),
      ['error code-system-code-twice CodeSystem.concept[1].concept[0]'],
    ],
    [
      'calls a code by its display',
      system({ concept: [{ code: 'a', display: 'A', designation: [{ value: 'B' }] }] }),
      ['warning code-system-designation CodeSystem.concept[0].designation[0]'],
    ],
    [
      'may call it otherwise in another language',
      system({ concept: [{ code: 'a', display: 'A', designation: [{ language: 'uz', value: 'B' }] }] }),
      [],
    ],
    [
      'that adds to another says to which',
      system({ content: 'supplement', caseSensitive: undefined }),
      ['error code-system-supplements CodeSystem', 'error code-system-supplements CodeSystem.content'],
    ],
    [
      'that names another one adds to it',
      system({ supplements: 'urn:known' }),
      ['error code-system-supplement CodeSystem.content', 'error code-system-supplement-case CodeSystem.caseSensitive'],
    ],
    [
      'declares its properties',
      property({ code: 'q', valueString: 'x' }),
      ['warning code-system-property-unknown CodeSystem.concept[0].property[0]'],
    ],
    [
      'has values of their types',
      property({ code: 'p', valueBoolean: true }),
      ['error code-system-property-type CodeSystem.concept[0].property[0]'],
    ],
    [
      'has values of properties',
      property({ code: 'p' }),
      [
        'error element-missing CodeSystem.concept[0].property[0]',
        'error code-system-property-value CodeSystem.concept[0].property[0]',
      ],
    ],
    [
      'has absolute properties',
      property({ code: 'p', valueString: 'x' }, { code: 'p', type: 'string', uri: 'p' }),
      ['error code-system-property-relative CodeSystem.property[0]'],
    ],
    [
      'has each property once',
      system({ property: ['p', 'q'].map((code) => ({ code, type: 'string', uri: 'http://example.org/p' })) }),
      ['error code-system-property-twice CodeSystem.property[1]'],
    ],
  ]);
});

describe('a value set', () => {
  const including = (include: object): object => ({
    resourceType: 'ValueSet',
    status: 'draft',
    compose: { include: [include] },
  });
  const at = 'ValueSet.compose.include[0]';
  each([
    [
      'includes code systems',
      including({ system: 'http://hl7.org/fhir/ValueSet/observation-status' }),
      [`error value-set-system-is-value-set ${at}`],
    ],
    ['names versions apart', including({ system: 'urn:known|1' }), [`error value-set-system-version ${at}`]],
    ['names the system of its codes', including({ concept: [{ code: 'a' }] }), [`warning value-set-no-system ${at}`]],
    [
      'filters by codes that there are',
      including({ system: 'urn:known', filter: [{ property: 'concept', op: 'is-a', value: 'x' }] }),
      [`error value-set-filter-code ${at}.filter[0]`],
    ],
    [
      'says how it was expanded',
      {
        resourceType: 'ValueSet',
        status: 'draft',
        expansion: { timestamp: '2026-01-01', contains: [{ system: 'urn:known', code: 'a' }] },
      },
      ['warning expansion-parameters ValueSet.expansion', 'warning expansion-system ValueSet.expansion'],
    ],
  ]);
});

describe('a concept map', () => {
  const map = (group: object, more: object = {}): object => ({
    resourceType: 'ConceptMap',
    status: 'draft',
    group: [{ source: 'urn:known', target: 'urn:known', ...group }],
    ...more,
  });
  const element = (more: object = {}, code = 'a'): object => ({
    element: [{ code, target: [{ code: 'b', relationship: 'equivalent', ...more }] }],
  });
  const target = 'ConceptMap.group[0].element[0].target[0]';
  each([
    ['maps codes that there are', map(element({}, 'x')), ['error map-code ConceptMap.group[0].element[0].code']],
    ['maps to codes that there are', map(element({ code: 'x' })), [`error map-code ${target}.code`]],
    ['names its systems', map({ ...element(), source: undefined }), ['warning map-system-missing ConceptMap.group[0]']],
    [
      'maps code systems',
      map({ ...element(), target: 'http://hl7.org/fhir/ValueSet/observation-status' }),
      ['error canonical-target ConceptMap.group[0].target'],
    ],
    [
      'maps a code to another once',
      map({ element: [{ code: 'a', target: ['b', 'b'].map((code) => ({ code, relationship: 'equivalent' })) }] }),
      ['warning map-twice ConceptMap.group[0].element[0].target[1]'],
    ],
    [
      'declares what it uses',
      map(element({ property: [{ code: 'p', valueString: 'x' }] })),
      [`error map-property-unknown ${target}.property[0].code`],
    ],
    [
      'uses it as declared',
      map(element({ property: [{ code: 'p', valueString: 'x' }] }), { property: [{ code: 'p', type: 'boolean' }] }),
      [`error map-property-type ${target}.property[0].value.ofType(string)`],
    ],
    [
      'says of which system a property is',
      map(element(), { property: [{ code: 'p', type: 'code' }] }),
      ['error map-property-system ConceptMap.property[0]'],
    ],
  ]);
});

describe('a definition', () => {
  const profile = (element: object, more: object = {}): object => ({
    ...{
      resourceType: 'StructureDefinition',
      url: 'http://example.org/p',
      name: 'P',
      status: 'draft',
      kind: 'resource',
    },
    ...{ abstract: false, type: 'Patient', derivation: 'constraint' },
    baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Patient',
    differential: { element: [{ id: 'Patient', path: 'Patient' }, element] },
    ...more,
  });
  const on = (path: string, more: object): object => ({ id: path, path, ...more });
  const at = 'StructureDefinition.differential.element[1]';
  each([
    ['is of its own type', profile(on('Basic.code', {})), [`error definition-path ${at}`]],
    [
      'binds codes',
      profile(
        on('Patient.active', {
          type: [{ code: 'boolean' }],
          binding: { strength: 'required', valueSet: 'http://example.org/v' },
        }),
      ),
      [`error definition-not-for-type ${at}`],
    ],
    [
      'has targets of references',
      profile(
        on('Patient.active', {
          type: [{ code: 'boolean', targetProfile: ['http://hl7.org/fhir/StructureDefinition/Basic'] }],
        }),
      ),
      [`error definition-not-for-type ${at}`],
    ],
    [
      'slices what repeats',
      profile(on('Patient.active', { slicing: { rules: 'open', discriminator: [{ type: 'value', path: '$this' }] } })),
      [`error definition-slicing ${at}.slicing`],
    ],
    [
      'has profiles of its types',
      profile(
        on('Patient.name', {
          type: [{ code: 'HumanName', profile: ['http://hl7.org/fhir/StructureDefinition/Basic'] }],
        }),
      ),
      [`error definition-profile-type ${at}.type[0].profile[0]`],
    ],
    [
      'has rules that can be read',
      profile(on('Patient.active', { constraint: [{ key: 'x-1', severity: 'error', human: 'x', expression: 'a +' }] })),
      [`error definition-expression ${at}.constraint[0]`],
    ],
    [
      'has a base that is known',
      profile(on('Patient.active', {}), { baseDefinition: 'http://example.org/no-such' }),
      ['warning definition-base-unknown StructureDefinition'],
    ],
    [
      'is on the type of its base',
      profile(on('Patient.active', {}), { baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Basic' }),
      ['error definition-base-type StructureDefinition'],
    ],
    [
      'has contexts where it is an extension',
      profile(on('Patient.active', {}), { context: [{ type: 'element', expression: 'Patient' }] }),
      ['error definition-context-of-type StructureDefinition.context[0]'],
    ],
  ]);
});

describe('a code that is required', () => {
  const reason = { url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'unknown' };
  each([
    ['is there', patient({ _gender: { extension: [reason] } }), ['error code-missing Patient.gender']],
    [
      'is not empty',
      patient({ gender: '' }),
      ['error value-empty Patient.gender', 'error code-missing Patient.gender'],
    ],
    ['may be missing where others will do', patient({ _birthDate: { extension: [reason] } }), []],
  ]);
});

describe('a search parameter', () => {
  const parameter = (more: object): object => ({
    ...{ resourceType: 'SearchParameter', url: 'http://example.org/s', name: 'S', status: 'draft', description: 'x' },
    ...{ code: 's', base: ['Patient'], type: 'string', expression: 'Patient.name' },
    ...more,
  });
  each([
    [
      'has an expression that can be read',
      parameter({ expression: 'a +' }),
      ['error search-expression SearchParameter.expression'],
    ],
    ['has a code without marks of searches', parameter({ code: 'a.b' }), ['warning search-code SearchParameter']],
    ['that is composite has parts', parameter({ type: 'composite' }), ['error search-components SearchParameter']],
  ]);
});

describe('a questionnaire', () => {
  const asking = (question: string): object => ({
    resourceType: 'Questionnaire',
    status: 'draft',
    item: [
      {
        linkId: 'a',
        type: 'boolean',
        text: 'a',
        enableWhen: [{ question, operator: 'exists', answerBoolean: true }],
        item: [{ linkId: 'b', type: 'boolean', text: 'b' }],
      },
      { linkId: 'c', type: 'boolean', text: 'c' },
    ],
  });
  const at = 'Questionnaire.item[0]';
  each([
    ['asks of questions that there are', asking('x'), [`error questionnaire-condition-unknown ${at}`]],
    ['asks of others', asking('a'), [`error questionnaire-condition-within ${at}`]],
    ['asks of what is not within', asking('b'), [`error questionnaire-condition-within ${at}`]],
    ['asks of what came before', asking('c'), [`warning questionnaire-condition-after ${at}`]],
  ]);
});

describe('a measure', () => {
  const criteria = { language: 'text/cql.identifier', expression: 'x' };
  const measure = (more: object): object => ({
    resourceType: 'Measure',
    status: 'draft',
    group: [{ population: [{ criteria }] }],
    ...more,
  });
  each([
    ['in CQL has a library', measure({}), ['error measure-library-missing Measure.group[0].population[0].criteria']],
    ['may have one', measure({ library: ['http://example.org/l'] }), []],
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
      ['error extension-url-version Patient.extension[0]', 'error url-not-defined Patient.extension[0].url'],
    ],
    [
      'of the wrong type is told itself',
      having('http://hl7.org/fhir/StructureDefinition/patient-birthPlace'),
      ['error type-not-allowed Patient.extension[0]'],
    ],
  ]);
});
