/** Parameters and bodies of requests in OpenAPI form, from the table of routes. */
import { mayWrite, type Route } from '../../contract/route.ts';
import { purposes } from '../../access/stated-purpose.ts';
import { patchTypes } from '../../http/content-type.ts';
import { viewCriteria } from '../../operations/view-definitions/search.ts';
import { mayComeFromReplica } from '../../pipeline/from-replica.ts';
import { maxCount } from '../../search/results.ts';
import type { Schema } from './schemas.ts';

const text: Schema = { type: 'string' };
const query = (name: string, description: string, schema: Schema = text): object => ({
  ...{ name, in: 'query', description, schema },
});
const header = (name: string, description: string, schema: Schema = text): object => ({
  ...{ name, in: 'header', description, schema },
});
const oneOf = (...values: readonly string[]): Schema => ({ type: 'string', enum: values });

/** `components.parameters`, by their name. */
export const parameters: Readonly<Record<string, object>> = {
  id: { name: 'id', in: 'path', required: true, schema: { type: 'string', pattern: '^[A-Za-z0-9\\-.]{1,64}$' } },
  versionId: { name: 'versionId', in: 'path', required: true, schema: { type: 'string', pattern: '^[1-9][0-9]*$' } },
  _format: query('_format', 'json or xml, or a media type; before Accept'),
  _pretty: query('_pretty', 'Whether the answer is indented', { type: 'boolean' }),
  _summary: query('_summary', 'A part of each resource', oneOf('true', 'text', 'data', 'count', 'false')),
  _elements: query('_elements', 'Elements of the resource, with commas'),
  _type: query('_type', 'Types, with commas'),
  _has: query(
    '_has',
    'A resource that refers to the match: _has:Observation:subject:code=…; the name goes on in the query',
  ),
  _include: query('_include', 'What matches refer to: Type:parameter, or Type:parameter:Target', list()),
  _revinclude: query('_revinclude', 'What refers to matches: Type:parameter', list()),
  _sort: query('_sort', 'Parameters with commas; - before one is descending'),
  _count: query('_count', `Entries of a page, ${maxCount} at most`, { type: 'integer', minimum: 0 }),
  _maxresults: query('_maxresults', 'Matches in all', { type: 'integer', minimum: 0 }),
  _total: query('_total', 'Whether the number of matches is told', oneOf('none', 'estimate', 'accurate')),
  _score: query('_score', 'Whether each match has its score', { type: 'boolean' }),
  _contained: query('_contained', 'Whether contained resources are found', oneOf('false', 'true', 'both')),
  _containedType: query('_containedType', 'The resource that is answered with', oneOf('container', 'contained')),
  _cursor: query('_cursor', 'Where a page begins: only in links that the server gives'),
  _since: query('_since', 'What was stored at that time or later', { type: 'string', format: 'date-time' }),
  _before: query('_before', 'Versions before that one'),
  _after: query('_after', 'Versions after that one'),
  _at: query('_at', 'Versions that were current at some time of that period'),
  _list: query('_list', 'What a List names'),
  _cascade: query('_cascade', 'Whether what refers to the resource is deleted, too', oneOf('delete')),
  mode: query(
    'mode',
    'The CapabilityStatement, or the TerminologyCapabilities',
    oneOf('full', 'normative', 'terminology'),
  ),
  type: query('type', 'Types of resources, with commas; without it all, in a more compact form'),
  ...Object.fromEntries(
    viewCriteria.map((name) => [name, query(name, 'Of ViewDefinitions: values with commas, of which one is met')]),
  ),
  criteria: {
    ...{ name: 'criteria', in: 'query', style: 'form', explode: true },
    description: 'Parameters of a search of the type, which find the resource',
    schema: { type: 'object', additionalProperties: text },
  },
  IfMatch: header('If-Match', 'The version that was read: W/"3"'),
  IfNoneMatch: header('If-None-Match', 'A read: the version that is there already. A write: * to create only'),
  IfModifiedSince: header('If-Modified-Since', 'A time of HTTP; nothing newer is 304'),
  IfNoneExist: header('If-None-Exist', 'Criteria of a search: creates only where nothing meets them'),
  Prefer: header('Prefer', 'return=minimal, return=representation or return=OperationOutcome; handling=lenient'),
  XProvenance: header('X-Provenance', 'A Provenance in JSON, without target, that is stored with the write'),
  XCascade: header('X-Cascade', 'delete: what refers to the resource is deleted, too', oneOf('delete')),
  XSecurityContext: header('X-Security-Context', 'The resource that decides who may see the Binary'),
  XPurposeOfUse: header('X-Purpose-Of-Use', 'The purpose of use of the request', oneOf(...purposes)),
  XBreakGlassPatient: header('X-Break-Glass-Patient', 'With ETREAT: the one patient'),
  XBreakGlassReason: header('X-Break-Glass-Reason', 'With ETREAT: a reason in words, percent-encoded'),
  XMaxStaleness: header('X-Max-Staleness', 'Seconds by which the answer may be older than the newest', {
    ...{ type: 'integer', minimum: 0, maximum: 3_600 },
  }),
  XPosition: header(
    'X-Position',
    'With X-Max-Staleness: X-Position of the answer to a write, which the answer is to show',
  ),
  XRequestId: header('X-Request-Id', 'A name of the request, for the logs of both sides'),
  AcceptLanguage: header('Accept-Language', 'The language of sentences: uz, ru or en'),
  DPoP: header('DPoP', 'The proof of possession of a token that is bound to a key (RFC 9449)'),
};

