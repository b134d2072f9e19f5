import { LRUCache } from 'lru-cache';
import type { Coding, Extension, ValueSetComposeIncludeConcept } from '@dhp/fhir-model';
import { standardsStatusOf } from '../concepts/concept-properties.ts';
import type { Concept, SystemHeader } from '../concepts/concept-system.ts';
import { closenesses, fits, parseTag, type Closeness, type LanguageTag, type Languages } from '@dhp/negotiation';

/** A name that a concept may be shown by: its display, or a designation. */
export interface Name {
  readonly value: string;
  readonly language: LanguageTag | undefined;
  readonly use?: Coding;
  readonly extensions: readonly Extension[];
  /** It is in `display`, of the code system or of the value set. */
  readonly isDisplay: boolean;
  /** The name may still be used. */
  readonly isCurrent: boolean;
  readonly source?: string;
}

/** Use of a designation that is the display in its language. */
export const preferredForLanguage: Coding = {
  system: 'http://terminology.hl7.org/CodeSystem/hl7TermMaintInfra',
  code: 'preferredForLanguage',
};

/** SNOMED CT's preferred term is a display as well. */
const preferredTerm = '900000000000548007';

/** Language tags are input data; the cache of parsed ones is bounded. False: invalid. */
const tags = new LRUCache<string, LanguageTag | false>({ max: 1000 });

function tagOf(text: string | undefined): LanguageTag | undefined {
  if (text === undefined) return undefined;
  let tag = tags.get(text);
  if (tag === undefined) tags.set(text, (tag = parseTag(text) ?? false));
  return tag === false ? undefined : tag;
}

/** The names of a concept in its code system, the display first. */
export function namesOf(header: SystemHeader, concept: Concept): Name[] {
  const names: Name[] = [];
  if (concept.display !== undefined) names.push(displayName(concept.display, header.language));
  for (const designation of concept.designations) names.push(designationName(designation));
  return names;
}

/** A display as a name; `language` is that of its resource. */
export function displayName(value: string, language: string | undefined): Name {
  return { value, language: tagOf(language), extensions: [], isDisplay: true, isCurrent: true };
}

/**
 * The names of a concept in a value set that lists it. The display of the value set replaces that of the code system there
 * (https://hl7.org/fhir/R5/valueset-definitions.html#ValueSet.compose.include.concept.display), which remains valid.
 */
export function namesIn(
  own: readonly Name[],
  listed: ValueSetComposeIncludeConcept | undefined,
  language: string | undefined,
): Name[] {
  const names = [...own];
  if (listed === undefined) return names;
  if (listed.display !== undefined) {
    const display = displayName(listed.display.trim(), language);
    if (own.some(({ value }) => value === display.value)) names.push(display);
    else names.unshift(display);
  }
  for (const designation of listed.designation ?? []) names.push(designationName(designation));
  return names;
}

export function designationName(designation: {
  readonly language?: string;
  readonly use?: Coding;
  readonly value: string;
  readonly extensions?: readonly Extension[];
  readonly extension?: readonly Extension[];
  readonly source?: string;
}): Name {
  const { language, use, value, source } = designation;
  const extensions = designation.extensions ?? designation.extension ?? [];
  const status = standardsStatusOf(extensions);
  return {
    value: value.trim(),
    language: tagOf(language),
    ...(use !== undefined && { use }),
    extensions,
    isDisplay: false,
    isCurrent: status !== 'withdrawn' && status !== 'inactive',
    ...(source !== undefined && { source }),
  };
}

/** Whether a name is a way to show the concept, rather than a synonym, an abbreviation or a definition. */
export function isForDisplay({ isDisplay, use }: Name): boolean {
  if (isDisplay || use === undefined) return true;
  if (use.code === preferredForLanguage.code && use.system === preferredForLanguage.system) return true;
  return use.code === preferredTerm && use.system === 'http://snomed.info/sct';
}

/**
 * The name to show: for each language wanted, best first, the closest in language; names meant for display before others,
 * current before withdrawn ones. Without a wish, the concept's own display. A name without a language is the last resort,
 * unless only certain languages are wanted.
 */
export function preferredName(names: readonly Name[], languages: Languages | undefined): Name | undefined {
  if (languages === undefined) {
    return (
      names.find((name) => isForDisplay(name) && name.isCurrent) ?? names.find((name) => isForDisplay(name)) ?? names[0]
    );
  }
  for (const range of languages.ranges) {
    if (range.quality <= 0) continue;
    for (const current of [true, false]) {
      for (const closeness of closenesses) {
        const fitting = names.filter((name) => {
          if (current && !name.isCurrent) return false;
          return range.tag === '*' || (name.language !== undefined && fits(range, name.language, closeness));
        });
        const found = fitting.find((name) => isForDisplay(name)) ?? fitting[0];
        if (found !== undefined) return found;
      }
    }
  }
  return names.find((name) => name.language === undefined && isForDisplay(name));
}

/** Whether a name is in one of the languages; a name without a language is in any. */
export function isIn(name: Name, languages: Languages | undefined, closeness: Closeness): boolean {
  const { language } = name;
  if (language === undefined || languages === undefined) return true;
  return languages.ranges.some((range) => fits(range, language, closeness));
}
