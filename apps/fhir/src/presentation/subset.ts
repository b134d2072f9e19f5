/**
 * Parts of resources: `_summary` and `_elements`. https://hl7.org/fhir/R5/search.html#summary, #elements Clients could mistake an omitted
 * element for a missing one, so every part is tagged SUBSETTED.
 */
import { memberOf, typeOf, type ElementModel } from '@dhp/fhir-model';
import { isPolicyTag } from '../contract/policy-tag.ts';
import type { Subset } from '../contract/presentation.ts';
import { isObject, type JsonObject } from './exact-json.ts';

/** Bundles that are lists of other resources, not resources of their own. */
const resultTypes = ['searchset', 'history', 'batch-response', 'transaction-response'];

/** The part of a resource, or of each resource in a searchset or history Bundle. */
export function subsetOf(resource: JsonObject, subset: Subset): JsonObject {
  if (resource['resourceType'] === 'OperationOutcome') return resource;
  const isResult = resource['resourceType'] === 'Bundle' && resultTypes.includes(String(resource['type']));
  return isResult ? partOfResult(resource, subset) : partOf(resource, subset);
}

function partOfResult(bundle: JsonObject, subset: Subset): JsonObject {
  const { entry, ...rest } = bundle;
  if (subset.kind === 'count') return { ...rest, link: selfLink(bundle['link']) };
  return Array.isArray(entry) ? { ...bundle, entry: entry.map((each) => partOfEntry(each, subset)) } : bundle;
}

/** A count has no pages. */
function selfLink(link: unknown): unknown {
  return Array.isArray(link) ? link.filter((each) => isObject(each) && each['relation'] === 'self') : undefined;
}

function partOfEntry(entry: unknown, subset: Subset): unknown {
  if (!isObject(entry) || !isObject(entry['resource'])) return entry;
  const { resource } = entry;
  if (subset.kind !== 'elements') return { ...entry, resource: subsetOf(resource, subset) };
  // Without a type, `_elements` applies to the matches, not to included resources.
  const isIncluded = isObject(entry['search']) && entry['search']['mode'] !== 'match';
  const ofType = subset.ofTypes.get(String(resource['resourceType'])) ?? [];
  const names = new Set([...(isIncluded ? [] : subset.names), ...ofType]);
  return names.size === 0 ? entry : { ...entry, resource: subsetOf(resource, { ...subset, names }) };
}

function partOf(resource: JsonObject, subset: Subset): JsonObject {
  const type = String(resource['resourceType']);
  const kept = Object.entries(resource).flatMap(([name, value]): [string, unknown][] => {
    if (name === 'resourceType') return [[name, value]];
    const member = memberOf(type, name);
    if (member === undefined) return subset.kind === 'data' ? [[name, value]] : [];
    if (!isKept(name, member.element, subset)) return [];
    return subset.kind === 'true' ? summaryOfMember(name, value, member.type) : [[name, value]];
  });
  return tagged(kept);
}

function isKept(name: string, element: ElementModel, subset: Subset): boolean {
  if (subset.kind === 'data') return element.name !== 'text';
  if (element.min > 0 || element.isModifier || element.name === 'id' || element.name === 'meta') return true;
  if (subset.kind === 'text') return element.name === 'text';
  if (subset.kind === 'elements') return subset.names.has(element.name) || subset.names.has(name.replace(/^_/, ''));
  return element.isSummary;
}

function summaryOfMember(name: string, value: unknown, type: string): [string, unknown][] {
  const summary = summaryOf(value, type);
  return isEmpty(summary) ? [] : [[name, summary]];
}

/** Nothing in FHIR is empty. https://hl7.org/fhir/R5/json.html */
function isEmpty(value: unknown): boolean {
  return Array.isArray(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0;
}

/** Returns the summary elements of a value. The `_` sibling of a primitive stays whole, and so does a modifier extension. */
function summaryOf(value: unknown, type: string): unknown {
  if (Array.isArray(value)) return value.map((item) => summaryOf(item, type)).filter((item) => !isEmpty(item));
  if (!isObject(value) || type === 'Extension') return value;
  const kind = typeOf(type)?.kind;
  if (kind === 'primitive' || kind === undefined) return value;
  const own = kind === 'resource' ? String(value['resourceType']) : type;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, part]): [string, unknown][] => {
      if (name === 'resourceType') return [[name, part]];
      const member = memberOf(own, name);
      if (member === undefined) return [];
      const { min, isSummary, isModifier } = member.element;
      return min > 0 || isSummary || isModifier ? summaryOfMember(name, part, member.type) : [];
    }),
  );
}

const subsetted = { system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'SUBSETTED' };

function tagged(members: [string, unknown][]): JsonObject {
  const { meta } = Object.fromEntries(members);
  const tags = isObject(meta) && Array.isArray(meta['tag']) ? (meta['tag'] as unknown[]) : [];
  const isTagged = tags.some(
    (tag) => isObject(tag) && tag['code'] === subsetted.code && tag['system'] === subsetted.system && !isPolicyTag(tag),
  );
  const tag = isTagged ? tags : [...tags, subsetted];
  if (isObject(meta))
    return Object.fromEntries(members.map(([name, value]) => [name, name === 'meta' ? { ...meta, tag } : value]));
  const at = members.findIndex(([name]) => name === 'resourceType' || name === 'id') + 1;
  return Object.fromEntries([...members.slice(0, at), ['meta', { tag }], ...members.slice(at)]);
}
