import type { CatalogueEntry } from './entry.ts';

/**
 * Failures of actions that nobody may do with a resource, or only somebody with a special right.
 * docs/decisions/0017-what-a-patient-may-write.md
 */
export const accessErrors = {
  'record-kept': {
    status: 405,
    issue: 'forbidden',
    severity: 'error',
    when: 'An AuditEvent or a Provenance that exists was to be changed or deleted, by whatever interaction.',
    remedy: 'Leave it as it is. To correct it, create another one.',
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
    when: 'A write adds, changes or removes an identifier of a system below `https://dhp.uz/fhir/core/sid/pid/` in a Patient, Practitioner, RelatedPerson or Person. A patient never may; a person with a role may where a policy of the role has `dhp.national-identifiers/…`.',
    remedy: 'Send these identifiers as they are stored. An operator can permit it to a role.',
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
    when: 'A Provenance has a signature (`application/jose`) that does not fit its target and the key by which it says that it was made, that was made for another `who`, or by an algorithm that is not asymmetric. Only where the operator has registered keys of signers (`DHP_SIGNER_KEYS`).',
    remedy:
      'Read the target, sign its canonical form (`http://hl7.org/fhir/canonicalization/json`, or `#static` without text and meta) as a detached JWS with the key of `who`, and name the version that was signed in `target`.',
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
    when: 'A Provenance has a signature that cannot be verified here, and the operator has set `DHP_SIGNATURES=refuse`: of another format, by a key that is not registered, over several targets or one that the writer may not read. By default it is stored, with a warning.',
    remedy: 'Ask the operator to register the key of the signer, or leave the signature out.',
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
    when: 'The access history of a patient is asked for in an environment that keeps no trail of requests (`DHP_AUDIT`).',
    remedy: 'Ask the operator of the environment.',
    example: { values: {}, diagnostics: 'DHP_AUDIT is off in this environment.' },
  },
  'policy-refuses': {
    status: 403,
    issue: 'forbidden',
    severity: 'error',
    challenge: 'insufficient_scope',
    when: 'The scopes permit it, and the access policies that the operators of the environment have in force do not: for this client or person nothing of the type is left, or not what was sent or would be changed.',
    remedy: 'Another scope does not help. Ask the operators of the environment which policy is about you.',
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
    when: 'The access policies bind the role of the person to patients for whom the person cares, and what was sent is of another patient.',
    remedy:
      'Another scope does not help. Who keeps the records of the practice can record the visit, the referral or the team.',
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
    when: 'An update or a patch carries an element that an access policy hides from this client or person. Were it taken, its outcome would tell whether the value was there before.',
    remedy: 'Leave the element out: what is stored of it stays.',
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
    when: 'A write adds, changes or removes an element that an access policy lets this client or person read and not write; a create carries one.',
    remedy: 'Send the element as it is stored. A new resource is sent without it.',
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
    when: 'A resource of which an access policy hides elements from this client or person is updated without If-Match and the version that was read, so that it is not known what is to be kept; or it is a Bundle or Parameters that holds such a resource; or a document of such resources is to be stored.',
    remedy:
      'Read the resource, change it, and send it with If-Match and the ETag of what was read: the hidden elements are kept. PATCH does without. Who sees all of it can change a Bundle and store a document.',
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
    when: 'X-Purpose-Of-Use is no code that is known, or what a request of an emergency needs is missing or malformed.',
    remedy: 'Send a code of docs/access.md; with ETREAT the patient, and with the first request the reason.',
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
    when: 'A request states the purpose of use ETREAT, and the access policies in force do not permit it to this person or client.',
    remedy: 'Ask without it. The operators of the environment say who may.',
    example: { values: {}, diagnostics: 'This client or person may not state the purpose of use ETREAT.' },
  },
  'second-factor-required': {
    status: 401,
    issue: 'login',
    severity: 'error',
    challenge: 'insufficient_user_authentication',
    when: 'An emergency is stated, or the trail of requests is read, with a token of a person who has not signed in with two factors, or too long ago (RFC 9470).',
    remedy: 'Let the person sign in again with `acr_values` and `max_age` of the challenge.',
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
    when: 'A consent of a patient whose record it is refuses to this client or person what was sent, in an environment that enforces consents.',
    remedy: 'Another scope does not help. The patient can give or withdraw a consent.',
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
    when: 'What was sent has a security label, by its codes or in `meta.security`, for which this client or person has no clearance in the access policies of the environment.',
    remedy: 'Another scope does not help. Ask the operators of the environment for a clearance.',
    example: {
      values: { type: 'Condition' },
      diagnostics: 'A security label of it is withheld from this client or person: create of Condition.',
      expression: 'Condition',
    },
  },
} as const satisfies Record<string, CatalogueEntry>;