function list(): Schema {
  return { type: 'array', items: text };
}

const conditionNames = {
  'if-match': 'IfMatch',
  'if-none-match': 'IfNoneMatch',
  'if-modified-since': 'IfModifiedSince',
  'if-none-exist': 'IfNoneExist',
} as const;

/** The names of the header parameters of a route; `type`: the one at its address. */
export function headersOf(route: Route, type: string): string[] {
  const { interaction, permission, conditions, method, path } = route;
  if (permission === 'public' && interaction !== 'capabilities') return ['XRequestId', ...conditions.map(nameOf)];
  const writesOne = ['create', 'update', 'patch', 'conditional-update', 'conditional-patch'].includes(interaction);
  const isProvided = writesOne || interaction === 'batch/transaction';
  return [
    ...conditions.map(nameOf),
    ...(mayWrite(route) || path.endsWith('_search') || route.parameters === 'search' ? ['Prefer'] : []),
    ...(isProvided ? ['XProvenance'] : []),
    ...(method === 'DELETE' && interaction === 'delete' ? ['XCascade'] : []),
    ...(type === 'Binary' && (interaction === 'create' || interaction === 'update') ? ['XSecurityContext'] : []),
    ...(mayComeFromReplica(route) ? ['XMaxStaleness', 'XPosition'] : []),
    ...(permission === 'public' ? [] : ['XPurposeOfUse', 'XBreakGlassPatient', 'XBreakGlassReason', 'DPoP']),
    ...['XRequestId', 'AcceptLanguage'],
  ];
}

function nameOf(condition: Route['conditions'][number]): string {
  return conditionNames[condition];
}

/** The content of a FHIR answer or body in both formats. */
export function fhirContent(schema: Schema): Schema {
  return { 'application/fhir+json': { schema }, 'application/fhir+xml': { schema: { type: 'string' } } };
}

const form: Schema = {
  type: 'object',
  description: 'The same parameters as in an address',
  additionalProperties: text,
};
const anyResource: Schema = { $ref: '#/components/schemas/Resource' };

/** `components.requestBodies` of a brief description. */
export const sharedBodies = {
  Resource: { required: true, content: fhirContent(anyResource) },
  Form: { content: { 'application/x-www-form-urlencoded': { schema: form } } },
  Patch: { required: true, content: patchContent() },
  Input: { content: fhirContent(anyResource) },
} as const;

/** `requestBody`; undefined if the route takes none. */
export function bodyOf(
  { method, interaction, parameters: taken, ofType }: Route,
  type: string,
  { schema, isBrief }: { readonly schema: Schema; readonly isBrief: boolean },
): object | undefined {
  if (method === 'GET' || method === 'DELETE') return undefined;
  const shared = (name: keyof typeof sharedBodies): object =>
    isBrief ? { $ref: `#/components/requestBodies/${name}` } : sharedBodies[name];
  if (taken === 'search' && method === 'POST') return shared('Form');
  if (method === 'PATCH') return shared('Patch');
  if (interaction.startsWith('$')) return shared('Input');
  // A type that R5 does not have has no XML form.
  if (ofType !== undefined) return { required: true, content: { 'application/fhir+json': { schema: anyResource } } };
  if (isBrief && type !== 'Binary') return shared('Resource');
  return {
    required: true,
    content: { ...fhirContent(schema), ...(type === 'Binary' && { '*/*': { schema: { type: 'string' } } }) },
  };
}

function patchContent(): Schema {
  const [jsonPatch, ...ofFhir] = patchTypes;
  const change = {
    type: 'object',
    required: ['op', 'path'],
    properties: { op: text, path: text, from: text, value: {} },
  };
  return {
    [jsonPatch]: { schema: { type: 'array', items: change } },
    ...Object.fromEntries(
      ofFhir.map((name) => [
        name,
        { schema: name.endsWith('json') ? { $ref: '#/components/schemas/Resource' } : { type: 'string' } },
      ]),
    ),
  };
}
