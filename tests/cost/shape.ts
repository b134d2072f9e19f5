/** A shape of input that a caller controls, at any size; tests/cost.test.ts and `npm run cost` ask with it at n, 2n and 4n. */

/** One request to one of the servers. */
export interface Sent {
  readonly server?: 'fhir' | 'sso';
  readonly method: string;
  /** Below the base of the FHIR server, or below the origin of the SSO. */
  readonly path: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface World {
  /** Asks with a token for everything at the FHIR server, and without one at the SSO. @returns the status and the text */
  ask(sent: Sent): Promise<{ readonly status: number; readonly text: string }>;
  /** A client of the SSO that may ask for tokens with its secret. */
  readonly client: { readonly id: string; readonly secret: string };
}

export interface Shape {
  readonly name: string;
  /** The size that the test begins with. It must be so large that a square would show. */
  readonly n: number;
  /** The largest size that is sent, where there is no room for more. */
  readonly most?: number;
  /** Work that is a square by its nature and that a budget ends: too much of it for the tests. */
  readonly isBudgeted?: true;
  /** What has to be stored first, for each size; it is not measured. @returns what `make` needs of it */
  readonly prepare?: (n: number, world: World) => Promise<string>;
  readonly make: (n: number, world: World, prepared: string) => Sent;
}

/** Shapes of one area under its name in the report. */
export type Shapes = readonly Shape[];

export const list = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));

export const fhirJson = { 'content-type': 'application/fhir+json' } as const;
export const fhirXml = { 'content-type': 'application/fhir+xml', accept: 'application/fhir+xml' } as const;

let made = 0;
/** Another text each time. */
export const unique = (): string => `${process.pid}-${(made += 1)}`;

/** A create of a resource. */
export const create = (resource: { resourceType: string; [name: string]: unknown }): Sent => ({
  method: 'POST',
  path: resource.resourceType,
  body: JSON.stringify(resource),
  headers: fhirJson,
});

/** A create of a text that need not be JSON. */
export const createText = (type: string, body: string): Sent => ({
  method: 'POST',
  path: type,
  body,
  headers: fhirJson,
});

export const createXml = (type: string, content: string): Sent => ({
  method: 'POST',
  path: type,
  body: `<${type} xmlns="http://hl7.org/fhir">${content}</${type}>`,
  headers: fhirXml,
});

export const search = (type: string, query: string): Sent => ({
  method: 'POST',
  path: `${type}/_search`,
  body: query,
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
});

/** Stores a resource. @returns its id @throws Error with the answer when it is not stored */
export async function stored(
  world: World,
  resource: { resourceType: string; [name: string]: unknown },
): Promise<string> {
  const { status, text } = await world.ask({
    ...create(resource),
    headers: { ...fhirJson, prefer: 'return=representation' },
  });
  if (status !== 201) throw new Error(`${status} ${text.slice(0, 500)}`);
  return (JSON.parse(text) as { id: string }).id;
}

export const patient = (more: object = {}): { resourceType: string } => ({
  ...{ resourceType: 'Patient', active: true },
  ...more,
});

export const observation = (more: object = {}): { resourceType: string } => ({
  ...{ resourceType: 'Observation', status: 'final', code: { text: 'x' } },
  ...more,
});

/** An entry of a batch or transaction. */
export const entry = (method: string, url: string, resource?: object, more: object = {}): object => ({
  ...(resource !== undefined && { resource }),
  ...more,
  request: { method, url, ...('request' in more ? (more.request as object) : {}) },
});

export const bundle = (type: 'batch' | 'transaction', entries: readonly object[]): Sent => ({
  method: 'POST',
  path: '',
  body: JSON.stringify({ resourceType: 'Bundle', type, entry: entries }),
  headers: fhirJson,
});
