/**
 * OpenAPI 3.1 description of a FHIR server, generated from the tables of its routes, operations, search parameters and errors.
 * https://spec.openapis.org/oas/v3.1.1.html
 */
import packageJson from '../../../package.json' with { type: 'json' };
import type { OwnParameters } from '@dhp/fhir-search/parameters';
import { recordTypes } from '../../access/patient-access.ts';
import type { Route } from '../../contract/route.ts';
import { operations } from '../../operations/operations.ts';
import type { FhirOptions } from '../../options.ts';
import { compartments, isCompartment, membersOf } from '../../search/compartments.ts';
import { operationObject, type Describing, type OperationObject, type Place } from './operation.ts';
import { fhirContent, parameters, sharedBodies } from './request-parts.ts';
import { errorResponses, headers, sharedSuccesses } from './responses.ts';
import { schemasOf, type Schema } from './schemas.ts';

export interface Described {
  readonly options: Pick<FhirOptions, 'baseUrl' | 'environment' | 'ssoEndpoints'>;
  readonly routes: readonly Route[];
  /** All types with an endpoint. */
  readonly types: readonly string[];
  readonly own: OwnParameters | undefined;
}

/** https://spec.openapis.org/oas/v3.1.1.html#openapi-object */
interface Description {
  readonly paths: Readonly<Record<string, object>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly securitySchemes: { readonly sso: object };
    readonly [part: string]: unknown;
  };
  readonly [member: string]: unknown;
}

/** Between servers of the platform: no part of the API. */
const internal = new Set(['$identity-evidence', '$record-looks', '$access-administration']);
/** Addresses of the system that the description of some types also contains. */
const everywhere = new Set(['capabilities', 'smart-configuration', 'batch/transaction']);

/**
 * @param asked types; if empty, all of them: identical path items are then shared, errors are ranges, and schemas of resources are left to
 * HL7
 */
export function openApi(described: Described, asked: readonly string[]): Description {
  const isBrief = asked.length === 0;
  const types = isBrief ? described.types : asked;
  const schemas: Record<string, Schema> = schemasOf(['OperationOutcome', ...(isBrief ? [] : ['Bundle', ...asked])]);
  const items: Record<string, Record<string, OperationObject>> = {};
  const make = operationMaker({ schemas, own: described.own, isBrief });
  for (const place of described.routes.flatMap((route) => placesOf(route, types, isBrief))) {
    const item = (items[place.path] ??= {});
    item[place.route.method.toLowerCase()] = make(place);
  }
  const whole = Object.fromEntries(Object.entries(items).map(([path, item]) => [path, withCommonParameters(item)]));
  const { paths, shared } = isBrief ? sharing(whole) : { paths: whole, shared: {} };
  const outcome = fhirContent({ $ref: '#/components/schemas/OperationOutcome' });
  return {
    openapi: '3.1.0',
    info: info(described),
    servers: [{ url: described.options.baseUrl }],
    externalDocs: { url: 'https://hl7.org/fhir/R5/http.html' },
    paths,
    components: {
      ...(isBrief && { pathItems: shared }),
      schemas,
      parameters,
      headers,
      responses: { ...errorResponses(outcome), ...(isBrief && sharedSuccesses) },
      securitySchemes: { sso: securityScheme(described, isBrief ? [] : types) },
      ...(isBrief && { requestBodies: sharedBodies }),
    },
  };
}

/** In a brief description most operations are the same for all types: they are made once. */
function operationMaker(describing: Describing): (place: Place) => OperationObject {
  const made = new Map<string, OperationObject>();
  return (place) => {
    const { route, type, operation, compartment = '' } = place;
    if (!describing.isBrief || route.interaction === 'search-type') return operationObject(place, describing);
    const key = [route.method, route.path, operation?.id, type === 'Binary', compartment].join(' ');
    const known = made.get(key) ?? operationObject(place, describing);
    made.set(key, known);
    return known;
  };
}

function info({ options: { environment, baseUrl } }: Described): object {
  return {
    title: `Digital Health Platform, FHIR R5, ${environment}`,
    version: packageJson.version,
    description:
      `The API of ${baseUrl}. With ?type=Patient,Observation it is told of these types alone, with the schemas of their resources; ` +
      'without, of all, in a compact form. Every error is an OperationOutcome, with a stable code in issue.details.coding.',
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  };
}

/** Permissions of scopes: create, read, update, delete, search. */
const letters = ['c', 'r', 'u', 'd', 's'] as const;

