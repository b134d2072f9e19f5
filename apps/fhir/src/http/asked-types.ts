/** The types that a request about the server itself names. */
import { fail } from './errors.ts';
import { nearest } from './nearest.ts';
import type { Query } from '../contract/query.ts';

/** Most types in one request: the result is computed again for each combination. */
export const mostTypes = 20;

/**
 * The types of a parameter, with commas or repeated, each once and in the order of the specification; none if it is not sent. Fails with
 * `parameter-invalid`, which names the nearest types.
 */
export function askedTypes(query: Query, name: string, types: readonly string[]): string[] {
  const given = [query[name] ?? []].flat().flatMap((list) => list.split(','));
  const asked = new Set(given.map((one) => one.trim()));
  for (const one of asked) if (!types.includes(one)) unknown(one, name, types);
  if (asked.size > mostTypes) refuse(name, `${name} names ${asked.size} types; ${mostTypes} at most, or leave it out.`);
  return types.filter((type) => asked.has(type));
}

function unknown(given: string, name: string, types: readonly string[]): never {
  const near = nearest(given, types);
  const cure = near.length === 0 ? 'Names are as in FHIR R5: Patient.' : `Did you mean ${near.join(' or ')}?`;
  refuse(name, `${name} is a list of resource types; ${JSON.stringify(given.slice(0, 100))} is none. ${cure}`);
}

function refuse(name: string, diagnostics: string): never {
  fail('parameter-invalid', { name }, { diagnostics, expression: `http.${name}` });
}

/** Parameters by which clients pass caches; nobody means anything else by them. */
export const ofCaches: readonly string[] = ['_', 'nocache'];

/** Fails with `parameter-unknown` for a parameter that the address does not know. */
export function requireKnown(query: Query, known: readonly string[], address: string): void {
  const other = Object.keys(query).find((name) => !known.includes(name) && !ofCaches.includes(name));
  if (other === undefined) return;
  const name = other.slice(0, 100);
  const diagnostics = `${address} knows ${known.length === 0 ? 'no parameter' : known.join(', ')}.`;
  fail('parameter-unknown', { name }, { diagnostics, expression: `http.${name}` });
}
