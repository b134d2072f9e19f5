/** Content rules that R5 states only in prose: addresses, links in texts, elements of snapshots, parameters of operations. */
import { describe } from 'node:test';
import { each, narrative, patient } from './content-cases.ts';

describe('the address of a link or an image', () => {
  const linked = (href: string): object => patient(narrative(`<p><a href="${href}">x</a></p>`));
  const wrong = ['error narrative-url Patient.text.div'];
  each([
    ['may have a query and a part', linked('http://example.org/a?b=c&amp;d=%20#e'), []],
    ['may be in any script', linked('http://example.org/Тошкент'), []],
    ['has no space', linked('http://exa mple.org'), wrong],
    ['may be data', linked('data:text/plain;base64,TWFu'), []],
    ['may be data of a text', linked('data:,hello'), []],
    ['is not data without any', linked('data:text/plain'), wrong],
    ['is not data of no type that there is', linked('data:none;base64,TWFu'), wrong],
    ['is not data that cannot be read', linked('data:text/plain;base64,TW,Fu'), wrong],
    ['is one of images, too', patient(narrative('<img src="a b" alt="x"/>')), wrong],
  ]);
});

describe('a link from a text to the data that it is about', () => {
  const url = 'http://hl7.org/fhir/StructureDefinition/textLink';
  const part = (name: string, value: object): object => ({ url: name, ...value });
  const data = part('data', { valueUri: '#n' });
  const linked = (parts: readonly object[], div?: string): object =>
    patient({
      name: [{ id: 'n', text: 'Aziza' }],
      text: {
        extension: [{ url, extension: parts }],
        status: 'generated',
        div: div ?? '<div xmlns="http://www.w3.org/1999/xhtml"><p id="p">Aziza</p></div>',
      },
    });
  const both = [part('htmlid', { valueString: 'p' }), data];
  each([
    ['has both its ends', linked(both), []],
    ['begins in the text', linked([part('htmlid', { valueString: 'q' }), data]), ['error text-link-id Patient.text']],
    [
      'ends in the resource',
      linked([both[0]!, part('data', { valueUri: '#none' })]),
      [
        'error uri-unresolved Patient.text.extension[0].extension[1].value.ofType(uri)',
        'error text-link-data Patient.text',
      ],
    ],
    [
      'selects by an expression that can be read',
      linked([...both, part('selector', { valueString: '((' })]),
      ['error text-link-selector Patient.text'],
    ],
  ]);
});

describe('a modifier extension', () => {
  const marked = (url: string): object => patient({ modifierExtension: [{ url, valueString: 'x' }] });
  each([
    [
      'is one that is known',
      marked('http://strange.test/unknown'),
      ['error extension-modifier-unknown Patient.modifierExtension[0]'],
    ],
    ['may be one of an example', marked('http://example.org/unknown'), []],
  ]);
});

describe('the url of an extension', () => {
  const birthPlace = 'http://hl7.org/fhir/StructureDefinition/patient-birthPlace';
  const extended = (url: string): object => patient({ extension: [{ url, valueAddress: { city: 'Buxoro' } }] });
  each([
    ['has no version', extended(birthPlace), []],
    [
      'has none that is wrong, either',
      extended(`${birthPlace}|99`),
      [
        'error extension-url-version Patient.extension[0]',
        'error fixed-value Patient.extension[0].url',
        'error url-not-defined Patient.extension[0].url',
      ],
    ],
    [
      'is not doubted when it is unknown, but for its version',
      extended('http://example.org/unknown|1'),
      ['warning extension-url-version Patient.extension[0]'],
    ],
  ]);
});

describe('a label', () => {
  const label = { system: 'urn:known', code: 'a' };
  each([
    [
      'stands once',
      { resourceType: 'Basic', code: { text: 'x' }, meta: { security: [label, { ...label }] } },
      ['error label-twice Basic.meta.security[1]'],
    ],
  ]);
});

describe('an address', () => {
  const value = (one: object): object => patient({ extension: [{ url: 'http://example.org/unknown', ...one }] });
  const uri = 'Patient.extension[0].value.ofType(uri)';
  each([
    ['of HL7 is one of what it defines', value({ valueUri: 'http://hl7.org/fhir/ValueSet/administrative-gender' }), []],
    ['of HL7 is no other', value({ valueUri: 'http://hl7.org/fhir/no-such' }), [`error url-not-defined ${uri}`]],
    ['of HL7 may be of a system of others', value({ valueUri: 'http://hl7.org/fhir/sid/icd-10' }), []],
    [
      'of HL7 is of no naming system that it has not',
      value({ valueUri: 'http://hl7.org/fhir/NamingSystem/none' }),
      [`error url-not-defined ${uri}`],
    ],
    [
      'of HL7 is of a naming system that it has',
      value({ valueUri: 'http://hl7.org/fhir/NamingSystem/example-id' }),
      [],
    ],
    [
      'of HL7 is of none that it has not',
      value({ valueUri: 'http://hl7.org/fhir/sid/icd-99' }),
      [`error url-not-defined ${uri}`],
    ],
    [
      'that is a UUID is in lower case',
      value({ valueUri: 'urn:uuid:0C3151BD-1CBF-4D64-B04D-CD9187A4C6E0' }),
      [`error value-format ${uri}`],
    ],
    ['that is an OID is no root', value({ valueUri: 'urn:oid:1.2.3' }), [`error oid-root ${uri}`]],
    ['that is an OID has more numbers', value({ valueUri: 'urn:oid:1.2.3.4' }), []],
    ['of a part leads to it', value({ valueUri: '#nowhere' }), [`warning uri-unresolved ${uri}`]],
  ]);
});

