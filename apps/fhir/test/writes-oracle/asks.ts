/** Requests of the oracle of writes: one form for a request over HTTP, and for an entry of a Bundle. */
import type { TestServer } from '../environment.ts';
import type { EntryToSend } from '../bundles.ts';

export type Json = Readonly<Record<string, unknown>>;
export type Type = 'Patient' | 'Observation';
export type Return = 'minimal' | 'representation' | 'OperationOutcome';

/** A step of a patch of one member, `name` of `fields` or `identifier`. */
export interface PatchStep {
  readonly op: 'add' | 'replace' | 'remove' | 'test';
  readonly name: string;
  readonly value?: string;
}

export interface Ask {
  readonly verb: 'create' | 'update' | 'patch' | 'delete' | 'read' | 'vread' | 'search';
  readonly type: Type;
  /** Absent of a create, and where criteria say what is meant. */
  readonly id?: string;
  readonly version?: number;
  /** Values of `identifier` in the criteria, of a conditional request or a search. */
  readonly criteria?: string;
  /** Members of the resource but `resourceType`, `id` and `meta`. */
  readonly content?: Json;
  /** The id in the body of a conditional update. */
  readonly bodyId?: string;
  readonly patch?: readonly PatchStep[];
  readonly isFhirPath?: boolean;
  readonly ifMatch?: string;
  readonly ifNoneMatch?: string;
  readonly ifModifiedSince?: Date;
  readonly prefer?: Return;
  /** `_count` of a conditional delete. */
  readonly count?: number;
  readonly isHead?: boolean;
  /** `fullUrl` of its entry. */
  readonly fullUrl?: string;
}

interface Field {
  readonly name: string;
  readonly values: readonly string[];
}

/** A member that is always there, and one that may be. */
export const fields: Readonly<
  Record<Type, { readonly always: Field; readonly maybe: Field; readonly fhirType: string }>
> = {
  Patient: {
    always: { name: 'gender', values: ['female', 'male', 'other'] },
    maybe: { name: 'birthDate', values: ['1990-05-14', '2001-01', '1984'] },
    fhirType: 'valueDate',
  },
  Observation: {
    always: { name: 'status', values: ['final', 'amended', 'preliminary'] },
    maybe: { name: 'valueString', values: ['Ўткир', 'a\nb', '0'] },
    fhirType: 'valueString',
  },
};

export const system = 'urn:oracle';
export const identifierOf = (value: string): Json => ({ system, value });

function methodOf({ verb, isHead }: Ask): string {
  const methods = {
    create: 'POST',
    update: 'PUT',
    patch: 'PATCH',
    delete: 'DELETE',
    read: 'GET',
    vread: 'GET',
    search: 'GET',
  };
  return isHead === true ? 'HEAD' : methods[verb];
}

function addressOf({ verb, type, id, version, criteria, count }: Ask): string {
  if (verb === 'create') return type;
  if (verb === 'vread') return `${type}/${id!}/_history/${version!}`;
  if (id !== undefined) return `${type}/${id}`;
  // A search tells all on one page.
  const most = verb === 'search' ? '&_count=500&_total=accurate' : count === undefined ? '' : `&_count=${count}`;
  return `${type}?identifier=${system}|${criteria!}${most}`;
}

function ifNoneExistOf({ verb, criteria }: Ask): string | undefined {
  return verb === 'create' && criteria !== undefined ? `identifier=${system}|${criteria}` : undefined;
}

function bodyOf(ask: Ask): { readonly resource: Json; readonly text: string; readonly mediaType: string } | undefined {
  const { verb, type, content, id, bodyId, patch } = ask;
  if (verb === 'create' || verb === 'update') {
    const named = verb === 'update' ? (id ?? bodyId) : undefined;
    const resource = { resourceType: type, ...(named !== undefined && { id: named }), ...content };
    return { resource, text: JSON.stringify(resource), mediaType: 'application/fhir+json' };
  }
  if (verb !== 'patch') return undefined;
  if (ask.isFhirPath === true) {
    const resource = { resourceType: 'Parameters', parameter: patch!.map((step) => fhirPathStep(type, step)) };
    return { resource, text: JSON.stringify(resource), mediaType: 'application/fhir+json' };
  }
  const text = JSON.stringify(patch!.map(jsonStep));
  const mediaType = 'application/json-patch+json';
  const data = Buffer.from(text).toString('base64');
  return { resource: { resourceType: 'Binary', contentType: mediaType, data }, text, mediaType };
}