/** Scopes of all types, and of some by themselves. */
export function securityScheme({ options: { ssoEndpoints } }: Described, types: readonly string[]): object {
  const scopes = Object.fromEntries([
    ['system/*.cruds', 'Every type: create, read, update, delete, search'],
    ...letters.map((letter) => [`system/*.${letter}`, `Every type: ${letter}`]),
    ...types.flatMap((type) => letters.map((letter) => [`system/${type}.${letter}`, `${type}: ${letter}`])),
  ]) as Record<string, string>;
  const { token: tokenUrl, authorize: authorizationUrl } = ssoEndpoints;
  return {
    type: 'oauth2',
    description: 'Access tokens of the Single Sign-On with SMART scopes; the token is bound to this server.',
    flows: {
      clientCredentials: { tokenUrl, scopes },
      ...(authorizationUrl !== undefined && { authorizationCode: { tokenUrl, authorizationUrl, scopes } }),
    },
  };
}

/** Whether the type has no such interaction because it is a record of an event, which is never changed. */
function isBarred({ interaction }: Route, type: string): boolean {
  const ofResources = ['patch', 'delete', 'conditional-update', 'conditional-patch', 'conditional-delete'];
  const changes = [...ofResources, '$meta-add', '$meta-delete'];
  return recordTypes.has(type) && changes.includes(interaction);
}

/** The addresses of a route, one for each type that it has. */
function placesOf(route: Route, types: readonly string[], isBrief: boolean): Place[] {
  const { interaction, path } = route;
  if (internal.has(interaction)) return [];
  if (path.startsWith('/:compartment/')) return compartmentPlaces(route, types, isBrief);
  if (path.includes('/:type')) {
    const own = types.filter((type) => (route.types?.includes(type) ?? true) && !isBarred(route, type));
    return own.map((type) => placeAt(route, path.replace('/:type', `/${type}`), type));
  }
  if (interaction === 'operation-definition')
    return types.includes('OperationDefinition') ? [placeAt(route, path, 'OperationDefinition')] : [];
  return isBrief || everywhere.has(interaction) ? [placeAt(route, path, '')] : [];
}

function placeAt(route: Route, path: string, type: string): Place {
  const operation = operations.find(
    (one) =>
      `$${one.code}` === route.interaction && (type === '' || one.types === 'Resource' || one.types.includes(type)),
  );
  return { route, type, operation, path: path.replace(/:(\w+)/g, '{$1}'), members: undefined };
}

function compartmentPlaces(route: Route, types: readonly string[], isBrief: boolean): Place[] {
  const own = isBrief ? compartments : types.filter(isCompartment);
  return own.map((compartment) => {
    const path = route.path.replace('/:compartment', `/${compartment}`).replace(':type', ':member');
    const members = ['*', ...membersOf(compartment).keys()];
    return { ...placeAt(route, path, ''), ...(path.includes(':member') && { members }), compartment };
  });
}

/** Moves parameters of `components` that all operations of an address have to the address. */
function withCommonParameters(item: Record<string, OperationObject>): Record<string, object> {
  const [first, ...others] = Object.values(item).map(({ parameters = [] }) => new Set(parameters.map(refOf)));
  const common = [...(first ?? [])].filter((one) => one !== undefined && others.every((those) => those.has(one)));
  if (common.length === 0) return item;
  const moved = new Set(common);
  const methods = Object.entries(item).map(([method, { parameters = [], ...rest }]) => {
    const own = parameters.filter((one) => !moved.has(refOf(one)));
    return [method, { ...rest, ...(own.length > 0 && { parameters: own }) }] as const;
  });
  return { parameters: common.map(($ref) => ({ $ref })), ...Object.fromEntries(methods) };
}

function refOf(parameter: object): string | undefined {
  return '$ref' in parameter ? String(parameter.$ref) : undefined;
}

/** Shares identical path items under the pattern of their addresses. */
function sharing(items: Record<string, Record<string, object>>): {
  paths: Record<string, object>;
  shared: object;
} {
  const texts = Object.entries(items).map(([path, item]) => ({ path, item, text: JSON.stringify(item) }));
  const groups = Map.groupBy(texts, ({ text }) => text);
  const shared: Record<string, object> = {};
  const paths = Object.fromEntries(
    texts.map(({ path, item, text }): [string, object] => {
      const [first, second] = groups.get(text) ?? [];
      if (first === undefined || second === undefined) return [path, item];
      const name = nameOf(first.path);
      shared[name] = item;
      return [path, { $ref: `#/components/pathItems/${name}` }];
    }),
  );
  return { paths, shared };
}

/** `Account-and-others_id_history`: named after the first of them. */
function nameOf(path: string): string {
  const [first = '', ...rest] = path.split('/').slice(1);
  return [`${first}-and-others`, ...rest].join('_').replace(/[^A-Za-z0-9_.-]/g, '');
}