describe('what stands alone where a list is due', () => {
  each([
    [
      'is read as the only one',
      patient({ name: { family: 7 } }),
      ['error array-expected Patient.name', 'error json-type Patient.name[0].family'],
    ],
  ]);
});

describe('a conditional reference', () => {
  const transaction = (reference: string): object => ({
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [
      {
        fullUrl: 'urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0',
        resource: { resourceType: 'Condition', clinicalStatus: { text: 'x' }, subject: { reference } },
        request: { method: 'POST', url: 'Condition' },
      },
    ],
  });
  each([
    ['is a search', transaction('Patient?identifier=1'), []],
    [
      'has values',
      transaction('Patient?identifier'),
      [
        'error reference-format Bundle.entry[0].resource.subject',
        'error reference-query Bundle.entry[0].resource.subject',
      ],
    ],
  ]);
});

describe('the profile of an operation', () => {
  const operation = (inputProfile: string): object => ({
    resourceType: 'OperationDefinition',
    name: 'X',
    status: 'draft',
    kind: 'operation',
    code: 'x',
    system: true,
    type: false,
    instance: false,
    inputProfile,
  });
  const at = 'OperationDefinition.inputProfile';
  each([
    ['is known', operation('http://example.org/p'), [`error operation-profile-unknown ${at}`]],
    [
      'is one of parameters',
      operation('http://hl7.org/fhir/StructureDefinition/bp'),
      [`error operation-profile-type ${at}`],
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
  const synonym = { code: 'synonym', type: 'code', uri: 'http://hl7.org/fhir/concept-properties#synonym' };
  each([
    [
      'says how much of it is here',
      system({ content: undefined }),
      ['error element-missing CodeSystem', 'warning code-system-content CodeSystem'],
    ],
    [
      'names codes as synonyms',
      system({ property: [synonym], concept: [{ code: 'a', property: [{ code: 'synonym', valueCode: 'none' }] }] }),
      [
        'error url-not-defined CodeSystem.property[0].uri',
        'warning code-system-property-uri-unknown CodeSystem.property[0]',
        'error code-system-property-code CodeSystem.concept[0].property[0]',
        'warning code-system-synonym CodeSystem.concept[0].property[0]',
      ],
    ],
    [
      'names value sets for its properties',
      system({
        property: [
          {
            extension: [
              {
                url: 'http://hl7.org/fhir/StructureDefinition/codesystem-property-valueset',
                valueCanonical: 'urn:none',
              },
            ],
            code: 'p',
            type: 'string',
          },
        ],
      }),
      ['warning code-system-property-value-set CodeSystem.property[0]'],
    ],
  ]);
});

describe('an include of a value set', () => {
  const set = (include: object): object => ({
    resourceType: 'ValueSet',
    status: 'draft',
    compose: { include: [include] },
  });
  const at = 'ValueSet.compose.include[0]';
  each([
    [
      'is of all value sets at once',
      set({ valueSet: ['http://example.org/a', 'http://example.org/b'] }),
      [`warning value-set-intersection ${at}`],
    ],
    [
      'is of no code system that is not in the resource',
      set({ system: '#a' }),
      [`error uri-unresolved ${at}.system`, `error value-set-system ${at}`, `error value-set-system-contained ${at}`],
    ],
    ['may end with a bar', set({ system: 'urn:known|' }), [`warning value-set-system-version ${at}`]],
    [
      'has no pattern for concepts',
      set({ system: 'urn:known', filter: [{ property: 'concept', op: 'regex', value: 'a' }] }),
      [`error value-set-filter-operator ${at}.filter[0]`, `error value-set-filter-regex ${at}.filter[0]`],
    ],
  ]);
});

describe('a condition of a question', () => {
  each([
    [
      'names a question',
      {
        resourceType: 'Questionnaire',
        status: 'draft',
        item: [{ linkId: 'a', type: 'string', enableWhen: [{ operator: 'exists', answerBoolean: true }] }],
      },
      [
        'error element-missing Questionnaire.item[0].enableWhen[0]',
        'error questionnaire-condition-without Questionnaire.item[0]',
      ],
    ],
  ]);
});

describe('a search parameter', () => {
  const parameter = (more: object): object => ({
    resourceType: 'SearchParameter',
    url: 'http://example.org/p',
    name: 'P',
    status: 'draft',
    description: 'x',
    code: 'p',
    base: ['Patient'],
    type: 'string',
    expression: 'Patient.name',
    ...more,
  });
  const at = 'SearchParameter.expression';
  each([
    [
      'that is derived finds the same',
      parameter({ expression: 'Patient.gender', derivedFrom: 'http://hl7.org/fhir/SearchParameter/Patient-name' }),
      ['warning search-origin-expression SearchParameter'],
    ],
    [
      'that is derived may be for one of several resources',
      parameter({
        type: 'token',
        expression: "Patient.telecom.where(system='email')",
        derivedFrom: 'http://hl7.org/fhir/SearchParameter/individual-email',
      }),
      [],
    ],
    ['is for types that there are', parameter({ base: ['None'] }), [`error search-expression ${at}`]],
    [
      'is about extensions that are known',
      parameter({ expression: "Patient.extension('http://example.org/none').value" }),
      [`warning expression-extension ${at}`],
    ],
    [
      'is about types that its elements have',
      parameter({ expression: 'Patient.birthDate.ofType(Quantity)' }),
      [`warning expression-doubtful ${at}`],
    ],
  ]);
});
