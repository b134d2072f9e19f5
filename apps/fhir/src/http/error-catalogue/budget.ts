import type { CatalogueEntry } from './entry.ts';

/** A request that asks for more than one request may cost, or more than there is room for. */
export const budgetErrors = {
  'work-limit-exceeded': {
    status: 422,
    issue: 'too-costly',
    severity: 'error',
    when: 'Checking, indexing or searching what the request asks for took more units of work than one request may (`DHP_REQUEST_WORK`), or than one resource may (`DHP_RESOURCE_WORK`). Nothing of it was stored; in a batch, entries that were done before are, and the rest are not.',
    remedy:
      'Send fewer entries in one Bundle, or smaller resources. Where the diagnostics name a profile or a search parameter, simplify its expressions. Repeating the same request does not help.',
    example: {
      values: { limit: '2000000', setting: 'DHP_RESOURCE_WORK' },
      diagnostics: 'The resource goes over its limit of work, 2000000 (the invariant abc-1).',
    },
  },
  'search-values-too-many': {
    status: 422,
    issue: 'too-costly',
    severity: 'error',
    when: 'One resource has more codes, or more numbers and quantities, that searches find it by than its row in the search index can hold. No setting changes that. Nothing of it was stored.',
    remedy:
      'Divide the resource: an Observation with tens of thousands of components into several that a panel names in `hasMember`.',
    example: {
      values: { limit: '32767' },
      diagnostics: 'The index goes over its limit of rows, 32767 (the search parameter component-code of Observation).',
    },
  },
  'memory-limit-exceeded': {
    status: 422,
    issue: 'too-costly',
    severity: 'error',
    when: 'What has to be held in memory for one request, such as the answers of the entries of a batch, is more than one request may hold (`DHP_REQUEST_MEMORY`).',
    remedy:
      'Ask for fewer entries in one batch, smaller pages (`_count`), or parts of resources (`_elements`, `_summary`).',
    example: {
      values: { limit: '268435456', setting: 'DHP_REQUEST_MEMORY' },
      diagnostics: 'The request goes over its limit of bytes, 268435456 (the answers of a batch).',
    },
  },
  'row-limit-exceeded': {
    status: 422,
    issue: 'too-costly',
    severity: 'error',
    when: 'Answering the request took more rows of the database than one request may read (`DHP_REQUEST_ROWS`).',
    remedy: 'Narrow the criteria, ask for smaller pages, or send fewer entries in one batch.',
    example: {
      values: { limit: '1000000', setting: 'DHP_REQUEST_ROWS' },
      diagnostics: 'The request goes over its limit of rows, 1000000 ($everything).',
    },
  },
  'time-limit-exceeded': {
    status: 503,
    issue: 'timeout',
    severity: 'error',
    retryAfter: 10,
    when: 'A request had gone on for longer than one may (`DHP_REQUEST_SECONDS`) when the next of its entries, or the next of what it looks for, was to begin. In a batch the entries that had begun have their answers, and the others this one: nothing was done for them. Of a transaction nothing was stored.',
    remedy:
      'Send the entries of a batch that have this answer again, in another batch. Send fewer searches and conditional writes in one Bundle, and searches with more precise criteria; divide a transaction.',
    example: {
      values: { limit: '30', setting: 'DHP_REQUEST_SECONDS' },
      diagnostics: 'The request goes over its limit of milliseconds, 30000 (Bundle.entry[412]).',
    },
  },
  'server-full': {
    status: 503,
    issue: 'transient',
    severity: 'error',
    retryAfter: 2,
    when: 'The request itself is not too large, but all requests of this moment together would need more than the server has room for. Nothing was done.',
    remedy: 'Repeat the same request after the seconds in `Retry-After`.',
    example: {
      values: {},
      diagnostics: 'The server goes over its limit of bytes, 1073741824 (bodies of requests).',
    },
  },
} as const satisfies Record<string, CatalogueEntry>;
