import type { CatalogueEntry } from './entry.ts';

/** Resources that are refused under every profile. */
export const storableErrors = {
  'resource-subsetted': {
    status: 422,
    issue: 'business-rule',
    severity: 'error',
    example: {
      values: { type: 'Patient' },
      diagnostics:
        'The tag SUBSETTED says that this is a part of the resource, as an answer with _summary or _elements has it. Storing it would lose what was left out: read the whole resource, change that and send it.',
      expression: 'Patient.meta.tag[0]',
    },
  },
  'subscription-unsupported': {
    status: 422,
    issue: 'not-supported',
    severity: 'error',
    example: {
      values: { status: 'requested' },
      diagnostics:
        'This server sends no notifications, so nobody would ever hear of what the subscription is about. Follow the changes instead: [base]/$changes. A Subscription with the status off or entered-in-error is stored, and so is a SubscriptionTopic.',
      expression: 'Subscription.status',
    },
  },
  'topic-invalid': {
    status: 422,
    issue: 'invalid',
    severity: 'error',
    example: {
      values: { place: 'SubscriptionTopic.resourceTrigger[0].fhirPathCriteria' },
      diagnostics:
        'SubscriptionTopic.resourceTrigger[0].fhirPathCriteria: a FHIRPath expression; Encounter has no element statuss (line 1, column 10).',
      expression: 'SubscriptionTopic.resourceTrigger[0].fhirPathCriteria',
    },
  },
  'subscription-invalid': {
    status: 422,
    issue: 'business-rule',
    severity: 'error',
    example: {
      values: { place: 'Subscription.topic' },
      diagnostics:
        'Subscription.topic: no active SubscriptionTopic of this server is "http://example.org/topics/none"; GET [base]/SubscriptionTopic?status=active lists them.',
      expression: 'Subscription.topic',
    },
  },
  'subscriptions-too-many': {
    status: 422,
    issue: 'business-rule',
    severity: 'error',
    example: {
      values: { limit: '100' },
      diagnostics:
        'A client has 100 subscriptions at most that are not off. Turn off or delete those that you do not need.',
      expression: 'Subscription',
    },
  },
  'subscription-of-others': {
    status: 403,
    issue: 'forbidden',
    severity: 'error',
    example: {
      values: {},
      diagnostics:
        'Subscription/1 has no events for you: they are for the client and person who requested it, and one that was never requested has none. Make a Subscription of your own.',
      expression: 'Subscription',
    },
  },
  'event-key-used': {
    status: 409,
    issue: 'conflict',
    severity: 'error',
    example: {
      values: {},
      diagnostics:
        'You have reported another event with the key "admission-17". Give each event a key of its own, and the same one when you report it again.',
      expression: 'Parameters.parameter',
    },
  },
  'profile-too-large': {
    status: 422,
    issue: 'too-costly',
    severity: 'error',
    example: {
      values: { count: '1200', limit: '1000' },
      diagnostics:
        'The profile states 1200 constraints; at most 1000 are taken. Divide it into profiles on parts of the resource.',
      expression: 'StructureDefinition',
    },
  },
  'cohort-invalid': {
    status: 422,
    issue: 'business-rule',
    severity: 'error',
    example: {
      values: { place: 'Group.modifierExtension[0].valueExpression.expression' },
      diagnostics:
        'Group.modifierExtension[0].valueExpression.expression: Condition?codes. Expected: a search parameter of Condition. Did you mean code?',
      expression: 'Group.modifierExtension[0].valueExpression.expression',
    },
  },
  'consent-subject-unresolved': {
    status: 422,
    issue: 'business-rule',
    severity: 'error',
    example: {
      values: {},
      diagnostics:
        'Consent.subject has an identifier alone, and no Patient of this server by a reference: nobody could be held to the consent. Name the patient as Patient/[id]; a search finds it (Patient?identifier=…), and in a transaction the reference may be that search.',
      expression: 'Consent.subject',
    },
  },
  'consent-not-enforced': {
    status: 422,
    issue: 'not-supported',
    severity: 'error',
    example: {
      values: {},
      diagnostics:
        'Consents are not enforced: what a token permits does not depend on them, and the operator has decided that none is stored (DHP_CONSENT=refuse). Keep it where it is acted upon, and do not rely on this server to do so.',
      expression: 'Consent',
    },
  },
} as const satisfies Record<string, CatalogueEntry>;
