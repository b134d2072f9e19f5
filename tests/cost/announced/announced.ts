/** Reads what a FHIR server announces of itself: everything in its CapabilityStatement, and the OperationDefinitions that this leads to. */
import type { Sent } from '../shape.ts';

/** One thing that a caller may ask for. */
export type Announced =
  | { readonly kind: 'interaction'; readonly type: string | undefined; readonly code: string }
  | { readonly kind: 'conditional'; readonly type: string; readonly member: string }
  | { readonly kind: 'parameter'; readonly type: string; readonly name: string; readonly of: string }
  | { readonly kind: 'result parameter'; readonly name: string }
  | { readonly kind: 'include' | 'revinclude'; readonly type: string; readonly value: string }
  | { readonly kind: 'patch format'; readonly mediaType: string }
  | { readonly kind: 'compartment'; readonly type: string }
  | {
      readonly kind: 'operation';
      readonly code: string;
      readonly at: 'system' | 'type' | 'instance';
      readonly type: string;
      /** Undefined for the operation without one. */
      readonly parameter: Parameter | undefined;
      /** All that it must be given. */
      readonly required: readonly Parameter[];
      readonly affectsState: boolean;
    };

export interface Parameter {
  readonly name: string;
  readonly use: 'in' | 'out';
  readonly min: number;
  readonly max: string;
  readonly type?: string;
  readonly part?: readonly Parameter[];
}

/** Asks with a token for everything; returns the answer as JSON. */
export type Ask = (sent: Sent) => Promise<Readonly<Record<string, unknown>>>;

interface Rest {
  readonly [member: string]: unknown;
  readonly resource: readonly Resource[];
  readonly interaction: readonly { readonly code: string }[];
  readonly searchParam: readonly { readonly name: string; readonly type: string }[];
  readonly operation?: readonly Operation[];
  readonly compartment?: readonly string[];
}

interface Resource {
  readonly [member: string]: unknown;
  readonly type: string;
  readonly interaction: readonly { readonly code: string }[];
  readonly searchParam: readonly { readonly name: string; readonly type: string }[];
  readonly searchInclude: readonly string[];
  readonly searchRevInclude: readonly string[];
  readonly operation: readonly Operation[];
}

interface Operation {
  readonly name: string;
  readonly definition: string;
}

/** Members that say how the server behaves, not what may be asked. */
const told = {
  rest: ['mode', 'documentation', 'security'],
  resource: [
    ...['type', 'profile', 'supportedProfile', 'documentation', 'versioning', 'readHistory', 'updateCreate'],
    'referencePolicy',
  ],
};
/** Members of which each has items of its own below. */
const asked = {
  rest: ['resource', 'interaction', 'searchParam', 'operation', 'compartment'],
  resource: ['interaction', 'searchParam', 'searchInclude', 'searchRevInclude', 'operation'],
};
const conditional = /^conditional[A-Z]/;

/** @throws Error for a member of the statement that nothing is known of: it may announce what nobody asks for here */
export async function announcedBy(ask: Ask): Promise<readonly Announced[]> {
  const statement = await ask({ method: 'GET', path: 'metadata' });
  const [rest] = statement['rest'] as readonly [Rest];
  requireKnown(Object.keys(rest), [...told.rest, ...asked.rest], 'rest');
  const patchFormats = (statement['patchFormat'] as readonly string[] | undefined) ?? [];
  const operations = await definitionsOf(rest, ask);
  const ofTypes = new Set(rest.resource.flatMap(({ searchParam }) => searchParam.map(({ name }) => name)));
  return [
    ...rest.interaction.map(({ code }) => ({ kind: 'interaction', type: undefined, code }) as const),
    ...patchFormats.map((mediaType) => ({ kind: 'patch format', mediaType }) as const),
    ...rest.searchParam
      .filter(({ name }) => !ofTypes.has(name))
      .map(({ name }) => ({ kind: 'result parameter', name }) as const),
    ...(rest.compartment ?? []).map((url) => ({ kind: 'compartment', type: typeOf(url) }) as const),
    ...rest.resource.flatMap(ofResource),
    ...operations.flatMap(ofOperation),
  ];
}

/** The ids of HL7's definitions of compartments begin with a small letter. */
function typeOf(url: string): string {
  const id = url.split('/').at(-1)!;
  return id.slice(0, 1).toUpperCase() + id.slice(1);
}

function requireKnown(members: readonly string[], known: readonly string[], where: string): void {
  const unknown = members.filter((member) => !known.includes(member) && !conditional.test(member));
  if (unknown.length > 0)
    throw new Error(`The CapabilityStatement has ${where}.${unknown.join()}, which nothing asks for`);
}

function ofResource(resource: Resource): Announced[] {
  requireKnown(Object.keys(resource), [...told.resource, ...asked.resource], 'rest.resource');
  const { type } = resource;
  return [
    ...resource.interaction.map(({ code }) => ({ kind: 'interaction', type, code }) as const),
    ...Object.entries(resource)
      .filter(([member, value]) => conditional.test(member) && value !== false && value !== 'not-supported')
      .map(([member]) => ({ kind: 'conditional', type, member }) as const),
    ...resource.searchParam.map(({ name, type: of }) => ({ kind: 'parameter', type, name, of }) as const),
    ...resource.searchInclude.map((value) => ({ kind: 'include', type, value }) as const),
    ...resource.searchRevInclude.map((value) => ({ kind: 'revinclude', type, value }) as const),
  ];
}

interface Definition {
  readonly code: string;
  readonly system: boolean;
  readonly type: boolean;
  readonly instance: boolean;
  readonly resource: readonly string[];
  readonly affectsState: boolean;
  readonly parameter?: readonly Parameter[];
}

async function definitionsOf(rest: Rest, ask: Ask): Promise<Definition[]> {
  const named = [...(rest.operation ?? []), ...rest.resource.flatMap(({ operation }) => operation)];
  const urls = new Set(named.map(({ definition }) => definition));
  const all: Definition[] = [];
  for (const url of urls) {
    // Of a guide whose canonical clients look for, the definition is served here too.
    const [name, prefix] = [url.split('/').at(-1)!, url.includes('/bulkdata/') ? 'dhp-' : ''];
    const path = `OperationDefinition/${prefix}${name}`;
    all.push((await ask({ method: 'GET', path })) as unknown as Definition);
  }
  return all;
}

function ofOperation({
  code,
  system,
  type,
  instance,
  resource,
  affectsState,
  parameter = [],
}: Definition): Announced[] {
  const inputs = parameter.filter(({ use }) => use === 'in');
  const required = inputs.filter(({ min }) => min > 0);
  // An operation of every type is the same for each of them.
  const types = resource.includes('Resource') ? ['Patient'] : resource;
  const at = [
    ...(system ? [{ at: 'system', type: '' } as const] : []),
    ...(type ? types.map((one) => ({ at: 'type', type: one }) as const) : []),
    ...(instance ? types.map((one) => ({ at: 'instance', type: one }) as const) : []),
  ];
  return at.flatMap((where) =>
    [undefined, ...inputs].map(
      (one) => ({ kind: 'operation', code, ...where, parameter: one, required, affectsState }) as const,
    ),
  );
}
