import type { CatalogueEntry } from './entry.ts';

/** Failures of a batch or transaction as a whole. Failures of an entry keep the codes of their interaction. */
export const bundleErrors = {
  'bundle-type-unsupported': {
    status: 400,
    issue: 'value',
    severity: 'error',
    when: 'A Bundle is sent to the base URL whose `type` is neither `batch` nor `transaction`.',
    remedy: 'Set `Bundle.type`; to store a document as it is, send it to `/Bundle`.',
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
    when: 'A part of the Bundle is of the wrong kind: `entry` is no array, an entry, its `resource` or its `request` no object.',
    remedy: 'Correct the place named.',
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
    when: 'An entry of a batch or transaction has no `request`.',
    remedy: 'Give every entry a `request` with `method` and `url`.',
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
    when: 'The `method` of an entry is no HTTP verb of FHIR, its `url` is absent or leads to another server, or a PATCH brings no patch.',
    remedy: 'Write the URL relative to the base URL (`Patient`, `Patient/123`) and the method in capitals.',
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
    when: 'An entry with POST, PUT or PATCH has no `resource`.',
    remedy: 'Put the resource, or the patch, into the entry.',
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
    when: 'An entry has a condition that its interaction does not support (`ifMatch` on a create), or a transaction has an operation by POST that may store, or a delete that cascades.',
    remedy: 'Leave the condition out, or send what the entry asks for as a request by itself.',
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
    when: 'Two entries of a Bundle write the same resource. Both are named.',
    remedy: 'Keep one of them, or send them one after the other.',
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
    when: 'Two entries have the same `fullUrl` and not different versions (`resource.meta.versionId`): what refers to it would be ambiguous.',
    remedy: 'Give every entry a UUID of its own (`urn:uuid:…`).',
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
    when: 'A reference by `urn:uuid:` or `urn:oid:` is the `fullUrl` of no entry that writes a resource; or an entry of a batch refers to another entry, which only a transaction can resolve.',
    remedy: 'Add the entry, or correct the reference; what belongs together goes in a transaction.',
    example: {
      values: { entry: 'Bundle.entry[2]', reference: 'urn:uuid:88f1…' },
      diagnostics:
        'Bundle.entry[2] (urn:uuid:1c5b…): The reference "urn:uuid:88f1…" is the fullUrl of no entry that writes a resource.',
      expression: 'Bundle.entry[2].resource.ofType(Observation).subject.reference',
    },
  },
} as const satisfies Record<string, CatalogueEntry>;
