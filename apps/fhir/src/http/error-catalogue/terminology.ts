import type { CatalogueEntry } from './entry.ts';

/** Failures of a terminology request. https://hl7.org/fhir/R5/terminology-service.html */
export const terminologyErrors = {
  'terminology-refused': {
    status: 422,
    issue: 'not-found',
    severity: 'error',
    when: 'A terminology operation names a code system, a value set or a code that is not known here, asks for more than fits in an answer, or gives no code. Its OperationOutcome is not this one but that of HL7’s terminology servers: `details.coding` is of `http://hl7.org/fhir/tools/CodeSystem/tx-issue-type`, the text is in the language of `displayLanguage` or the caller’s, and the status is 400, 404 or 422.',
    remedy:
      'Read `details.text`, which names what is missing. Store it, bring it as `tx-resource`, or ask for a page with `count`.',
    example: {
      values: {},
      diagnostics: "A definition for the value Set 'http://example.org/vs' could not be found",
    },
  },
  'terminology-unusable': {
    status: 422,
    issue: 'not-supported',
    severity: 'error',
    when: 'A terminology operation on a stored resource that has no `url`, is a supplement, or has not the shape that R5 gives it.',
    remedy: 'Give the resource a `url` and correct it; ask a supplement’s code system, and name the supplement.',
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
    when: '`$closure` adds to a table, or asks for its later versions, that this client has not made.',
    remedy: 'POST `$closure` with the name alone first.',
    example: {
      values: { name: 'diagnoses' },
      diagnostics: 'POST $closure with the name "diagnoses" alone makes the table.',
    },
  },
  'closure-full': {
    status: 422,
    issue: 'too-costly',
    severity: 'error',
    when: '`$closure` adds more concepts than a table may hold.',
    remedy: 'Use several tables, one for each code system.',
    example: { values: { limit: '10000' }, diagnostics: '"diagnoses" may hold 10000 concepts.' },
  },
} as const satisfies Record<string, CatalogueEntry>;
