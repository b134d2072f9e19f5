import { parseTag, type LanguageTag } from './language-tag.ts';
import { readMember } from './weighted.ts';

/** One entry of Accept-Language or displayLanguage. */
export interface LanguageRange extends LanguageTag {
  readonly quality: number;
}

/** Languages that a caller accepts, in order of preference. */
export interface Languages {
  readonly ranges: readonly LanguageRange[];
  /** As an answer repeats it. */
  readonly text: string;
}

const anyLanguage: LanguageTag = { tag: '*', language: '*', script: '', region: '', rest: '' };

/**
 * Reads `de, en;q=0.5, *;q=0`. A range of quality 0 stays: `*;q=0` forbids other languages.
 * @returns undefined when a part is no language
 * @example
 * parseLanguages('en;q=0.5, uz')?.ranges[0]?.tag; // 'uz'
 * parseLanguages('en_US'); // undefined
 */
export function parseLanguages(value: string): Languages | undefined {
  const ranges: LanguageRange[] = [];
  for (const part of value.split(',')) {
    const member = readMember(part);
    const tag = member && (member.value === '*' ? anyLanguage : parseTag(member.value));
    if (member === undefined || tag === undefined) return undefined;
    ranges.push({ ...tag, quality: member.weight });
  }
  const weighted = ranges.some(({ quality }) => quality !== 1);
  const text = weighted
    ? ranges.map(({ tag, quality }) => (quality === 1 ? tag : `${tag}; q=${quality}`)).join(', ')
    : value.trim();
  return { ranges: ranges.sort((a, b) => b.quality - a.quality), text };
}

/**
 * The requested languages for a sentence; `--` if there are none.
 * @example
 * languageSummary(parseLanguages('uz, en;q=0.5')); // 'uz, en; q=0.5'
 */
export function languageSummary(languages: Languages | undefined): string {
  if (languages === undefined) return '--';
  return languages.ranges
    .filter(({ tag }) => tag !== '*')
    .map(({ tag, quality }) => (quality === 1 ? tag : `${tag}; q=${quality}`))
    .join(', ');
}

/** Required closeness of a tag to a range: in every part, down to the region, down to the script, or in the language alone. */
export type Closeness = 'full' | 'region' | 'script' | 'language';

export const closenesses: readonly Closeness[] = ['full', 'region', 'script', 'language'];

/**
 * Whether a language fits a range whose quality is not 0.
 * @example
 * const [russian] = parseLanguages('ru')!.ranges;
 * fits(russian!, parseTag('ru-RU')!, 'language'); // true
 */
export function fits(range: LanguageRange, tag: LanguageTag, closeness: Closeness): boolean {
  if (range.quality <= 0) return false;
  if (range.tag === '*') return true;
  if (range.language !== tag.language) return false;
  if (closeness === 'language') return true;
  if (range.script !== tag.script) return false;
  if (closeness === 'script') return true;
  if (range.region !== tag.region) return false;
  return closeness === 'region' || range.rest === tag.rest;
}
