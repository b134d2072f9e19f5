import { isObject, listOf, type Json } from '../json.ts';
import type { Run } from '../run.ts';
import { checkFullUrls, checkLinks, checkModes, checkSearchSet } from './bundle-entries.ts';
import { checkSignature } from './bundle-signature.ts';
import { checkLed } from './led-references.ts';
import { localTarget } from '../base/reference.ts';

/** Checks the rules for a whole Bundle. https://hl7.org/fhir/R5/bundle.html */
export function checkBundle(bundle: Json, run: Run): void {
  checkFullUrls(bundle, run);
  checkModes(bundle, run);
  if (bundle['link'] !== undefined) checkLinks(bundle, run);
  if (bundle['signature'] !== undefined) checkSignature(bundle['signature'], run);
  const { type } = bundle;
  if (type === 'searchset') checkSearchSet(bundle, run);
  const wanted = type === 'document' ? ofDocument : type === 'message' ? ofMessage : undefined;
  if (wanted !== undefined) checkWhole(bundle, wanted, run);
}

/** Checks the first entry of a document or message, and the entries it refers to. */
function checkWhole(bundle: Json, wanted: typeof ofDocument, run: Run): void {
  const [first] = listOf(bundle['entry']);
  const resource = isObject(first) ? first['resource'] : undefined;
  const expected = wanted.type;
  if (!isObject(resource)) {
    if (first !== undefined) run.enter('entry', 0);
    run.report('bundle-first-entry', { type: String(bundle['type']), expected });
    if (first !== undefined) run.leave();
    return;
  }
  const isOutermost = run.bundle === bundle;
  if (isOutermost) checkReachable(bundle, resource, run);
  if (resource['resourceType'] !== expected) {
    run.enter('entry', 0);
    run.enter('resource', -1);
    run.report('bundle-first-entry', { type: String(bundle['type']), expected });
    run.leave();
    run.leave();
    return;
  }
  if (!isOutermost) return;
  const outer = run.rootResource;
  run.rootResource = resource;
  run.enter('entry', 0);
  run.enter('resource', -1);
  for (const name of wanted.elements) checkResolved(resource, name, run);
  run.leave();
  run.leave();
  run.rootResource = outer;
}

/** Elements of the Composition whose targets a document must contain. https://hl7.org/fhir/R5/documents.html#bundle */
const ofDocument = {
  type: 'Composition',
  elements: ['subject', 'encounter', 'author', 'attester', 'custodian', 'event', 'section'],
};

/**
 * Elements of the MessageHeader whose targets a message must contain.
 * https://hl7.org/fhir/R5/messageheader-definitions.html#MessageHeader.focus
 */
const ofMessage = { type: 'MessageHeader', elements: ['focus'] };

/** Reports each reference in a member that does not resolve to an entry, at its place. */
function checkResolved(object: Json, name: string, run: Run): void {
  const value = object[name];
  for (const [i, item] of listOf(value).entries()) {
    if (!isObject(item)) continue;
    run.enter(name, Array.isArray(value) ? i : -1);
    const { reference } = item;
    if (typeof reference === 'string') checkLed(reference, run);
    for (const inner of Object.keys(item))
      if (!inner.toLowerCase().endsWith('extension')) checkResolved(item, inner, run);
    run.leave();
  }
}

/**
 * Reports entries without a connection to the first resource through references in either direction: an error in a document, a warning in a
 * message. https://hl7.org/fhir/R5/documents.html#bundle
 */
function checkReachable(bundle: Json, first: Json, run: Run): void {
  const entries = listOf(bundle['entry']).map((entry) => (isObject(entry) ? entry['resource'] : undefined));
  const links = linksBetween(entries, run);
  const reached = new Set<Json>([first]);
  for (const resource of reached) for (const other of links.get(resource) ?? []) reached.add(other);
  for (const [i, resource] of entries.entries()) {
    if (!isObject(resource) || reached.has(resource)) continue;
    run.enter('entry', i);
    const type = String(resource['resourceType']);
    const from = bundle['type'] === 'document' ? 'Composition' : 'MessageHeader';
    run.report('bundle-entry-unreachable', { type, from }, bundle['type'] === 'document' ? 'error' : 'warning');
    run.leave();
  }
}

/** Returns the references between resources of a Bundle, in both directions. */
function linksBetween(resources: readonly unknown[], run: Run): ReadonlyMap<Json, ReadonlySet<Json>> {
  const links = new Map<Json, Set<Json>>();
  const link = (from: Json, to: Json): void => void links.set(from, (links.get(from) ?? new Set()).add(to));
  const outer = run.rootResource;
  for (const resource of resources) {
    if (!isObject(resource)) continue;
    run.rootResource = resource;
    for (const text of textsIn(resource)) {
      const target = text.startsWith('#') ? undefined : localTarget(text.split('#', 1)[0]!, run);
      if (target === undefined) continue;
      link(resource, target);
      link(target, resource);
    }
  }
  run.rootResource = outer;
  return links;
}

/** Yields all texts that may be a reference, a canonical or a uri. */
function* textsIn(value: unknown): Generator<string> {
  if (typeof value === 'string') {
    if (value.includes('/') || value.includes(':')) yield value;
  } else if (typeof value === 'object' && value !== null) {
    for (const part of Object.values(value) as unknown[]) yield* textsIn(part);
  }
}
