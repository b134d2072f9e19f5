/** The requests of the Postman collection in the order in which they run: each depends on the previous ones. */

/** One request. In texts `{{name}}` is a variable. */
export interface Example {
  readonly name: string;
  /** The interaction of the route that it asks, as the table of routes has it; undefined for the Single Sign-On. */
  readonly interaction: string | undefined;
  readonly about: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the base URL. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly status: number;
  /** Lines of JavaScript after the answer: tests, and variables for the next requests. */
  readonly then?: readonly string[];
}

const fhirJson = { 'Content-Type': 'application/fhir+json' };
const patchJson = { 'Content-Type': 'application/json-patch+json' };

/** Unique in each run, so that a collection can run repeatedly. */
const identifier = { system: 'https://example.org/postman', value: '{{run}}' };
const patient = {
  resourceType: 'Patient',
  identifier: [identifier],
  name: [{ use: 'official', family: 'Karimova', given: ['Dilnoza'] }],
  gender: 'female',
  birthDate: '1990-03-21',
};

const observation = {
  resourceType: 'Observation',
  status: 'final',
  category: [
    { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'laboratory' }] },
  ],
  code: { coding: [{ system: 'http://loinc.org', code: '718-7', display: 'Hemoglobin [Mass/volume] in Blood' }] },
  subject: { reference: 'Patient/{{patientId}}' },
  effectiveDateTime: '2026-11-01T09:30:00+05:00',
  performer: [{ display: 'City laboratory' }],
  valueQuantity: { value: 132, unit: 'g/L', system: 'http://unitsofmeasure.org', code: 'g/L' },
};

const isType = (type: string): string =>
  `pm.test('is a ${type}', () => pm.expect(pm.response.json().resourceType).to.equal('${type}'));`;
const keepsVersion = "pm.environment.set('version', pm.response.headers.get('ETag'));";

