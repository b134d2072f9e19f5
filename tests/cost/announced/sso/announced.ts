/** Reads what the SSO announces of itself: its metadata (RFC 8414) and the OpenAPI description of its administration. */
import { noGenerator } from '../generator.ts';

/** As JSON Schema has it; a type beside null is the type. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly string[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
}

/** An act of the administration. */
export interface Act {
  readonly method: string;
  /** Below the issuer; its parts in braces. */
  readonly path: string;
  readonly inQuery: boolean;
  /** Of its body, or of its query. */
  readonly members: Readonly<Record<string, Schema>>;
  readonly needed: readonly string[];
}

/** One thing that a caller may send. */
export type SsoAnnounced =
  | { readonly kind: 'endpoint'; readonly member: string }
  /** One of several values that the metadata lists. */
  | { readonly kind: 'choice'; readonly member: string; readonly value: string }
  | { readonly kind: 'registration'; readonly name: string; readonly schema: Schema }
  | { readonly kind: 'act'; readonly act: Act }
  | { readonly kind: 'part of a path'; readonly act: Act; readonly name: string }
  | { readonly kind: 'member'; readonly act: Act; readonly name: string; readonly schema: Schema };

/** Members of the metadata that say how the server behaves, not what it may be sent. */
const told = new Set([
  ...['issuer', 'subject_types_supported', 'id_token_signing_alg_values_supported', 'claims_parameter_supported'],
  ...['backchannel_logout_supported', 'backchannel_logout_session_supported', 'request_parameter_supported'],
  ...['request_uri_parameter_supported', 'authorization_response_iss_parameter_supported'],
]);

interface Operation {
  readonly [member: string]: unknown;
  readonly parameters: readonly {
    readonly name: string;
    readonly in: string;
    readonly required: boolean;
    readonly schema: Schema;
  }[];
  readonly requestBody?: {
    readonly content: Readonly<
      Record<
        string,
        { readonly schema: Required<Pick<Schema, 'properties'>> & { readonly required: readonly string[] } }
      >
    >;
  };
}

export interface SsoDocuments {
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly openApi: { readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>> };
}

/** @throws Error for a part of the documents that nothing is known of: it may announce what nobody sends here */
export function announcedBySso({ metadata, openApi }: SsoDocuments): readonly SsoAnnounced[] {
  const acts = Object.entries(openApi.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => actOf(method.toUpperCase(), path, operation)),
  );
  const registering = acts.find(({ method, path }) => method === 'POST' && path === '/admin/clients');
  return [
    ...Object.entries(metadata).flatMap(ofMember),
    ...Object.entries(registering?.members ?? {}).map(
      ([name, schema]) => ({ kind: 'registration', name, schema }) as const,
    ),
    ...acts.flatMap(ofAct),
  ];
}

function ofMember([member, value]: [string, unknown]): SsoAnnounced[] {
  if (told.has(member)) return [];
  if (/_endpoint$|^jwks_uri$/.test(member)) return [{ kind: 'endpoint', member }];
  if (!Array.isArray(value)) throw noGenerator(`the member ${member} of the metadata`);
  return (value as readonly string[]).map((one) => ({ kind: 'choice', member, value: one }));
}

const knownOfOperations = new Set([
  ...['summary', 'operationId', 'security', 'parameters', 'requestBody', 'responses'],
]);

function actOf(method: string, path: string, operation: Operation): Act {
  const { parameters, requestBody } = operation;
  const place = `${method} ${path}`;
  const unknown = Object.keys(operation).find((member) => !knownOfOperations.has(member));
  if (unknown !== undefined) throw noGenerator(`${unknown} of ${place}`);
  const elsewhere = parameters.find((parameter) => parameter.in !== 'path' && parameter.in !== 'query');
  if (elsewhere !== undefined) throw noGenerator(`${elsewhere.name} in ${elsewhere.in} of ${place}`);
  if (requestBody === undefined) {
    const query = parameters.filter((parameter) => parameter.in === 'query');
    return {
      ...{ method, path, inQuery: true },
      members: Object.fromEntries(query.map(({ name, schema }) => [name, schema])),
      needed: query.filter(({ required }) => required).map(({ name }) => name),
    };
  }
  const { 'application/json': json, ...others } = requestBody.content;
  if (json === undefined || Object.keys(others).length > 0) throw noGenerator(`the kinds of bodies of ${place}`);
  return { method, path, inQuery: false, members: json.schema.properties, needed: json.schema.required };
}

function ofAct(act: Act): SsoAnnounced[] {
  return [
    { kind: 'act', act },
    ...[...act.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({ kind: 'part of a path', act, name: name! }) as const),
    ...Object.entries(act.members).map(([name, schema]) => ({ kind: 'member', act, name, schema }) as const),
  ];
}
