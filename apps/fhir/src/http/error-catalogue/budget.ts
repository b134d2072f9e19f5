import type { CatalogueEntry } from './entry.ts';

/** A request that asks for more than one request may cost, or more than there is room for. */
export const budgetErrors = {
  'work-limit-exceeded': {
    status: 422,
    issue: 'too-costly',
    severity: 'error',
    example: {
      values: { limit: '2000000', setting: 'DHP_RESOURCE_WORK' },
      diagnostics: 'The resource goes over its limit of work, 2000000 (the invariant abc-1).',
    },
  },
  'search-values-too-many': {
    status: 422,
    issue: 'too-costly',
    severity: 'error',
    example: {
      values: { limit: '32767' },
      diagnostics: 'The index goes over its limit of rows, 32767 (the search parameter component-code of Observation).',
    },
  },
  'memory-limit-exceeded': {
    status: 422,
    issue: 'too-costly',
    severity: 'error',
    example: {
      values: { limit: '268435456', setting: 'DHP_REQUEST_MEMORY' },
      diagnostics: 'The request goes over its limit of bytes, 268435456 (the answers of a batch).',
    },
  },
  'row-limit-exceeded': {
    status: 422,
    issue: 'too-costly',
    severity: 'error',
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
    example: {
      values: {},
      diagnostics: 'The server goes over its limit of bytes, 1073741824 (bodies of requests).',
    },
  },
  'server-busy': {
    status: 503,
    issue: 'transient',
    severity: 'error',
    retryAfter: 2,
    example: {
      values: {},
      diagnostics: 'More requests come than this process can answer in time; nothing was done. Come again in 2 s.',
    },
  },
} as const satisfies Record<string, CatalogueEntry>;