export const examples: readonly Example[] = [
  {
    name: 'What the server can do with patients',
    interaction: 'capabilities',
    about: 'The CapabilityStatement of one type. Without `_type` it is of all types.',
    method: 'GET',
    path: '/metadata?_type=Patient',
    status: 200,
    then: [isType('CapabilityStatement')],
  },
  {
    name: 'Create a patient',
    interaction: 'create',
    about: '201 with the address of the version in `Location`.',
    method: 'POST',
    path: '/Patient',
    headers: fhirJson,
    body: patient,
    status: 201,
    then: ["pm.environment.set('patientId', pm.response.json().id);", keepsVersion],
  },
  {
    name: 'Read it',
    interaction: 'read',
    about: '`ETag` is the version.',
    method: 'GET',
    path: '/Patient/{{patientId}}',
    status: 200,
    then: [isType('Patient'), keepsVersion],
  },
  {
    name: 'Search for it',
    interaction: 'search-type',
    about: 'By identifier: system, a bar (written `%7C`), value.',
    method: 'GET',
    path: '/Patient?identifier=https://example.org/postman%7C{{run}}',
    status: 200,
    then: [
      "pm.test('finds it', () => pm.expect(pm.response.json().entry[0].resource.id).to.equal(pm.environment.get('patientId')));",
    ],
  },
  {
    name: 'Update it',
    interaction: 'update',
    about: 'The whole resource, and in `If-Match` the version that was read.',
    method: 'PUT',
    path: '/Patient/{{patientId}}',
    headers: { ...fhirJson, 'If-Match': '{{version}}' },
    body: { ...patient, id: '{{patientId}}', telecom: [{ system: 'phone', value: '+998 71 200 00 00' }] },
    status: 200,
  },
  {
    name: 'Update it once more by the old version: 412',
    interaction: 'update',
    about: 'Somebody else has changed it since: read it again, and repeat. The outcome names both versions.',
    method: 'PUT',
    path: '/Patient/{{patientId}}',
    headers: { ...fhirJson, 'If-Match': '{{version}}' },
    body: { ...patient, id: '{{patientId}}' },
    status: 412,
    then: [
      "pm.test('has a stable code', () => pm.expect(pm.response.json().issue[0].details.coding[0].code).to.equal('version-mismatch'));",
    ],
  },
  {
    name: 'Patch it',
    interaction: 'patch',
    about: 'JSON Patch.',
    method: 'PATCH',
    path: '/Patient/{{patientId}}',
    headers: patchJson,
    body: [{ op: 'add', path: '/active', value: true }],
    status: 200,
  },
  {
    name: 'Create it only where it is not there',
    interaction: 'create',
    about: 'With `If-None-Exist` a create may be repeated: 200 with the patient that is there.',
    method: 'POST',
    path: '/Patient',
    headers: { ...fhirJson, 'If-None-Exist': 'identifier=https://example.org/postman|{{run}}' },
    body: patient,
    status: 200,
    then: ["pm.test('is the same', () => pm.expect(pm.response.json().id).to.equal(pm.environment.get('patientId')));"],
  },
  {
    name: 'Validate without storing',
    interaction: '$validate',
    about: '200 with all findings, whatever they are.',
    method: 'POST',
    path: '/Patient/$validate',
    headers: fhirJson,
    body: patient,
    status: 200,
    then: [isType('OperationOutcome')],
  },
  {
    name: 'A laboratory result, as a transaction',
    interaction: 'batch/transaction',
    about: 'All entries or none. `fullUrl` is how entries refer to each other.',
    method: 'POST',
    path: '',
    headers: fhirJson,
    body: {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [
        {
          fullUrl: 'urn:uuid:{{run}}',
          resource: observation,
          request: { method: 'POST', url: 'Observation' },
        },
      ],
    },
    status: 200,
    then: [
      "pm.environment.set('observationId', pm.response.json().entry[0].response.location.match(/Observation\\/([^/]+)/)[1]);",
    ],
  },
  {
    name: 'Results of the patient',
    interaction: 'search-type',
    about: 'With the patient beside them.',
    method: 'GET',
    path: '/Observation?patient={{patientId}}&category=laboratory&_sort=-date&_include=Observation:subject',
    status: 200,
    then: ["pm.test('both are there', () => pm.expect(pm.response.json().entry.length).to.equal(2));"],
  },
  {
    name: 'Versions of the patient',
    interaction: 'history-instance',
    about: 'The newest first.',
    method: 'GET',
    path: '/Patient/{{patientId}}/_history',
    status: 200,
    then: ["pm.test('are three', () => pm.expect(pm.response.json().entry.length).to.equal(3));"],
  },
  {
    name: 'The first version',
    interaction: 'vread',
    about: 'Versions count 1, 2, 3 …',
    method: 'GET',
    path: '/Patient/{{patientId}}/_history/1',
    status: 200,
  },
  {
    name: 'An error',
    interaction: 'read',
    about: 'Programs read the code in `issue.details.coding`; `Link` with `rel="help"` leads to its page.',
    method: 'GET',
    path: '/Patient/nobody-has-this-id',
    status: 404,
    then: [
      "pm.test('has a stable code', () => pm.expect(pm.response.json().issue[0].details.coding[0].code).to.equal('resource-not-found'));",
    ],
  },
  {
    name: 'Delete the result',
    interaction: 'delete',
    about: 'First what refers to the patient.',
    method: 'DELETE',
    path: '/Observation/{{observationId}}',
    status: 200,
  },
  {
    name: 'Delete the patient',
    interaction: 'delete',
    about: '200 with an OperationOutcome; 204 with `Prefer: return=minimal`.',
    method: 'DELETE',
    path: '/Patient/{{patientId}}',
    status: 200,
  },
  {
    name: 'Read what was deleted: 410',
    interaction: 'read',
    about: 'Its versions stay in the history.',
    method: 'GET',
    path: '/Patient/{{patientId}}',
    status: 410,
  },
];
