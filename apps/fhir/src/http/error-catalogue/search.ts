import type { CatalogueEntry } from './entry.ts';

/** Failures of a search. https://hl7.org/fhir/R5/search.html#errors */
export const searchErrors = {
  'search-parameter-unknown': {
    status: 400,
    issue: 'not-supported',
    severity: 'error',
    example: {
      values: { name: 'birthday', near: 'birthdate' },
      diagnostics: 'birthday. Expected: a search parameter of Patient. Did you mean birthdate?',
      expression: 'http.birthday',
    },
  },
  'search-parameter-not-ready': {
    status: 400,
    issue: 'transient',
    severity: 'error',
    retryAfter: 10,
    example: {
      values: { name: 'birth-place', percent: '42' },
      diagnostics: 'birth-place: birth-place is new: 42 % of the resources are indexed by it.',
      expression: 'http.birth-place',
    },
  },
  'search-parameter-incomplete': {
    status: 503,
    issue: 'transient',
    severity: 'error',
    retryAfter: 600,
    example: {
      values: { name: 'code-value-concept', count: '2' },
      diagnostics:
        'code-value-concept: the values of code-value-concept could not be computed for 2 of the stored resources.',
      expression: 'http.code-value-concept',
    },
  },
  'search-parameter-hidden': {
    status: 403,
    issue: 'forbidden',
    severity: 'error',
    example: {
      values: { name: 'birthdate' },
      diagnostics: 'birthdate: an access policy of this environment hides from you what birthdate looks at.',
      expression: 'http.birthdate',
    },
  },
  'search-too-large': {
    status: 400,
    issue: 'too-costly',
    severity: 'error',
    example: {
      values: {
        ...{
          name: '_sort',
          sortKeys: '10',
          parameters: '',
          values: '',
          allValues: '',
          comparisons: '',
          includes: '',
          depth: '',
          links: '',
          steps: '',
        },
        ...{ filterNesting: '', filterTests: '', textWords: '', textNesting: '' },
      },
      diagnostics: '_sort: at most 10 parameters to sort by.',
      expression: 'http._sort',
    },
  },
  'search-parameter-invalid': {
    status: 422,
    issue: 'invalid',
    severity: 'error',
    example: {
      values: { place: 'SearchParameter.expression' },
      diagnostics:
        'SearchParameter.expression: a FHIRPath expression; there is no function frist() (line 1, column 14).',
      expression: 'SearchParameter.expression',
    },
  },
  'search-type-unknown': {
    status: 400,
    issue: 'not-supported',
    severity: 'error',
    example: {
      values: { name: 'subject:patient.name', near: 'Patient' },
      diagnostics: 'subject:patient.name=Usmonov. Expected: the name of a type of resource. Did you mean Patient?',
      expression: 'http.subject:patient.name',
    },
  },
  'search-modifier-unknown': {
    status: 400,
    issue: 'not-supported',
    severity: 'error',
    example: {
      values: { name: 'birthdate:exact', near: 'missing' },
      diagnostics: 'birthdate:exact: birthdate of Patient is of type date and can have one of :missing, not :exact.',
      expression: 'http.birthdate:exact',
    },
  },
  'search-value-invalid': {
    status: 400,
    issue: 'value',
    severity: 'error',
    example: {
      values: { name: 'date', value: 'yesterday' },
      diagnostics: 'date=yesterday. Expected: a date such as 2026-11-25, perhaps with a prefix.',
      expression: 'http.date',
    },
  },
  'value-set-too-large': {
    status: 422,
    issue: 'too-costly',
    severity: 'error',
    example: {
      values: { name: 'http://snomed.info/sct?fhir_vs', limit: '100000' },
      diagnostics:
        'http://snomed.info/sct?fhir_vs has 360000 codes; a search by the codes of a value set or hierarchy takes up to 100000 (DHP_MEMBERSHIP_LIMIT). Search by a part of it: a smaller value set, or a narrower code with :below.',
    },
  },
  'search-combination-invalid': {
    status: 400,
    issue: 'invalid',
    severity: 'error',
    example: {
      values: { name: '_count' },
      diagnostics: '_count=20. Expected: _count once.',
      expression: 'http._count',
    },
  },
  'search-unsupported': {
    status: 400,
    issue: 'not-supported',
    severity: 'error',
    example: {
      values: { name: '_graph' },
      diagnostics: '_graph: graphs of resources are not returned.',
      expression: 'http._graph',
    },
  },
  'compartment-member-unknown': {
    status: 404,
    issue: 'not-found',
    severity: 'error',
    example: {
      values: { type: 'Medication', compartment: 'Patient' },
      diagnostics: 'Medication cannot be in the compartment of a Patient.',
    },
  },
  'search-form-expected': {
    status: 415,
    issue: 'not-supported',
    severity: 'error',
    example: {
      values: {},
      diagnostics: 'Content-Type is "application/fhir+json". Accepted is application/x-www-form-urlencoded.',
    },
  },
  'page-link-invalid': {
    status: 400,
    issue: 'value',
    severity: 'error',
    example: {
      values: {},
      diagnostics: '_cursor is not one that this server gave out for this search.',
      expression: 'http._cursor',
    },
  },
  'page-link-expired': {
    status: 410,
    issue: 'expired',
    severity: 'error',
    example: {
      values: {},
      diagnostics: 'The link was good until 2026-11-25T09:30:00.000Z. Begin again without _cursor.',
      expression: 'http._cursor',
    },
  },
  'changes-cursor-invalid': {
    status: 400,
    issue: 'value',
    severity: 'error',
    example: {
      values: {},
      diagnostics:
        'after is no cursor that this server gave out. Take it as it is from the link "next" of an answer, or begin without after.',
      expression: 'http.after',
    },
  },
  'changes-cursor-gone': {
    status: 410,
    issue: 'expired',
    severity: 'error',
    example: {
      values: {},
      diagnostics:
        'The database was replaced, restored or lost its last transactions since the cursor was given out, so that nobody knows what you lack. Begin again: GET $changes without after.',
      expression: 'http.after',
    },
  },
  'search-timeout': {
    status: 503,
    issue: 'timeout',
    severity: 'error',
    retryAfter: 10,
    example: { values: {}, diagnostics: 'The search of Observation was ended by the time limit of the database.' },
  },
  'search-parameters-changed': {
    status: 503,
    issue: 'transient',
    severity: 'error',
    retryAfter: 1,
    example: {
      values: {},
      diagnostics: 'A SearchParameter of this environment was stored, changed or deleted at this moment.',
    },
  },
  'search-index-building': {
    status: 503,
    issue: 'transient',
    severity: 'error',
    retryAfter: 30,
    example: { values: { percent: '42' }, diagnostics: '420,000 of about 1,000,000 resources are indexed.' },
  },
} as const satisfies Record<string, CatalogueEntry>;
