/** `$meta`, `$meta-add` and `$meta-delete`. https://hl7.org/fhir/R5/resource-operation-meta.html */
import type { StoredVersion } from '@dhp/fhir-store';
import { allowForStored } from '../http/cost.ts';
import { failVersionMismatch } from '../http/concurrency.ts';
import { readIfMatch, etagOf } from '../http/etag.ts';
import { json } from '../http/respond.ts';
import { isShownCoding } from '../contract/label-mark.ts';
import type { Answer } from '../contract/answer.ts';
import { changeCurrent } from '../interactions/change-current.ts';
import { headerOf, type Call, type Services } from '../contract/interaction.ts';
import { patched } from '../interactions/patch.ts';
import { read } from '../interactions/read.ts';
import { vread } from '../interactions/vread.ts';
import { invalid, isObject } from './input.ts';
import { labelsInUse } from './labels.ts';
import type { Input } from './operation.ts';

/** The meta of the current version, or of the one at the address; of a type and of the system the labels in use. */
export async function meta(services: Services, call: Call): Promise<Answer> {
  if (call.id === '') return labelsInUse(services, call);
  const bare: Call = { ...call, headers: {} };
  const { version } = await (call.versionId === '' ? read(services, bare) : vread(services, bare));
  if (version === undefined) throw new Error('a read answers with a version');
  payForReading(call, version);
  return metaOf(version);
}

/** Adds profiles, tags and security labels, each of which the resource has once: a new version, unless it has them all. */
export function metaAdd(services: Services, call: Call, input: Input): Promise<Answer> {
  return change(services, call, input, (path, current, given, keyOf) => {
    const known = new Set((current ?? []).map(keyOf));
    const added = given.filter((one) => !known.has(keyOf(one)) && known.add(keyOf(one)));
    if (added.length === 0) return [];
    if (current === undefined) return [{ op: 'add', path, value: added }];
    return added.map((value) => ({ op: 'add', path: `${path}/-`, value }));
  });
}

/** Removes profiles, tags and security labels; those that the resource does not have are no error. */
export function metaDelete(services: Services, call: Call, input: Input): Promise<Answer> {
  return change(services, call, input, (path, current = [], given, keyOf) => {
    const asked = new Set(given.map(keyOf));
    const gone = current.flatMap((one, n) => (asked.has(keyOf(one)) ? [n] : []));
    if (gone.length > 0 && gone.length === current.length) return [{ op: 'remove', path }];
    return gone.reverse().map((n) => ({ op: 'remove', path: `${path}/${n}` }));
  });
}

/**
 * The operations of a JSON Patch (RFC 6902) on one list of meta, so that unchanged parts keep their text. Two items with one key are the
 * same; `undefined` is the key of a stored item of the wrong shape, and of no given one.
 */
type Change = (
  path: string,
  current: readonly unknown[] | undefined,
  given: readonly unknown[],
  keyOf: (one: unknown) => string | undefined,
) => object[];

const lists = ['profile', 'tag', 'security'] as const;

async function change(services: Services, call: Call, input: Input, to: Change): Promise<Answer> {
  const { type, id } = call;
  const given = readMeta(input.get('meta')?.[0]);
  const ifMatch = readIfMatch(headerOf(call, 'if-match'));
  const { version } = await changeCurrent(services, type, id, 'PUT', (current) => {
    const { versionId, content } = current;
    allowForStored(services.costs, call.budget, content.length);
    payForReading(call, current);
    if (Array.isArray(ifMatch) && !ifMatch.includes(versionId)) failVersionMismatch(type, id, ifMatch, versionId);
    const before = (JSON.parse(content.toString()) as { meta: Record<string, unknown> }).meta;
    const operations = lists.flatMap((list) => {
      const was = Array.isArray(before[list]) ? (before[list] as unknown[]) : undefined;
      return to(`/meta/${list}`, was, given[list], list === 'profile' ? textKey : codingKey);
    });
    if (operations.length === 0) return undefined;
    return patched(services, { kind: 'json-patch', text: JSON.stringify(operations) }, current, call);
  });
  return metaOf(version);
}

function readMeta(value: unknown): Record<(typeof lists)[number], unknown[]> {
  if (!isObject(value)) throw new Error('the input was checked');
  const read = (list: (typeof lists)[number], isRight: (item: unknown) => boolean): unknown[] => {
    const items = value[list] ?? [];
    if (Array.isArray(items) && items.every(isRight)) return (items as unknown[]).filter((one) => !isShownCoding(one));
    const kind = list === 'profile' ? 'canonical URLs' : 'Codings with a code';
    invalid('meta', `meta.${list} is a list of ${kind}.`, `Parameters.parameter.where(name='meta').value.${list}`);
  };
  return { profile: read('profile', isText), tag: read('tag', isCoding), security: read('security', isCoding) };
}

function isText(item: unknown): item is string {
  return typeof item === 'string' && item !== '';
}

function isCoding(item: unknown): item is { readonly system?: string; readonly code: string } {
  return isObject(item) && isText(item['code']) && (item['system'] === undefined || isText(item['system']));
}

function textKey(item: unknown): string | undefined {
  return isText(item) ? item : undefined;
}

/** The identity of a tag is its system and code; version and display are ignored. A label that the server shows is not stored. */
function codingKey(item: unknown): string | undefined {
  return isCoding(item) && !isShownCoding(item) ? JSON.stringify([item.system ?? null, item.code]) : undefined;
}

/** All of the resource is parsed for the sake of its meta: bytes for a unit of work. */
const bytesOfUnit = 8;

function payForReading({ budget }: Call, { content }: StoredVersion): void {
  budget.spend(content.length / bytesOfUnit, '$meta');
}

function metaOf(version: StoredVersion): Answer {
  const { meta: valueMeta } = JSON.parse(version.content.toString()) as { meta?: unknown };
  const parameters = { resourceType: 'Parameters', parameter: [{ name: 'return', valueMeta }] };
  return {
    ...json(JSON.stringify(parameters), { etag: etagOf(version), 'cache-control': 'private, no-cache' }),
    version,
  };
}
