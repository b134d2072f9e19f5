/** Refusals that stay: by a specification, or by a rule of the platform. Each is recognised by what the caller is told to do instead. */

export interface Told {
  readonly client: string;
  readonly version: string;
  readonly call: string;
  readonly ok: boolean;
  /** All that the client passes on. */
  readonly said: string;
}

export interface Judged extends Told {
  readonly outcome: 'works' | 'refused' | 'fault';
  /** Why it is refused. */
  readonly because?: string;
}

interface Refusal {
  readonly calls: RegExp;
  /** In the words that the client must pass on. */
  readonly says: RegExp;
  readonly because: string;
}

export const refusals: readonly Refusal[] = [
  {
    calls: /update without (?:If-Match|a version|ifMatch)/,
    says: /If-Match is required|412/,
    because:
      'The platform demands the version that an update replaces (FHIR R5 http.html, managing resource contention): of two writers at once none loses a change unseen.',
  },
  {
    calls: /XML Patch|merge patch|a part of the resource as a patch|JSON Patch as application\/(?:fhir\+)?json/,
    says: /application\/json-patch\+json/,
    because: 'Of the patches of FHIR R5 JSON Patch and FHIRPath Patch are taken; the Content-Type says which it is.',
  },
  {
    calls: /search by GET at _search/,
    says: /search by GET at \/Patient/,
    because: 'FHIR R5 has _search for POST alone.',
  },
  {
    calls: /search from an offset/,
    says: /_offset/,
    because: '_offset is a parameter of HAPI alone; pages are followed by the links of a Bundle.',
  },
  {
    calls: /history at times/,
    says: /_at stands 2 times; it can stand once/,
    because: '_at holds one period; HAPI writes a range as two.',
  },
  {
    calls: /transaction of resources without requests/,
    says: /request\.url is absent\. Send the address/,
    because: 'FHIR R5 demands request in each entry of a transaction; HAPI leaves request.url out.',
  },
  {
    calls: /checks a token by discovery alone \(issuer-uri\)/,
    says: /typ/,
    because:
      'Without more Spring takes a typ of JWT alone, and access tokens have at+jwt (RFC 9068); docs/tokens.md has the lines.',
  },
  {
    calls: /FHIR?\.r5: transaction/i,
    says: /Bearer/,
    because: 'This client sends a transaction without the headers that were set, so without a token.',
  },
  {
    calls: /search with sort and include|_sort:desc/,
    says: /_sort:desc/,
    because: '_sort:desc is of DSTU2; R5 writes _sort=-date.',
  },
  { calls: /^fhir\.js: validate/, says: /\/Patient\/_validate/, because: '_validate is of DSTU1; R5 has $validate.' },
  {
    calls: /search with an array in params$|jQuery without a cache/,
    says: /Did you mean/,
    because:
      'A parameter that is unknown is refused, never ignored: it would find more than was asked for. The client can be told to write arrays as FHIR does.',
  },
  {
    calls: /axios: search by POST$|search by POST of JSON|operation by POST of a form/,
    says: /Content-Type is .*Accepted (?:is|are)/,
    because:
      'Parameters of a search by POST are an application/x-www-form-urlencoded form; those of an operation are Parameters.',
  },
  {
    calls: /plain (?:PKCE|challenge)/,
    says: /code_challenge_method/,
    because: 'Of the methods of PKCE S256 alone is offered, and said in discovery (RFC 9700 section 2.1.1).',
  },
  {
    calls: /\(id_token\)/,
    says: /response_type|unsupported|authorization response from the server is an error/,
    because:
      'Implicit and hybrid answers are not offered, and not said in discovery (RFC 9700 section 2.1.2): set response_type to code.',
  },
  {
    calls: /signed request object/,
    says: /request/,
    because: 'Request objects are not offered, and not said in discovery; a request can be pushed (RFC 9126).',
  },
  {
    calls: /refresh with narrower scopes/,
    says: /not granted with this refresh token/,
    because: 'A refresh names scopes as they were granted (RFC 6749 section 6).',
  },
  {
    calls: /openid-client-5: device/,
    says: /not registered for this grant_type/,
    because: 'The client is not registered for devices.',
  },
  {
    calls: /body, json|token: (?:JSON|multipart)/,
    says: /form body with Content-Type: application\/x-www-form-urlencoded/,
    because: 'A token request is a form (RFC 6749 section 4.4.2).',
  },
  {
    calls: /client-oauth2: password/,
    says: /does not support the grant_type/,
    because: 'The password grant is no longer used (RFC 9700 section 2.4).',
  },
  {
    calls: /private_key_jwt, with its own hour/,
    says: /exp at most 300 seconds ahead/,
    because: 'SMART App Launch lets an assertion live for five minutes; the library takes exp among its claims.',
  },
  {
    calls: /express-oauth2-jwt-bearer: a token, by discovery/,
    says: /Unexpected 'alg' value/,
    because:
      'This library takes the algorithms of id_tokens for those of access tokens. With issuer and jwksUri in the place of issuerBaseURL it takes them.',
  },
  {
    calls:
      /media type of DSTU2|application\/json\+fhir|_format=html|fhirVersion of R4|Content-Type of (?:a text|a form)|binary without Content-Type/,
    says: /available are application\/fhir\+json|Accepted are application\/fhir\+json/,
    because: 'The server speaks FHIR R5 in application/fhir+json and application/fhir+xml.',
  },
  {
    calls: /a slash at the end of a|two slashes|capabilities with a slash/,
    says: /slash too many/,
    because:
      'An address with an empty id is no address of a type: what was meant for one resource would be done to all.',
  },
  { calls: /_pretty=True/, says: /_pretty is true or false/, because: 'A boolean of FHIR is true or false.' },
  {
    calls: /_lastUpdated with a space/,
    says: /%2B/,
    because: 'A plus sign in an address is a space; write %2B.',
  },
  {
    calls: /none in the body of an update/,
    says: /id/,
    because: 'FHIR R5 demands the id in the body of an update, and 400 without it.',
  },
  {
    calls: /without quotes|no quotes/,
    says: /an entity tag is written/,
    because: 'An entity tag has quotes (RFC 9110 section 8.8.3).',
  },
  {
    calls: /If-Match, a strong tag/,
    says: /current version/,
    because: 'The tag is read, and names a version that is not the current one.',
  },
  {
    calls: /If-Match at a create/,
    says: /does not support If-Match/,
    because: 'A condition that cannot be honoured is refused, never ignored.',
  },
  {
    calls: /as serializers leave them/,
    says: /resource-invalid/,
    because: 'FHIR R5 forbids null for an element that is left out, and arrays without items.',
  },
  { calls: /X-HTTP-Method-Override/, says: /not supported at/, because: 'The method of a request is that of HTTP.' },
  {
    calls: /(?:If-None-Exist|ifNoneExist of a Bundle): _(?:summary|elements|count|total|sort)/,
    says: /criteria alone/,
    because: 'Criteria say which resource is meant; what says how an answer looks means nothing there.',
  },
  { calls: /request.method in small letters/, says: /it is one of GET/, because: 'Codes of FHIR are case-sensitive.' },
  {
    calls: /entry: a search by POST/,
    says: /_search/,
    because: 'An entry searches by GET.',
  },
  {
    calls: /token: scope with (?:spaces|two|commas)/,
    says: /scope/,
    because: 'Scopes stand with one space between them (RFC 6749 section 3.3).',
  },
  {
    calls: /by Basic, id and secret in the form too|by Basic, another id|token of before in Authorization/,
    says: /Authenticate the client once|client_id of the form body is not|Use HTTP Basic/,
    because: 'A client authenticates in one way for each request (RFC 6749 section 2.3).',
  },
  {
    calls: /token: (?:a charset of ISO|Content-Encoding|no Content-Type|by GET|a slash)/,
    says: /error_description/,
    because: 'The token endpoint takes a form in UTF-8 by POST, at the address of discovery.',
  },
  {
    calls: /^habits of others: discovery: (?!smart)/,
    says: /404|401/,
    because: 'What there is stands in /.well-known/openid-configuration of the issuer, as it is written there.',
  },
];

/** A call that works although a refusal is listed for it is a fault too: the list says what is not so. */
export function judged(told: Told): Judged {
  const refusal = refusals.find(({ calls }) => calls.test(`${told.client}: ${told.call}`));
  if (refusal === undefined) return { ...told, outcome: told.ok ? 'works' : 'fault' };
  const isAsListed = !told.ok && refusal.says.test(told.said);
  return isAsListed ? { ...told, outcome: 'refused', because: refusal.because } : { ...told, outcome: 'fault' };
}
