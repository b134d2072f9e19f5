import type { CatalogueEntry } from './entry.ts';

/** Failures of a search. https://hl7.org/fhir/R5/search.html#errors */
export const searchErrors = {
  'search-parameter-unknown': {
    status: 400,
    issue: 'not-supported',
    severity: 'error',
    when: 'The type that is searched has no parameter of this name. It is never ignored silently: the answer would hold what was not asked for.',
    remedy:
      'Take the name from `rest.resource.searchParam` in `/metadata`; names are case-sensitive. With `Prefer: handling=lenient` the parameter is left out, and the answer says so.',
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
    when: 'A SearchParameter that this environment has of its own was stored a while ago, and not all resources are indexed by it. Until then a search could miss some, so it is not carried out. Everything else works.',
    remedy: 'Repeat after `Retry-After`. `npx dhp reindex` shows the progress.',
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
    when: 'Resources that were stored before were indexed anew, after an upgrade or for a new SearchParameter, and the values of this parameter cost more work than ten times `DHP_RESOURCE_WORK` for some of them. A search by it would miss these, so it is not carried out, also where it decides on a conditional write. Everything else finds them.',
    remedy:
      'Search by another parameter. The administrator sees the resources in the check `index` of `/readyz` and with `npx dhp reindex`, and raises `DHP_RESOURCE_WORK`, or changes the SearchParameter or the resources; the server then tries again by itself.',
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
    when: 'A search, a chain, `_has`, `_filter`, `_sort`, an include, a compartment or the criteria of a conditional request name a parameter that looks at an element which an access policy hides from this client or person. The answer is the same whatever is stored.',
    remedy: 'Search by another parameter. The operators of the environment know which policy is about you.',
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
    when: 'A search, a conditional request or a scope asks for more of something than one may: parameters, values between commas, keys of `_sort`, includes, references in a chain, brackets or tests of a `_filter`, words. The limits are fixed, and far above what is known to be asked: [search.md](search.md#limits) lists them. Nothing is left out instead, also with `Prefer: handling=lenient`.',
    remedy: 'Do as the sentence says: it names the limit.',
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
    when: 'A SearchParameter with the status `active` is stored whose expression cannot be compiled, whose code is taken on one of its bases, or that has what this server does not do. One issue tells each mistake.',
    remedy:
      'Correct the elements as the diagnostics say. With the status `draft` it is stored as it is and has no effect.',
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
    when: '`_type`, a chain, `_has` or `_include` names a type that R5 does not have, or to which the reference cannot lead.',
    remedy: 'Correct the type; names are case-sensitive.',
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
    when: 'What stands after the colon is no modifier of FHIR, or none for this type of parameter.',
    remedy: 'Use a modifier of the parameter’s type (docs/search.md lists them), or none.',
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
    when: 'A value cannot be one of the parameter’s type: a date that is none, a number with letters. A well-formed code or reference that exists nowhere is no error and finds nothing.',
    remedy: 'Correct the value as the diagnostics say.',
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
    when: 'A search by `:in`, `:not-in`, `:below` or `:above` is about more codes than `DHP_MEMBERSHIP_LIMIT`.',
    remedy: 'Search by a smaller value set or a narrower code, or have the operator raise `DHP_MEMBERSHIP_LIMIT`.',
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
    when: 'A parameter is used where it can mean nothing, or twice where it can stand once, or with another that it excludes.',
    remedy: 'Change the search as the diagnostics say.',
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
    when: 'FHIR R5 has it, and this server cannot do it.',
    remedy: 'Search without it; docs/search.md tells what is supported.',
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
    when: '`GET [base]/Patient/123/Medication`: R5 has no such compartment, or this type cannot be in it.',
    remedy: 'Search the type itself, with a parameter for the reference. docs/search.md names the compartments.',
    example: {
      values: { type: 'Medication', compartment: 'Patient' },
      diagnostics: 'Medication cannot be in the compartment of a Patient.',
    },
  },
  'search-form-expected': {
    status: 415,
    issue: 'not-supported',
    severity: 'error',
    when: 'The body of `POST … /_search` is something else than a form.',
    remedy: 'Send the parameters as a form, in UTF-8. Those of the URL count too.',
    example: {
      values: {},
      diagnostics: 'Content-Type is "application/fhir+json". Accepted is application/x-www-form-urlencoded.',
    },
  },
  'page-link-invalid': {
    status: 400,
    issue: 'value',
    severity: 'error',
    when: '`_cursor` was not made by this environment for this search, or the parameters beside it were changed.',
    remedy: 'Follow `next` and `previous` as they are, or begin again without `_cursor`.',
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
    when: 'A link to a page is good for a day. One of a search whose parameters are too long for an address names them (`_kept`); they are kept as long, the last hundred such searches of a caller, unless the database has failed. A link also ends when the database was replaced by a standby or restored, and with a crash that lost numbers of transactions which the first page had seen: all pages show its state by these numbers, which may then be those of others.',
    remedy: 'Begin the search again, without `_cursor` and `_kept`.',
    example: {
      values: {},
      diagnostics: 'The link was good until 2026-11-25T09:30:00.000Z. Begin again without _cursor.',
      expression: 'http._cursor',
    },
  },
  'search-timeout': {
    status: 503,
    issue: 'timeout',
    severity: 'error',
    retryAfter: 10,
    when: 'The database did not answer a search in its time limit.',
    remedy: 'Name a patient, a code or a period; leave out `_total=accurate` and `_sort`; ask for smaller pages.',
    example: { values: {}, diagnostics: 'The search of Observation was ended by the time limit of the database.' },
  },
  'search-parameters-changed': {
    status: 503,
    issue: 'transient',
    severity: 'error',
    retryAfter: 1,
    when: 'A SearchParameter of the environment changed, on this or another server, between the moment a request was understood and the moment its statement ran. A search is understood anew by itself; a conditional write is refused, because by the old definition it could miss a match and store a duplicate.',
    remedy: 'Repeat after `Retry-After`.',
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
    when: 'Resources that were stored before are being indexed, after an upgrade or a restore. Until that is done a search could miss some, so it is not carried out. Where the index is searched as the release before made it until the next one is complete, only searches that ask for what it has not are refused. Reads and writes work.',
    remedy: 'Repeat after `Retry-After`. `npx dhp reindex` shows the progress.',
    example: { values: { percent: '42' }, diagnostics: '420,000 of about 1,000,000 resources are indexed.' },
  },
} as const satisfies Record<string, CatalogueEntry>;
