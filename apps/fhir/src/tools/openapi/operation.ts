/** One operation of the description: a route at the address of a type, or of the system. */
import type { OwnParameters } from '@dhp/fhir-search/parameters';
import type { Route } from '../../contract/route.ts';
import type { Operation } from '../../operations/operation.ts';
import { bodyOf, fhirContent, headersOf, parameters as components } from './request-parts.ts';
import { responsesOf } from './responses.ts';
import { searchParameterObjects } from './search-parameters.ts';
import type { Schema } from './schemas.ts';

export interface Place {
  readonly route: Route;
  /** As OpenAPI writes it: `/Patient/{id}`. */
  readonly path: string;
  /** '' for the system. */
  readonly type: string;
  readonly operation: Operation | undefined;
  readonly compartment?: string;
  /** Types that `{member}` can be. */
  readonly members: readonly string[] | undefined;
}

export interface Describing {
  /** Gets the schemas that parameters refer to. */
  readonly schemas: Record<string, Schema>;
  readonly own: OwnParameters | undefined;
  readonly isBrief: boolean;
}

const summaries: ReadonlyMap<string, string> = new Map(
  Object.entries<string>({
    capabilities: 'What the server can do',
    openapi: 'This description',
    'postman-collection': 'A Postman collection with requests that run',
    'postman-environment': 'The environment of the Postman collection',
    'smart-configuration': 'Where the Single Sign-On is, and what of SMART works',
    healthz: 'Whether the process runs',
    readyz: 'Whether the server can answer',
    'search-system': 'Search of several types',
    'search-type': 'Search of a type',
    'search-compartment': 'Search of what belongs to a resource',
    'batch/transaction': 'Many requests in one: each by itself, or all or none',
    create: 'Create; with If-None-Exist where nothing meets the criteria',
    read: 'Read',
    vread: 'Read a version',
    update: 'Update, or create under that id',
    patch: 'Patch',
    delete: 'Delete',
    'conditional-update': 'Update what meets criteria, or create it',
    'conditional-patch': 'Patch what meets criteria',
    'conditional-delete': 'Delete what meets criteria',
    'history-instance': 'Versions of a resource',
    'history-type': 'Versions of all resources of a type',
    'history-system': 'Versions of all resources',
    'operation-definition': 'The definition of an operation',
  }),
);

/** https://spec.openapis.org/oas/v3.1.1.html#operation-object */
export interface OperationObject {
  readonly parameters?: readonly object[];
  readonly [member: string]: unknown;
}

export function operationObject(place: Place, describing: Describing): OperationObject {
  const { route, type, operation } = place;
  const { isBrief } = describing;
  const parameters = parametersOf(place, describing);
  const requestBody = bodyOf(route, type, { schema: bodySchema(place, isBrief), isBrief });
  return {
    summary: operation?.title ?? summaries.get(route.interaction) ?? route.interaction,
    ...(!isBrief && { operationId: operationId(place), ...(type !== '' && { tags: [type] }) }),
    security: securityOf(place, isBrief),
    ...(parameters.length > 0 && { parameters }),
    ...(requestBody !== undefined && { requestBody }),
    responses: responsesOf(route, answerContent(place, isBrief), isBrief),
    'x-fhir-interaction': route.interaction,
  };
}

/** `get_Patient_id_history`: the method and the address. */
function operationId({ route, path }: Place): string {
  const words = path.split(/[^A-Za-z0-9]+/).filter((word) => word !== '');
  return [route.method.toLowerCase(), ...words].join('_');
}

/** https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html */
function securityOf({ route: { permission }, type }: Place, isBrief: boolean): object[] {
  if (permission === 'public') return [];
  const named = isBrief || type === '' ? '*' : type;
  const letter = permission.length === 1 ? permission : permission === 'types' ? 's' : undefined;
  return [{ sso: letter === undefined ? [] : [`system/${named}.${letter}`] }];
}

const ref = (name: string): object => ({ $ref: `#/components/parameters/${name}` });

/** Parameters of `components` by reference, others inline. */
function parametersOf(place: Place, describing: Describing): object[] {
  const { route, path, type, members } = place;
  const variables = ['id', 'versionId'].filter((name) => path.includes(`{${name}}`)).map(ref);
  const member = { name: 'member', in: 'path', required: true, schema: { type: 'string', enum: members } };
  return [
    ...variables,
    ...(members === undefined ? [] : [member]),
    ...queryOf(place, describing),
    ...headersOf(route, type).map(ref),
  ];
}

