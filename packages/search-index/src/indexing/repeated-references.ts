/**
 * Members of resources that are only a reference to a resource of this server. The target differs for each patient, but the rows differ only in the
 * hash of its name: so they are cached for each type of target.
 */
import { isId, isResourceType } from '@dhp/fhir-model';
import { hash64 } from '../keys/hash.ts';
import { referenceText, untypedText } from '../keys/keys.ts';
import type { FoundRows, ReferringKey, ReferringRows, Target } from '../row/found-rows.ts';

const relative = /^([A-Z][A-Za-z]+)\/([A-Za-z0-9.-]{1,64})$/;

/** Targets that were read a moment ago: the resources of a patient refer to the same few. */
const known = new Map<string, Target>();
const mostKnown = 5_000;

function targetOf(text: string): Target | undefined {
  const before = known.get(text);
  if (before !== undefined) return before;
  const [, type = '', id = ''] = relative.exec(text) ?? [];
  if (!isResourceType(type) || !isId(id)) return undefined;
  const target = { type, hash: hash64(referenceText(type, id)), untyped: hash64(untypedText(id)) };
  if (known.size >= mostKnown) known.clear();
  known.set(text, target);
  return target;
}

/** Lists of one and members `reference` around the text. */
const mostWraps = 4;

/** The only reference of a member, and how it is wrapped; undefined if the member has anything else. */
export function onlyReference(value: unknown): { readonly target: Target; readonly form: string } | undefined {
  let form = '';
  let inner = value;
  while (typeof inner === 'object' && inner !== null && form.length < mostWraps) {
    if (Array.isArray(inner)) {
      if (inner.length !== 1) return undefined;
      form += 'l';
      inner = (inner as unknown[])[0];
      continue;
    }
    for (const name in inner) if (name !== 'reference') return undefined;
    form += 'r';
    inner = (inner as { reference?: unknown }).reference;
  }
  if (typeof inner !== 'string' || !form.endsWith('r')) return undefined;
  const target = targetOf(inner);
  return target && { target, form };
}

/** The value of a member of that form. */
export function wrapped(form: string, reference: string): unknown {
  let value: unknown = reference;
  for (let n = form.length - 1; n >= 0; n -= 1) value = form[n] === 'l' ? [value] : { reference: value };
  return value;
}

interface Example {
  readonly target: Target;
  readonly rows: FoundRows;
}

/** The rows of any reference, by those of two; undefined if these differ in more than the names of the targets. */
export function commonRows([one, other]: readonly [Example, Example], work: number): ReferringRows | undefined {
  const [{ keys, presentLow, presentHigh }, others] = [one.rows, other.rows];
  if (hasMore(one.rows) || hasMore(others) || keys.length !== others.keys.length) return undefined;
  const all: ReferringKey[] = [];
  for (const [n, key] of keys.entries()) {
    const common = commonKey([key, others.keys[n]!], [one.target, other.target]);
    if (common === undefined) return undefined;
    all.push(common);
  }
  return { keys: all, presentLow, presentHigh, work };
}

function commonKey([one, other]: [bigint, bigint], [first, second]: [Target, Target]): ReferringKey | undefined {
  if (one === other) return { seed: one, by: 'itself' };
  if ((one ^ first.hash) === (other ^ second.hash)) return { seed: one ^ first.hash, by: 'hash' };
  if ((one ^ first.untyped) === (other ^ second.untyped)) return { seed: one ^ first.untyped, by: 'untyped' };
  return undefined;
}

function hasMore({ exact, postings, strings, words }: FoundRows): boolean {
  return exact.length + postings.length + strings.length + words.length > 0;
}

/** Targets of the examples of a type. */
export function twoTargets(type: string): readonly [Target, Target] {
  return [targetOf(referenceText(type, 'one'))!, targetOf(referenceText(type, 'another'))!];
}

export const twoIds = ['one', 'another'] as const;
