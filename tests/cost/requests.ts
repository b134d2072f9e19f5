/** Requests of the shapes, and what they are made of. */
import type { Sent, World } from './shape.ts';

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
