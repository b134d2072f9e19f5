import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Validator, type Issue } from '../src/index.ts';

const validator = new Validator();

/** Returns findings in short: severity, id and place. */
const found = (resource: unknown, of: Validator = validator): string[] =>
  of.validate(resource).map(({ id, expression, severity, values }: Issue) => {
    const key = id === 'invariant' ? ` ${String(values['key'])}` : '';
    return `${severity} ${id}${key} ${expression}`;
  });

const patient = (members: object) => ({ resourceType: 'Patient', ...members });

describe('structure', () => {
  it('has nothing to say of a right resource', () => {
    const resource = patient({
      id: 'p1',
      meta: { versionId: '1', lastUpdated: '2026-01-31T09:00:00.000+05:00' },
      language: 'uz-Cyrl-UZ',
      name: [{ use: 'official', family: 'Karimova', given: ['Nilufar'] }],
      birthDate: '1974-12',
    });
    assert.deepEqual(found(resource), []);
  });

  it('names what is no resource', () => {
    assert.deepEqual(found([]), ['error resource-expected Resource']);
    assert.deepEqual(found({}), ['error resource-type-missing Resource']);
    assert.deepEqual(found({ resourceType: 'Pacient' }), ['error resource-type-unknown Pacient']);
    assert.deepEqual(found({ resourceType: 'DomainResource' }), ['error resource-type-unknown DomainResource']);
  });

  it('finds unknown elements and tells what was meant', () => {
    const [issue, ...rest] = validator.validate(patient({ birthdate: '1974' }));
    assert.deepEqual(rest, []);
    assert.equal(issue?.id, 'unknown-element');
    assert.equal(issue.values['near'], 'birthDate');
    // resourceType belongs to resources only.
    assert.deepEqual(found(patient({ name: [{ family: 'x', resourceType: 'Patient' }] })), [
      'error unknown-element Patient.name[0]',
    ]);
    assert.deepEqual(found(JSON.parse('{"resourceType":"Patient","__proto__":1}')), ['error unknown-element Patient']);
    assert.deepEqual(found(patient({ constructor: 1 })), ['error unknown-element Patient']);
  });

  it('counts: required, repeating, choices', () => {
    assert.deepEqual(found({ resourceType: 'Observation', status: 'final' }), ['error element-missing Observation']);
    assert.deepEqual(found(patient({ name: { family: 'x' } })), ['error array-expected Patient.name']);
    assert.deepEqual(found(patient({ birthDate: ['1974'] })), ['error array-not-allowed Patient.birthDate']);
    assert.deepEqual(found(patient({ name: [] })), ['error array-empty Patient.name']);
    assert.deepEqual(found(patient({ deceasedBoolean: true, deceasedDateTime: '2026' })), [
      'error choice-twice Patient',
    ]);
    // A value and its sibling are one value.
    const both = { deceasedDateTime: '2026', _deceasedDateTime: { id: 'd' } };
    assert.deepEqual(found(patient(both)), []);
  });

  it('null, empty objects and text in the place of objects', () => {
    assert.deepEqual(found(patient({ birthDate: null })), ['error null-not-allowed Patient.birthDate']);
    assert.deepEqual(found(patient({ name: [null] })), ['error null-not-allowed Patient.name[0]']);
    assert.deepEqual(found(patient({ name: [{}] })), ['error object-empty Patient.name[0]']);
    assert.deepEqual(found(patient({ name: ['Karimova'] })), ['error object-expected Patient.name[0]']);
    assert.deepEqual(found(patient({ maritalStatus: 7 })), ['error object-expected Patient.maritalStatus']);
  });

  it('primitives with extensions', () => {
    const extension = [{ url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'unknown' }];
    const strict = new Validator({ unknownExtensions: 'ignore' });
    assert.deepEqual(found(patient({ _birthDate: { extension } }), strict), []);
    assert.deepEqual(found(patient({ _birthDate: {} })), [
      'error object-empty Patient.birthDate',
      'error value-empty Patient.birthDate',
      'error invariant ele-1 Patient.birthDate',
    ]);
    const names = (given: unknown, _given: unknown) => found(patient({ name: [{ given, _given }] }), strict);
    assert.deepEqual(names(['a', null], [null, { extension }]), []);
    assert.deepEqual(names(['a'], [null, { extension }]), ['error sibling-length Patient.name[0]']);
    assert.deepEqual(names(['a', null], [null, null]), ['error null-not-allowed Patient.name[0].given[1]']);
    assert.deepEqual(names(['a'], ['x']), ['error object-expected Patient.name[0].given[0]']);
    // In R5 a required element may have only extensions; HL7's validator requires a code.
    const observation = { resourceType: 'Observation', _status: { extension }, code: { text: 'x' } };
    assert.deepEqual(found(observation, strict), ['error code-missing Observation.status']);
    const lenient = new Validator({ unknownExtensions: 'ignore', beyondSpecification: 'warning' });
    assert.deepEqual(found(observation, lenient), ['warning code-missing Observation.status']);
  });

  it('ids of elements are unique in a resource', () => {
    assert.deepEqual(
      found(
        patient({
          name: [
            { id: 'a', family: 'x' },
            { id: 'a', family: 'y' },
          ],
        }),
      ),
      ['error id-duplicate Patient.name[1]'],
    );
    const contained = [
      { resourceType: 'Organization', id: 'o', name: 'x', contact: [{ id: 'a', purpose: { text: 'x' } }] },
    ];
    const resource = patient({
      contained,
      name: [{ id: 'a', family: 'x' }],
      managingOrganization: { reference: '#o' },
    });
    assert.deepEqual(found(resource), []);
  });

  it('contained resources are referred to, have ids and contain nothing', () => {
    const organization = { resourceType: 'Organization', id: 'o', name: 'x' };
    const of = (contained: object[], reference = '#o') =>
      found(patient({ contained, managingOrganization: { reference } }));
    assert.deepEqual(of([organization]), []);
    assert.deepEqual(of([{ ...organization, id: undefined }]).sort(), [
      'error contained-not-used Patient.contained[0]',
      'error contained-without-id Patient.contained[0]',
      'error invariant ref-1 Patient.managingOrganization',
      'error null-not-allowed Patient.contained[0].id',
      'error reference-unresolved Patient.managingOrganization',
    ]);
    assert.deepEqual(of([organization, organization]), ['error contained-id-duplicate Patient.contained[1]']);
    assert.deepEqual(of([organization, { ...organization, id: 'p' }]), [
      'error contained-not-used Patient.contained[1]',
    ]);
    assert.deepEqual(of([{ ...organization, meta: { versionId: '1' } }]), ['error invariant dom-4 Patient']);
    // A contained resource may refer to its container instead.
    const observation = {
      resourceType: 'Observation',
      id: 'b',
      status: 'final',
      code: { text: 'x' },
      subject: { reference: '#' },
    };
    assert.deepEqual(of([organization, observation]), []);
    assert.deepEqual(found(patient({ link: [{ other: { reference: '#' }, type: 'refer' }] })), [
      'error invariant ref-1 Patient.link[0].other',
    ]);
  });

  it('references lead to the types that are allowed', () => {
    const of = (subject: object) =>
      found({
        resourceType: 'Condition',
        clinicalStatus: {
          coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code: 'active' }],
        },
        subject,
      });
    assert.deepEqual(of({ reference: 'Patient/1' }), []);
    assert.deepEqual(of({ reference: 'https://example.org/fhir/Patient/1/_history/2' }), []);
    assert.deepEqual(of({ reference: 'urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0' }), []);
    assert.deepEqual(of({ identifier: { value: '1' }, type: 'Patient' }), []);
    assert.deepEqual(of({ reference: 'Patient?identifier=1' }), ['error reference-conditional Condition.subject']);
    assert.deepEqual(of({ reference: 'Organization/1' }), ['error reference-target Condition.subject']);
    assert.deepEqual(of({ identifier: { value: '1' }, type: 'Organization' }), [
      'error reference-target Condition.subject',
    ]);
    assert.deepEqual(of({ reference: 'Patient/1', type: 'Group' }), [
      'error reference-type-mismatch Condition.subject',
    ]);
    assert.deepEqual(of({ reference: 'patient 1' }), ['error reference-format Condition.subject']);
    assert.deepEqual(of({ reference: 'Patient/a_b' }), ['information reference-format Condition.subject']);
    assert.deepEqual(of({ type: 'Patient' }), [
      'warning reference-without-display Condition.subject',
      'error invariant ref-2 Condition.subject',
    ]);
  });

  it('codes of required bindings, and no more than a warning for extensible ones', () => {
    assert.deepEqual(found(patient({ gender: 'femail' })), ['error code-not-in-value-set Patient.gender']);
    const encounter = (status: unknown) => found({ resourceType: 'Encounter', status });
    assert.deepEqual(encounter('in-progress'), []);
    assert.deepEqual(encounter('In-Progress'), ['error code-not-in-value-set Encounter.status']);
    const allergy = (clinicalStatus: object) =>
      found({ resourceType: 'AllergyIntolerance', clinicalStatus, patient: { reference: 'Patient/1' } });
    const system = 'http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical';
    assert.deepEqual(
      allergy({
        coding: [
          { system: 'urn:x', code: 'x' },
          { system, code: 'active' },
        ],
      }),
      [],
    );
    assert.deepEqual(allergy({ coding: [{ system: 'urn:x', code: 'active' }] }), [
      'error concept-not-in-value-set AllergyIntolerance.clinicalStatus',
    ]);
    assert.deepEqual(allergy({ text: 'active' }), ['error concept-without-code AllergyIntolerance.clinicalStatus']);
    assert.deepEqual(found(patient({ identifier: [{ value: '1', type: { text: 'x' } }] })), [
      'warning concept-without-code Patient.identifier[0].type',
    ]);
    assert.deepEqual(found(patient({ language: 'english language' })), [
      'error code-not-in-value-set Patient.language',
    ]);
    assert.deepEqual(found({ resourceType: 'Binary', contentType: 'pdf' }), [
      'error code-not-in-value-set Binary.contentType',
    ]);
    assert.deepEqual(
      found({
        resourceType: 'Account',
        status: 'active',
        currency: { coding: [{ system: 'urn:iso:std:iso:4217', code: 'UZS' }] },
      }),
      [],
    );
  });

  it('bundles: entries are resources of their own, and fullUrl ends as the resource is named', () => {
    const bundle = (...entry: object[]) => found({ resourceType: 'Bundle', type: 'collection', entry });
    const fullUrl = 'https://example.org/fhir/Patient/1';
    assert.deepEqual(bundle({ fullUrl, resource: patient({ id: '1' }) }), []);
    assert.deepEqual(bundle({ fullUrl, resource: patient({ id: '2' }) }), ['error bundle-full-url Bundle.entry[0]']);
    assert.deepEqual(bundle({ fullUrl, resource: patient({ id: '1', gender: 'x' }) }), [
      'error code-not-in-value-set Bundle.entry[0].resource.gender',
    ]);
    assert.deepEqual(bundle({ fullUrl, resource: { id: '1' } }), [
      'error resource-type-missing Bundle.entry[0].resource',
    ]);
    assert.deepEqual(bundle({ fullUrl, resource: patient({ id: '1' }) }, { fullUrl, resource: patient({ id: '1' }) }), [
      'error invariant bdl-7 Bundle',
    ]);
    // The type of a target in the Bundle is known even if its reference does not state it.
    const urn = 'urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0';
    const organization = { fullUrl: urn, resource: { resourceType: 'Organization', name: 'x' } };
    const condition = { resourceType: 'Encounter', status: 'planned', subject: { reference: urn } };
    assert.deepEqual(bundle(organization, { fullUrl: urn.replace('0c', '1c'), resource: condition }), [
      'error reference-target Bundle.entry[1].resource.subject',
    ]);
  });

  it('documents and messages hold what they are about', () => {
    const section = (reference: string) => [
      { title: 'x', code: {}, section: [{ title: 'y', entry: [{ reference }] }] },
    ];
    const entry = (resource: { resourceType: string; id: string }) => ({
      fullUrl: `http://example.org/fhir/${resource.resourceType}/${resource.id}`,
      resource,
    });
    const document = (subject: string, inSection: string) => ({
      resourceType: 'Bundle',
      type: 'document',
      identifier: { system: 'urn:ietf:rfc:3986', value: 'urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0' },
      timestamp: '2026-01-01T00:00:00Z',
      entry: [
        entry({
          resourceType: 'Composition',
          id: 'c',
          ...{ status: 'final', type: { text: 'x' }, date: '2026-01-01', title: 't' },
          author: [{ display: 'nobody' }],
          subject: [{ reference: subject }],
          relatesTo: [{ type: 'replaces', resourceReference: { reference: 'Composition/elsewhere' } }],
          section: section(inSection),
        } as never),
        entry(patient({ id: 'p' }) as never),
      ],
    });
    const unresolved = (bundle: object) => found(bundle).filter((one) => one.includes('unresolved'));
    assert.deepEqual(unresolved(document('Patient/p', 'http://example.org/fhir/Patient/p')), []);
    assert.deepEqual(unresolved(document('Patient/q', 'http://other.example.org/fhir/Patient/p')), [
      'error bundle-reference-unresolved Bundle.entry[0].resource.subject[0]',
      'warning bundle-reference-unresolved Bundle.entry[0].resource.section[0].section[0].entry[0]',
    ]);
    assert.deepEqual(
      unresolved(document('urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0', 'http://example.org/fhir/Patient/q')),
      [
        'error bundle-reference-unresolved Bundle.entry[0].resource.subject[0]',
        'error bundle-reference-unresolved Bundle.entry[0].resource.section[0].section[0].entry[0]',
      ],
    );
    assert.deepEqual(unresolved({ ...document('Patient/q', 'Patient/q'), type: 'collection' }), []);
    const header = { resourceType: 'MessageHeader', id: 'm', focus: [{ reference: 'Patient/q' }] };
    const message = {
      resourceType: 'Bundle',
      type: 'message',
      entry: [entry(header), entry(patient({ id: 'p' }) as never)],
    };
    assert.deepEqual(unresolved(message), ['error bundle-reference-unresolved Bundle.entry[0].resource.focus[0]']);
    const swapped = found({ ...document('Patient/p', 'Patient/p'), entry: [entry(patient({ id: 'p' }) as never)] });
    assert.deepEqual(swapped, ['error invariant bdl-11 Bundle', 'error bundle-first-entry Bundle.entry[0].resource']);
    assert.ok(found({ ...message, entry: message.entry.slice(1) }).includes('error invariant bdl-12 Bundle'));
  });

  it('extensions of HL7 meet their definitions, which are built in', () => {
    const hl7 = 'http://hl7.org/fhir/StructureDefinition/';
    const of = (extension: object) => found(patient({ extension: [{ ...extension }] }));
    assert.deepEqual(of({ url: `${hl7}patient-birthPlace`, valueAddress: { city: 'Buxoro' } }), []);
    assert.deepEqual(of({ url: `${hl7}patient-birthPlace`, valueString: 'Buxoro' }), [
      'error type-not-allowed Patient.extension[0]',
    ]);
    assert.deepEqual(of({ url: `${hl7}humanname-own-name`, valueString: 'x' }), ['error extension-context Patient']);
    // The value of an extension is a part of it: an extension that is allowed in another one is also allowed on its value.
    const reason = { url: `${hl7}structuredefinition-standards-status-reason`, valueMarkdown: 'x' };
    const status = { url: `${hl7}structuredefinition-standards-status`, valueCode: 'draft' };
    const definition = { resourceType: 'ValueSet', status: 'draft' };
    const onValue = { ...definition, extension: [{ ...status, _valueCode: { extension: [reason] } }] };
    const noCodes = ['warning value-set-unknown ValueSet.extension[0].value.ofType(code)'];
    assert.deepEqual(found(onValue), noCodes);
    assert.deepEqual(found({ ...definition, _status: { extension: [reason] } }), [
      'error extension-context ValueSet.status',
    ]);
  });

  it('extensions that HL7 would have defined are told of where it has not', () => {
    const url = 'http://hl7.org/fhir/StructureDefinition/no-such-extension';
    assert.deepEqual(found(patient({ extension: [{ url, valueString: 'x' }] })), [
      'error extension-not-defined Patient.extension[0]',
      'error url-not-defined Patient.extension[0].url',
    ]);
  });

  it('canonicals are absolute, and texts have no white space around them', () => {
    const of = (profile: string) => found({ resourceType: 'Patient', meta: { profile: [profile] } });
    assert.deepEqual(of('no-such')[0], 'error canonical-relative Patient.meta.profile[0]');
    assert.deepEqual(of('http://hl7.org/fhir/StructureDefinition/Patient'), []);
    assert.deepEqual(found(patient({ name: [{ family: ' Karimova' }, { family: 'Karimova\t' }] })), [
      'warning text-white-space Patient.name[0].family',
      'warning text-white-space Patient.name[1].family',
    ]);
  });

  it('an attachment says at least what it would be', () => {
    assert.deepEqual(found(patient({ photo: [{ title: 'x' }, { contentType: 'image/png' }] })), [
      'warning attachment-empty Patient.photo[0]',
    ]);
  });

  it('extensions have a url and either a value or parts', () => {
    const of = (extension: object) =>
      found(patient({ extension: [extension] }), new Validator({ unknownExtensions: 'ignore' }));
    assert.deepEqual(of({ url: 'http://example.org/x', valueString: 'x' }), []);
    assert.deepEqual(of({ url: 'http://example.org/x' }), ['error invariant ext-1 Patient.extension[0]']);
    assert.deepEqual(of({ url: 'x', valueString: 'x' }), ['error extension-url Patient.extension[0]']);
    assert.deepEqual(of({ valueString: 'x' }), [
      'error element-missing Patient.extension[0]',
      'error extension-without-url Patient.extension[0]',
    ]);
    assert.deepEqual(of({ url: 'http://example.org/x', extension: [{ url: 'part', valueString: 'x' }] }), []);
    assert.deepEqual(found(patient({ extension: [{ url: 'http://example.org/x', valueString: 'x' }] })), [
      'information extension-unknown Patient.extension[0]',
    ]);
  });

  it('invariants, with best practice on request', () => {
    assert.deepEqual(found(patient({ contact: [{ gender: 'male' }] })), ['error invariant pat-1 Patient.contact[0]']);
    const period = (start: string, end: string) =>
      found({ resourceType: 'Encounter', status: 'planned', actualPeriod: { start, end } });
    assert.deepEqual(period('2026-01-01', '2026-01-01'), []);
    assert.deepEqual(period('2026-01-05', '2026-01'), []);
    assert.deepEqual(period('2026-01-05T10:00:00+05:00', '2026-01-05T06:00:00Z'), []);
    assert.deepEqual(period('2026-01-05T12:00:00+05:00', '2026-01-05T06:00:00Z'), [
      'error invariant per-1 Encounter.actualPeriod',
    ]);
    assert.deepEqual(found(patient({ active: true }), new Validator({ advice: true })), [
      'warning invariant dom-6 Patient',
    ]);
  });

  it('a simple quantity has no comparator', () => {
    const range = (low: object) => ({
      resourceType: 'Observation',
      status: 'final',
      code: { text: 'x' },
      referenceRange: [{ low }],
      valueQuantity: { value: 1, comparator: '<' },
    });
    assert.deepEqual(found(range({ value: 1 })), []);
    assert.deepEqual(found(range({ value: 1, comparator: '<' })), [
      'error invariant sqty-1 Observation.referenceRange[0].low',
    ]);
    const dose = (doseAndRate: object) => ({
      ...{ resourceType: 'MedicationRequest', status: 'active', intent: 'order', subject: { reference: 'Patient/1' } },
      medication: { concept: { text: 'x' } },
      dosageInstruction: [{ doseAndRate: [doseAndRate] }],
    });
    assert.deepEqual(found(dose({ doseRange: { low: { value: 1 } } })), []);
    assert.deepEqual(found(dose({ doseQuantity: { value: 1, comparator: '<' } })), [
      'error invariant sqty-1 MedicationRequest.dosageInstruction[0].doseAndRate[0].dose.ofType(Quantity)',
    ]);
  });

  it('attachments have the size that they state', () => {
    const of = (size: string) => found(patient({ photo: [{ contentType: 'text/plain', data: 'TWFu', size }] }));
    assert.deepEqual(of('3'), []);
    assert.deepEqual(of('4'), ['error attachment-size Patient.photo[0]']);
    const alone = (size: string) => found(patient({ photo: [{ contentType: 'text/plain', size }] }));
    for (const size of ['0', '5']) assert.deepEqual(alone(size), [], size);
    for (const size of ['-1', '-10'])
      assert.ok(alone(size).includes('error attachment-size-negative Patient.photo[0]'), size);
  });
});

