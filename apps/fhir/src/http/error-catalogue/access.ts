import type { CatalogueEntry } from './entry.ts';

/**
 * Failures of actions that nobody may perform on a resource, or only with a special right. docs/decisions/0017-what-a-patient-may-write.md
 */
export const accessErrors = {
  'record-kept': {
    status: 405,
    issue: 'forbidden',
    severity: 'error',
    example: {
      values: { type: 'Provenance' },
      diagnostics: 'Provenance/1 is a record of what happened. It stays as it was written; write another Provenance.',
      expression: 'Provenance',
    },
  },
  'national-identifier-not-permitted': {
    status: 403,
    issue: 'forbidden',
    severity: 'error',
    challenge: 'insufficient_scope',
    example: {
      values: {},
      diagnostics:
        'Patient.identifier[0]: the write adds, changes or removes a national identifier, and a token of a patient may not.',
      expression: 'Patient.identifier[0]',
    },
  },
  'signature-invalid': {
    status: 422,
    issue: 'business-rule',
    severity: 'error',
    example: {
      values: {},
      diagnostics: 'Provenance.signature[0]: the signature does not fit the target and the key.',
      expression: 'Provenance.signature[0]',
    },
  },
  'signature-not-verifiable': {
    status: 422,
    issue: 'not-supported',
    severity: 'error',
    example: {
      values: {},
      diagnostics: 'Provenance.signature[0]: the signature is made with a key that is not known here.',
      expression: 'Provenance.signature[0]',
    },
  },
  'trail-not-kept': {
    status: 422,
    issue: 'not-supported',
    severity: 'error',
    example: { values: {}, diagnostics: 'DHP_AUDIT is off in this environment.' },
  },
  'policy-refuses': {
    status: 403,
    issue: 'forbidden',
    severity: 'error',
    challenge: 'insufficient_scope',
    example: {
      values: { type: 'Condition' },
      diagnostics: 'The access policies of this environment do not permit this client or person: read of Condition.',
      expression: 'Condition',
    },
  },
  'care-refuses': {
    status: 403,
    issue: 'forbidden',
    severity: 'error',
    challenge: 'insufficient_scope',
    example: {
      values: { type: 'Condition' },
      diagnostics: 'Nothing recorded says that this person cares for the patient: create of Condition.',
      expression: 'Condition',
    },
  },
  'element-hidden': {
    status: 403,
    issue: 'forbidden',
    severity: 'error',
    example: {
      values: { type: 'Patient' },
      diagnostics:
        'Patient.birthDate: an access policy of this environment hides this element from you, so an update cannot carry it.',
      expression: 'Patient.birthDate',
    },
  },
  'element-read-only': {
    status: 403,
    issue: 'forbidden',
    severity: 'error',
    example: {
      values: { type: 'Patient' },
      diagnostics:
        'Patient.address: an access policy of this environment does not let you write this element. Send it as it is stored.',
      expression: 'Patient.address',
    },
  },
  'resource-partly-hidden': {
    status: 422,
    issue: 'business-rule',
    severity: 'error',
    example: {
      values: { type: 'Patient' },
      diagnostics:
        'Elements of Patient/1 are hidden from you by an access policy of this environment. Send it with If-Match and the version that you read, which keeps them, or change it with PATCH.',
      expression: 'Patient',
    },
  },
  'purpose-invalid': {
    status: 400,
    issue: 'invalid',
    severity: 'error',
    example: {
      values: {},
      diagnostics: 'With ETREAT, X-Break-Glass-Patient names the one patient, such as Patient/42.',
    },
  },
  'purpose-refused': {
    status: 403,
    issue: 'forbidden',
    severity: 'error',
    challenge: 'insufficient_scope',
    example: { values: {}, diagnostics: 'This client or person may not state the purpose of use ETREAT.' },
  },
  'second-factor-required': {
    status: 401,
    issue: 'login',
    severity: 'error',
    challenge: 'insufficient_user_authentication',
    example: {
      values: {},
      diagnostics: 'The token does not say that the person has signed in with two factors within 8 hours.',
    },
  },
  'consent-refuses': {
    status: 403,
    issue: 'forbidden',
    severity: 'error',
    challenge: 'insufficient_scope',
    example: {
      values: { type: 'Condition' },
      diagnostics: 'A consent of the patient does not permit this client or person: create of Condition.',
      expression: 'Condition',
    },
  },
  'label-refuses': {
    status: 403,
    issue: 'forbidden',
    severity: 'error',
    challenge: 'insufficient_scope',
    example: {
      values: { type: 'Condition' },
      diagnostics: 'A security label of it is withheld from this client or person: create of Condition.',
      expression: 'Condition',
    },
  },
} as const satisfies Record<string, CatalogueEntry>;
