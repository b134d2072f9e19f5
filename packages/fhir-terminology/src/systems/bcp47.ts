import { parseTag, tagParts, type TagParts } from '@dhp/negotiation';
import type { ConceptSystem, Designation } from '../concepts/concept-system.ts';
import { grammarSystem } from './grammar-system.ts';

/** The languages that names of languages are given in, beside English. */
const shown = ['uz', 'ru'];

/**
 * Language tags (BCP 47). A tag is valid when its language, script and region are registered, according to the Unicode CLDR of this
 * runtime, which also has their names.
 */
export function languages(): ConceptSystem {
  return grammarSystem({
    url: 'urn:ietf:bcp:47',
    name: 'BCP47',
    title: 'IETF language tags',
    caseSensitive: false,
    listedBy: 'http://hl7.org/fhir/ValueSet/languages',
    read(code) {
      const written = canonicalTag(code);
      if (written === undefined) return undefined;
      const designations = shown.flatMap((language): Designation[] => {
        const value = nameOf(written, language);
        return value === undefined ? [] : [{ language, value }];
      });
      return { code: written, display: nameOf(written, 'en') ?? written, designations };
    },
    filter({ property, op, value }) {
      const part = parts.get(property);
      if (part === undefined) return undefined;
      if (op === '=') return ({ code }) => tagParts(code)?.[part]?.toLowerCase() === value.toLowerCase();
      if (op !== 'exists' || (value !== 'true' && value !== 'false')) return undefined;
      return ({ code }) => (tagParts(code)?.[part] !== undefined) === (value === 'true');
    },
  });
}

/** The parts of a tag (RFC 5646, section 2.1) by the names that filters have for them. */
const parts: ReadonlyMap<string, keyof TagParts> = new Map(
  Object.entries<keyof TagParts>({
    language: 'language',
    'ext-lang': 'extLang',
    script: 'script',
    region: 'region',
    variant: 'variant',
    extension: 'extension',
    'private-use': 'privateUse',
  }),
);

/** The tag in its usual case (`en-AU`, `uz-Cyrl`); undefined when a part of it is not registered. */
function canonicalTag(code: string): string | undefined {
  const tag = parseTag(code);
  if (tag === undefined) return undefined;
  const { language, script, region } = tag;
  if (!isKnown('language', language)) return undefined;
  if (script !== '' && !isKnown('script', script.charAt(0).toUpperCase() + script.slice(1))) return undefined;
  if (/^[a-z]/.test(region) && !isKnown('region', region.toUpperCase())) return undefined;
  return code
    .split('-')
    .map((part, i) => {
      if (i === 0 || part.length > 4 || /^\d/.test(part)) return part.toLowerCase();
      if (part.length === 4) return part.charAt(0).toUpperCase() + part.slice(1).toLowerCase();
      return part.length === 2 ? part.toUpperCase() : part.toLowerCase();
    })
    .join('-');
}

const isKnown = (type: 'language' | 'script' | 'region', code: string): boolean =>
  nameOf(code, 'en', type) !== undefined;

/** The runtime refuses tags without names: private use, and languages of four letters, which RFC 5646 reserves. */
function nameOf(
  code: string,
  language: string,
  type: 'language' | 'script' | 'region' = 'language',
): string | undefined {
  try {
    return displayNames(language, type).of(code);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return undefined;
  }
}

const made = new Map<string, Intl.DisplayNames>();

function displayNames(language: string, type: 'language' | 'script' | 'region'): Intl.DisplayNames {
  const key = `${language} ${type}`;
  let names = made.get(key);
  if (names === undefined) {
    names = new Intl.DisplayNames([language], { type, fallback: 'none', languageDisplay: 'standard' });
    made.set(key, names);
  }
  return names;
}