const general = ['_format', '_pretty', '_summary', '_elements'];
/** Parameters that shape the answer of a search. */
const ofAnswers = ['_has', '_include', '_revinclude', '_sort', '_count', '_maxresults', '_total', '_score'];
const ofContained = ['_contained', '_containedType', '_cursor'];

function queryOf({ route, type, operation }: Place, { schemas, own, isBrief }: Describing): object[] {
  const { parameters, interaction, method } = route;
  if (interaction === 'openapi') return [ref('type')];
  if (parameters === 'any') return [];
  if (parameters === 'search') {
    if (interaction.startsWith('conditional')) return [ref('criteria')];
    if (method === 'POST') return [];
    const found = searchParameterObjects(type === '' ? 'Basic' : type, schemas, { own, isBrief });
    const searched = type === '' ? [ref('_type'), ref('criteria')] : found;
    // An operation that accepts a search has its own parameters besides, and no paging.
    const beside = operation?.parameters.filter(({ use }) => use === 'in').map(inputObject);
    if (beside !== undefined) return [...beside, ...searched, ...general.map(ref)];
    return [...searched, ...[...general, ...ofAnswers, ...ofContained].map(ref)];
  }
  const level = route.path.includes(':id') ? 'instance' : 'type';
  const inputs = operation?.parameters.filter(({ use, name }) => use === 'in' && parameters.includes(name)) ?? [];
  const taken = inputs.filter(({ scope, type = '' }) => scope?.includes(level) !== false && simple.has(type));
  const isInput = new Set(inputs.map(({ name }) => name));
  const named = parameters.filter((name) => !isInput.has(name) && Object.hasOwn(components, name));
  return [...taken.map(inputObject), ...named.map(ref), ...general.map(ref)];
}

/** Types of input parameters that a query can hold. */
const simple: ReadonlySet<string> = new Set([
  ...['boolean', 'canonical', 'code', 'date', 'dateTime', 'id', 'instant', 'integer', 'string', 'uri'],
  ...['decimal', 'positiveInt'],
]);

function inputObject({ name, documentation, min, max, type }: Operation['parameters'][number]): object {
  const kinds: Readonly<Record<string, string>> = {
    ...{ boolean: 'boolean', decimal: 'number', integer: 'integer', positiveInt: 'integer' },
  };
  const one = { type: kinds[type ?? ''] ?? 'string' };
  return {
    ...{ name, in: 'query', description: documentation },
    ...(min > 0 && { required: true }),
    schema: max === '*' ? { type: 'array', items: one } : one,
  };
}

function schemaFor(type: string, isBrief: boolean): Schema {
  return { $ref: `#/components/schemas/${isBrief || type === '' ? 'Resource' : type}` };
}

function bodySchema({ route: { interaction }, type }: Place, isBrief: boolean): Schema {
  if (interaction === 'batch/transaction') return schemaFor('Bundle', isBrief);
  return interaction.startsWith('$') ? schemaFor('', isBrief) : schemaFor(type, isBrief);
}

/** Interactions whose answers are no FHIR resources. */
const plain = new Set([
  ...['smart-configuration', 'healthz', 'readyz', 'openapi', 'postman-collection', 'postman-environment'],
]);

function answerContent({ route: { interaction }, type, operation }: Place, isBrief: boolean): Schema {
  if (plain.has(interaction)) return { 'application/json': { schema: { type: 'object' } } };
  const isBundle = /^(?:search|history|batch)/.test(interaction);
  const returned = operation?.parameters.find(({ use, name }) => use === 'out' && name === 'return')?.type;
  const known = returned === 'Bundle' || returned === 'OperationOutcome' ? returned : '';
  const named = isBundle ? 'Bundle' : operation !== undefined ? known : type;
  const content = fhirContent(
    named === 'OperationOutcome' ? { $ref: '#/components/schemas/OperationOutcome' } : schemaFor(named, isBrief),
  );
  return type === 'Binary' && interaction === 'read' ? { ...content, '*/*': { schema: { type: 'string' } } } : content;
}