function jsonStep({ op, name, value }: PatchStep): Json {
  if (name === 'identifier') return { op, path: '/identifier/-', value: identifierOf(value!) };
  return { op, path: `/${name}`, ...(value !== undefined && { value }) };
}

function fhirPathStep(type: Type, { op, name, value }: PatchStep): Json {
  const part: Json[] = [{ name: 'type', valueCode: op === 'remove' ? 'delete' : op }];
  if (op === 'add') part.push({ name: 'path', valueString: type }, { name: 'name', valueString: name });
  else part.push({ name: 'path', valueString: `${type}.${name === 'valueString' ? 'value' : name}` });
  if (name === 'identifier') part.push({ name: 'value', valueIdentifier: identifierOf(value!) });
  else if (value !== undefined) part.push({ name: 'value', valueCode: value });
  return { name: 'operation', part };
}

/** The request as an entry of a Bundle. */
export function entryOf(ask: Ask): EntryToSend {
  const { ifMatch, ifNoneMatch, fullUrl } = ask;
  const ifNoneExist = ifNoneExistOf(ask);
  const resource = bodyOf(ask)?.resource;
  return {
    ...(fullUrl !== undefined && { fullUrl }),
    ...(resource && { resource }),
    request: {
      ...{ method: methodOf(ask), url: addressOf(ask) },
      ...(ifMatch !== undefined && { ifMatch }),
      ...(ifNoneMatch !== undefined && { ifNoneMatch }),
      ...(ifNoneExist !== undefined && { ifNoneExist }),
    },
  };
}

/** An answer, of a request or in an entry. */
export interface Told {
  readonly status: number;
  readonly etag: string | undefined;
  /** `Type/id/_history/version`. */
  readonly location: string | undefined;
  readonly contentLocation: string | undefined;
  /** Milliseconds; of a header without their fraction. */
  readonly lastModified: number | undefined;
  readonly isExact: boolean;
  readonly body: Json | undefined;
}

export async function sendAsk(server: TestServer, ask: Ask, baseUrl: string): Promise<Told> {
  const body = bodyOf(ask);
  const { ifMatch, ifNoneMatch, ifModifiedSince, prefer } = ask;
  const ifNoneExist = ifNoneExistOf(ask);
  const headers: Record<string, string> = {
    ...(body && { 'content-type': body.mediaType }),
    ...(ifMatch !== undefined && { 'if-match': ifMatch }),
    ...(ifNoneMatch !== undefined && { 'if-none-match': ifNoneMatch }),
    ...(ifModifiedSince && { 'if-modified-since': ifModifiedSince.toUTCString() }),
    ...(ifNoneExist !== undefined && { 'if-none-exist': ifNoneExist }),
    ...(prefer !== undefined && { prefer: `return=${prefer}` }),
  };
  const reply = await server.request(methodOf(ask), `/${addressOf(ask)}`, {
    headers,
    ...(body && { body: body.text }),
  });
  const header = (name: string): string | undefined => reply.headers.get(name) ?? undefined;
  const modified = header('last-modified');
  const below = (url: string | undefined): string | undefined =>
    url?.startsWith(`${baseUrl}/`) === true ? url.slice(baseUrl.length + 1) : url;
  return {
    ...{ status: reply.status, etag: header('etag'), location: below(header('location')), isExact: false },
    contentLocation: below(header('content-location')),
    lastModified: modified === undefined ? undefined : Date.parse(modified),
    body: reply.text === '' ? undefined : reply.json,
  };
}
