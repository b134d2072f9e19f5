/** A resource as a line of NDJSON: as it is stored, or the elements that were requested. https://github.com/ndjson/ndjson-spec */
import type { StoredVersion } from '@dhp/fhir-store';
import { elementsOf, memberOf } from '@dhp/fhir-model';
import { parseExactly, type JsonObject } from '../../presentation/exact-json.ts';
import { subsetOf } from '../../presentation/subset.ts';
import { invalid } from '../input.ts';

/** Names of root elements for all types that have them, and for one type. */
export interface Elements {
  readonly names: ReadonlySet<string>;
  readonly ofTypes: ReadonlyMap<string, ReadonlySet<string>>;
}

const end = 0x0a;
const feeds = [0x0a, 0x0d];
const space = 0x20;

/** With the end of the line. */
export function lineOf(
  { type, content }: Pick<StoredVersion, 'type' | 'content'>,
  elements: Elements | undefined,
): Buffer {
  const part = elements === undefined ? undefined : partOf(type, content, elements);
  const text = part ?? content;
  const line = Buffer.allocUnsafe(text.length + 1);
  text.copy(line);
  line[text.length] = end;
  // Outside of strings, where JSON has white space: within them they are written as escapes.
  for (const feed of feeds)
    for (let at = line.indexOf(feed); at >= 0 && at < text.length; at = line.indexOf(feed, at + 1)) line[at] = space;
  return line;
}

function partOf(type: string, content: Buffer, { names, ofTypes }: Elements): Buffer | undefined {
  const wanted = new Set([...names, ...(ofTypes.get(type) ?? [])]);
  // A list that names other types alone says nothing of this one.
  if (wanted.size === 0) return undefined;
  const resource = parseExactly(content.toString('utf8')) as JsonObject;
  return Buffer.from(JSON.stringify(subsetOf(resource, { kind: 'elements', names: wanted, ofTypes: new Map() })));
}

/** @param types of the export. Fails with `parameter-invalid` for a name that is not a root element of any of them */
export function readElements(lists: readonly string[], types: readonly string[]): Elements | undefined {
  const given = lists.flatMap((list) => list.split(',')).map((each) => each.trim());
  const wanted = given.filter((each) => each !== '');
  if (wanted.length === 0) return undefined;
  const names = new Set<string>();
  const ofTypes = new Map<string, Set<string>>();
  for (const each of wanted) {
    const [, type, name = ''] = /^(?:([A-Z]\w*)\.)?(\w+)(?:\[x\])?$/.exec(each) ?? [];
    const isKnown = (type === undefined ? types : [type]).some((one) => isElement(one, name));
    if (name === '' || !isKnown) unknown(each, type);
    if (type === undefined) names.add(name);
    else ofTypes.set(type, (ofTypes.get(type) ?? new Set()).add(name));
  }
  return { names, ofTypes };
}

function isElement(type: string, name: string): boolean {
  return elementsOf(type)?.has(name) === true || memberOf(type, name) !== undefined;
}

function unknown(given: string, type: string | undefined): never {
  const shown = JSON.stringify(given.slice(0, 100));
  const whose = type === undefined ? 'of a type that is exported' : `of ${type}`;
  invalid('_elements', `_elements is a list of root elements, as name or Patient.name; ${shown} is none ${whose}.`);
}
