/** Labels in `meta` of resources, each stored once as a term: `$meta` of a type or of the system lists them. */
import { hash } from 'node:crypto';
import type { JsonResource } from '@dhp/fhir-search';
import { keyOf, referenceTexts, seedOf, tokenText } from '../keys/keys.ts';
import { longTextKey, maxStringLength } from '../keys/text-for-index.ts';
import type { RowBuilder } from '../row/row-builder.ts';
import { objectOf } from '../types/json.ts';
import { referenceValues } from '../types/reference/indexing.ts';
import type { Reading } from '../types/simple-values.ts';
import { tokenValues } from '../types/token/indexing.ts';

export type LabelList = 'profile' | 'tag' | 'security';

export interface LabelParameter {
  readonly list: LabelList;
  /** Seed of the terms: each is the JSON of a canonical or of a Coding. */
  readonly words: bigint;
  /**
   * Seed of the terms that stand for longer ones: each is their `labelWord`. A separate seed, because a server of the previous release does
   * not know them.
   */
  readonly longWords: bigint;
  /** Seed of the keys. */
  readonly seed: bigint;
}

const lists = ['profile', 'tag', 'security'] as const;
const known = new Map<string, readonly LabelParameter[]>();

/**
 * The labels of a resource type. The key of such a word is one that searches use: for `_tag` and `_security` that of `system|code`, for
 * `_profile` that of the canonical as written, including its version.
 */
export function labelParameters(type: string): readonly LabelParameter[] {
  let parameters = known.get(type);
  if (parameters === undefined) {
    parameters = lists.map((list) => {
      const words = seedOf(type, `_${list}`, 'label');
      return { list, words, longWords: longTextKey(words), seed: seedOf(type, `_${list}`) };
    });
    if (known.size < 1_000) known.set(type, parameters);
  }
  return parameters;
}

export function addLabels(rows: RowBuilder, { resourceType, meta }: JsonResource, reading: Reading): void {
  const labels = objectOf(meta);
  for (const { list, words, seed } of labelParameters(resourceType)) {
    const items = labels[list];
    if (!Array.isArray(items)) continue;
    for (const item of items) {
      const [text, json] = list === 'profile' ? profileLabel(item, reading) : codingLabel(item);
      if (text === undefined) continue;
      if (isLongLabel(json)) rows.longWord(words, keyOf(seed, text), labelWord(json));
      else rows.word(words, keyOf(seed, text), json);
    }
  }
}

/** Whether the JSON of a label is too long for a word. */
function isLongLabel(json: string): boolean {
  return json.length > maxStringLength;
}

/** The JSON of a label; for a long one `{"hash":…}` of it, and a resource with the label has the full text. */
export function labelWord(json: string): string {
  return isLongLabel(json) ? JSON.stringify({ hash: hash('sha256', json) }) : json;
}

function profileLabel(item: unknown, { ownBases }: Reading): [text: string | undefined, json: string] {
  const [reference] = referenceValues(item, 'canonical', ownBases);
  return [reference && referenceTexts(reference).at(-1), JSON.stringify(item ?? '')];
}

/** A Coding is the same as another one by system and code; the display is that of the first. */
function codingLabel(item: unknown): [text: string | undefined, json: string] {
  const [token] = tokenValues(item, 'Coding');
  if (token?.code === undefined) return [undefined, ''];
  const { system = '', code } = token;
  const { display } = objectOf(item);
  const coding = { ...(system === '' ? {} : { system }), code };
  const whole = JSON.stringify(typeof display === 'string' ? { ...coding, display } : coding);
  return [tokenText.coding(system, code), isLongLabel(whole) ? JSON.stringify(coding) : whole];
}
