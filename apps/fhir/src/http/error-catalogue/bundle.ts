import type { CatalogueEntry } from './entry.ts';

/** Failures of a batch or transaction as a whole. Failures of an entry keep the codes of their interaction. */
export const bundleErrors = {
  'bundle-type-unsupported': {
    status: 400,
    issue: 'value',
    severity: 'error',
    example: {
      values: {},
      diagnostics: 'Bundle.type is "document"; the base URL takes batch and transaction.',
      expression: 'Bundle.type',
    },
  },
  'bundle-malformed': {
    status: 400,
    issue: 'structure',
    severity: 'error',
    example: {
      values: { place: 'Bundle.entry[2].request' },
      diagnostics: 'Bundle.entry[2].request is not an object.',
      expression: 'Bundle.entry[2].request',
    },
  },
  'entry-request-missing': {
    status: 400,
    issue: 'required',
    severity: 'error',
    example: {
      values: { entry: 'Bundle.entry[2]' },
      diagnostics: 'Bundle.entry[2]: An entry of a batch or transaction has a request with method and url.',
      expression: 'Bundle.entry[2].request',
    },
  },
  'entry-request-invalid': {
    status: 400,
    issue: 'value',
    severity: 'error',
    example: {
      values: { entry: 'Bundle.entry[2]' },
      diagnostics:
        'Bundle.entry[2] (urn:uuid:1c5b…): request.url is "https://other.example/Patient", which is not below the base URL of this server, https://fhir.example.uz.',
      expression: 'Bundle.entry[2].request.url',
    },
  },
  'entry-resource-missing': {
    status: 400,
    issue: 'required',
    severity: 'error',
    example: {
      values: { entry: 'Bundle.entry[2]' },
      diagnostics: 'Bundle.entry[2]: An entry with POST has a resource.',
      expression: 'Bundle.entry[2].resource',
    },
  },
  'entry-unsupported': {
    status: 400,
    issue: 'not-supported',
    severity: 'error',
    example: {
      values: { entry: 'Bundle.entry[2]' },
      diagnostics: 'Bundle.entry[2] (urn:uuid:1c5b…): create does not support ifMatch in a Bundle yet.',
      expression: 'Bundle.entry[2].request.ifMatch',
    },
  },
  'entries-overlap': {
    status: 400,
    issue: 'conflict',
    severity: 'error',
    example: {
      values: { entry: 'Bundle.entry[1]', other: 'Bundle.entry[4]' },
      diagnostics: 'Bundle.entry[1]: Patient/1 is written by Bundle.entry[1] and by Bundle.entry[4].',
      expression: 'Bundle.entry[1].request.url',
    },
  },
  'full-url-duplicate': {
    status: 400,
    issue: 'duplicate',
    severity: 'error',
    example: {
      values: { entry: 'Bundle.entry[4]', other: 'Bundle.entry[1]' },
      diagnostics: 'Bundle.entry[4] (urn:uuid:1c5b…): The same fullUrl is that of Bundle.entry[1].',
      expression: 'Bundle.entry[4].fullUrl',
    },
  },
  'reference-unresolved': {
    status: 400,
    issue: 'not-found',
    severity: 'error',
    example: {
      values: { entry: 'Bundle.entry[2]', reference: 'urn:uuid:88f1…' },
      diagnostics:
        'Bundle.entry[2] (urn:uuid:1c5b…): The reference "urn:uuid:88f1…" is the fullUrl of no entry that writes a resource.',
      expression: 'Bundle.entry[2].resource.ofType(Observation).subject.reference',
    },
  },
} as const satisfies Record<string, CatalogueEntry>;
