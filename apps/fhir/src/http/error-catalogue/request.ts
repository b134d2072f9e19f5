import type { CatalogueEntry } from './entry.ts';

/** Failures of the request line and the headers. */
export const requestErrors = {
  'request-malformed': {
    status: 400,
    issue: 'structure',
    severity: 'error',
    when: 'The request line, a header or the framing of the request cannot be read.',
    remedy: 'Use a standard HTTP client; look at what a proxy in between does.',
    example: { values: {}, diagnostics: 'Parse Error: Invalid method encountered (HPE_INVALID_METHOD).' },
  },
  'url-malformed': {
    status: 400,
    issue: 'invalid',
    severity: 'error',
    when: 'A percent sign does not begin a valid UTF-8 escape: in the path or the query of the address, a form, the criteria of `If-None-Exist`, the address of an entry or a conditional reference; the diagnostics name the parameter. Or the address, or `If-None-Exist`, has a letter that is not ASCII, the address a space; the diagnostics then hold what to send.',
    remedy: 'Encode the URL (`encodeURIComponent`; with curl `-G --data-urlencode "name=Карим"`); `|` is `%7C`.',
    example: { values: {}, diagnostics: "The path '/Patient/%E0' is not valid percent-encoding." },
  },
  'route-unknown': {
    status: 404,
    issue: 'not-found',
    severity: 'error',
    when: 'The path below the base URL is none that the server has.',
    remedy: 'Compare the path with `/metadata`; mind that names are case-sensitive.',
    example: {
      values: {},
      diagnostics: 'Nothing is served at "/a/b/c". What there is: https://playground.example.uz/fhir/metadata.',
    },
  },
  'type-unknown': {
    status: 404,
    issue: 'not-supported',
    severity: 'error',
    when: 'The first part of the path is not an R5 resource type that has an endpoint (`Parameters` has none).',
    remedy: 'Take the name from the list in `/metadata`; the diagnostics name the nearest one.',
    example: {
      values: { type: 'patient' },
      diagnostics: '"patient" is not a resource type of FHIR R5. Did you mean Patient?',
    },
  },
  'operation-unknown': {
    status: 404,
    issue: 'not-supported',
    severity: 'error',
    when: 'The path ends in `$` and a name that is no operation at this place: of the system, of the type, of a resource or of a version.',
    remedy: 'Take one of those named, or see `/metadata`.',
    example: {
      values: { operation: '$expunge', known: '$meta, $meta-add, $meta-delete' },
      diagnostics: '$expunge is no operation at /Patient/1/. There are: $meta, $meta-add, $meta-delete.',
    },
  },
  'operation-too-costly': {
    status: 422,
    issue: 'too-costly',
    severity: 'error',
    when: 'An operation would have to look at more than it may in one request.',
    remedy: 'Invoke it on a type instead of the system, or on a resource instead of a type.',
    example: { values: { operation: '$meta' }, diagnostics: 'There are more than 2000 labels.' },
  },
  'method-not-allowed': {
    status: 405,
    issue: 'not-supported',
    severity: 'error',
    when: 'The address exists, but not with this HTTP method. `Allow` names the ones that work.',
    remedy: 'Use one of the methods in `Allow`.',
    example: {
      values: { method: 'POST', allowed: 'GET, HEAD, PUT, DELETE' },
      diagnostics: 'POST is not supported at /Patient/1; to create a resource POST to /Patient.',
    },
  },
  'id-malformed': {
    status: 400,
    issue: 'invalid',
    severity: 'error',
    when: 'The id in the path breaks the rule of the FHIR data type `id`.',
    remedy: 'Correct the id.',
    example: { values: {}, diagnostics: 'The id "a_b" does not match [A-Za-z0-9\\-\\.]{1,64}.' },
  },
  'parameter-unknown': {
    status: 400,
    issue: 'not-supported',
    severity: 'error',
    when: 'The query has a parameter that this interaction does not know. A parameter is never ignored silently.',
    remedy: 'Remove it, or send `Prefer: handling=lenient` to have unknown parameters ignored.',
    example: {
      values: { name: '_sort' },
      diagnostics:
        'read knows these parameters: _format, _pretty, _summary, _elements. With "Prefer: handling=lenient" unknown ones are ignored.',
    },
  },
  'parameter-invalid': {
    status: 400,
    issue: 'value',
    severity: 'error',
    when: 'A known query parameter has a value that it cannot have.',
    remedy: 'Correct the value as the diagnostics say.',
    example: { values: { name: '_count' }, diagnostics: '_count is a whole number of 0 or more, not "ten".' },
  },
  'header-unsupported': {
    status: 400,
    issue: 'not-supported',
    severity: 'error',
    when: 'A conditional header (`If-None-Exist`, `If-None-Match` …) would change what the request means, and the server cannot honour it.',
    remedy: 'Send the request without this header.',
    example: { values: { name: 'If-None-Exist' }, diagnostics: 'create does not support If-None-Exist.' },
  },
  'if-match-malformed': {
    status: 400,
    issue: 'invalid',
    severity: 'error',
    when: '`If-Match` is neither `*` nor a list of entity tags (RFC 9110 section 13.1.1).',
    remedy: 'Copy the `ETag` of the last read, with `W/` and the quotes.',
    example: { values: {}, diagnostics: 'If-Match is "3"; an entity tag is written W/"3".' },
  },
  'not-acceptable': {
    status: 406,
    issue: 'not-supported',
    severity: 'error',
    when: '`Accept` or `_format` leaves out both JSON and XML (and the media type of a Binary), or asks for another FHIR version than 5.0.',
    remedy: 'Send `Accept: application/fhir+json`, or no `Accept` at all.',
    example: {
      values: {},
      diagnostics:
        'Accept is "text/turtle"; available are application/fhir+json and application/fhir+xml; fhirVersion=5.0.',
    },
  },
  'xml-impossible': {
    status: 406,
    issue: 'not-supported',
    severity: 'error',
    when: 'XML is wanted, but the resource holds what FHIR XML has no form for: an element that the type does not have, a value of the wrong form, a character that XML forbids.',
    remedy: 'Send `Accept: application/fhir+json`, and correct the element named.',
    example: {
      values: {},
      diagnostics: 'Patient has no element colour (line 1, column 27)',
      expression: 'Patient.colour',
    },
  },
  'headers-too-large': {
    status: 431,
    issue: 'too-long',
    severity: 'error',
    when: 'Request line and headers together are over 16 KiB.',
    remedy:
      'Send a search for hundreds of ids or codes by `POST [type]/_search`; the links of its pages stay short. A token needs less than 4 KiB.',
    example: { values: {}, diagnostics: 'Parse Error: Header overflow (HPE_HEADER_OVERFLOW).' },
  },
  'request-timeout': {
    status: 408,
    issue: 'timeout',
    severity: 'error',
    when: 'The client opened a request and did not finish sending it within the time limit.',
    remedy: 'Repeat the request.',
    example: { values: {}, diagnostics: 'Request timeout (ERR_HTTP_REQUEST_TIMEOUT).' },
  },
  'too-many-requests': {
    status: 429,
    issue: 'throttled',
    severity: 'error',
    when: 'The client, or its address, has used up its quota of requests. `RateLimit-Policy` says how large that is, `RateLimit` what is left.',
    remedy:
      'Wait for the seconds of `Retry-After`. Send fewer and larger requests: transactions, `_include`, pages of more entries.',
    example: {
      values: { seconds: '1' },
      diagnostics: 'One node answers 60000 requests of this client in 60 seconds. Come again in 1.',
    },
  },
} as const satisfies Record<string, CatalogueEntry>;