describe('what a reference leads to elsewhere', () => {
  const exists = (reference: string): boolean | undefined =>
    reference === 'Patient/1' ? true : reference.startsWith('http') ? undefined : false;
  const found = (reference: string): string[] =>
    new Validator({ exists })
      .validate({ resourceType: 'Observation', status: 'final', code: { text: 'x' }, subject: { reference } })
      .map(({ id, expression }) => `${id} ${expression}`);

  it('is there, when it can be looked for', () => {
    assert.deepEqual(found('Patient/1'), []);
    assert.deepEqual(found('http://example.org/fhir/Patient/2'), []);
    assert.deepEqual(found('Patient?identifier=2'), []);
    assert.deepEqual(found('Patient/2'), ['reference-target-missing Observation.subject']);
  });
});

describe('a code system', () => {
  const found = (more: object): string[] =>
    new Validator()
      .validate({
        ...{ resourceType: 'CodeSystem', status: 'active', content: 'not-present', name: 'Xyz', ...more },
      })
      .map(({ severity, id }) => `${severity} ${id}`);

  it('says whether the case of its codes matters', () => {
    assert.deepEqual(found({ url: 'http://example.org/cs', caseSensitive: true }), []);
    assert.deepEqual(found({ url: 'http://example.org/cs' }), ['information code-system-case']);
    assert.deepEqual(found({ url: 'http://terminology.hl7.org/CodeSystem/x' }), ['warning code-system-case']);
  });
});

describe('a claim to be of a type of R5', () => {
  const found = (profile: string): string[] =>
    new Validator()
      .validate({ resourceType: 'Patient', active: true, meta: { profile: [profile] } })
      .map(({ id, expression }) => `${id} ${expression}`);
  const base = 'http://hl7.org/fhir/StructureDefinition/Patient';

  it('is about R5, and not checked of another release', () => {
    for (const one of [base, `${base}|5.0.0`, `${base}|5.0`]) assert.deepEqual(found(one), [], one);
    assert.deepEqual(found(`${base}|4.0.1`), ['profile-unknown Patient.meta.profile[0]']);
  });
});
