import type { CatalogueEntry } from './entry.ts';

/** Resources that are refused whatever profile they meet. */
export const storableErrors = {
  'resource-subsetted': {
    status: 422,
    issue: 'business-rule',
    severity: 'error',
    when: 'A resource with the tag `SUBSETTED` is written: it came from an answer with `_summary` or `_elements`, or a patch or `$meta-add` gives it the tag.',
    remedy: 'Read the whole resource, without `_summary` and `_elements`, and send that; or change it with PATCH.',
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
    when: 'A Subscription is written whose `status` is neither `off` nor `entered-in-error`: its client would wait for notifications that never come.',
    remedy:
      'Ask for changes at intervals: `GET [base]/{type}/_history?_since=…`, or a search with `_lastUpdated`. A SubscriptionTopic can be stored.',
    example: {
      values: { status: 'requested' },
      diagnostics:
        'This server sends no notifications, so nobody would ever hear of what the subscription is about. Ask for changes instead: [base]/Type/_history?_since=…, or a search with _lastUpdated. A Subscription with the status off or entered-in-error is stored, and so is a SubscriptionTopic.',
      expression: 'Subscription.status',
    },
  },
  'profile-too-large': {
    status: 422,
    issue: 'too-costly',
    severity: 'error',
    when: 'A StructureDefinition is written that states more constraints than a validation could evaluate for every resource.',
    remedy: 'Divide it into profiles on parts of the resource, or join constraints of one element.',
    example: {
      values: { count: '1200', limit: '1000' },
      diagnostics:
        'The profile states 1200 constraints; at most 1000 are taken. Divide it into profiles on parts of the resource.',
      expression: 'StructureDefinition',
    },
  },
  'consent-not-enforced': {
    status: 422,
    issue: 'not-supported',
    severity: 'error',
    when: 'A Consent is written to a server whose operator has set `DHP_CONSENT=refuse`. By default it is stored, with a warning.',
    remedy: 'Keep the consent in the system that acts upon it.',
    example: {
      values: {},
      diagnostics:
        'Consents are not enforced: what a token permits does not depend on them, and the operator has decided that none is stored (DHP_CONSENT=refuse). Keep it where it is acted upon, and do not rely on this server to do so.',
      expression: 'Consent',
    },
  },
} as const satisfies Record<string, CatalogueEntry>;
