import type { CatalogueEntry } from './entry.ts';

/** Failures of a terminology request. https://hl7.org/fhir/R5/terminology-service.html */
export const terminologyErrors = {
  'terminology-refused': {
    status: 422,
    issue: 'not-found',
    severity: 'error',
    example: {
      values: {},
      diagnostics: "A definition for the value Set 'http://example.org/vs' could not be found",
    },
  },
  'terminology-unusable': {
    status: 422,
    issue: 'not-supported',
    severity: 'error',
    example: {
      values: { type: 'CodeSystem', id: 'organs' },
      diagnostics:
        'CodeSystem/organs has no url, is a supplement, or is not of the shape that R5 gives a CodeSystem, so no question about it can be answered.',
      expression: 'CodeSystem',
    },
  },
  'closure-unknown': {
    status: 404,
    issue: 'not-found',
    severity: 'error',
    example: {
      values: { name: 'diagnoses' },
      diagnostics: 'POST $closure with the name "diagnoses" alone makes the table.',
    },
  },
  'closure-full': {
    status: 422,
    issue: 'too-costly',
    severity: 'error',
    example: { values: { limit: '10000' }, diagnostics: '"diagnoses" may hold 10000 concepts.' },
  },
  'closures-too-many': {
    status: 422,
    issue: 'too-costly',
    severity: 'error',
    example: {
      values: { limit: '100' },
      diagnostics: 'This client has 100 closure tables, and "diagnoses" would be one more.',
    },
  },
} as const satisfies Record<string, CatalogueEntry>;
