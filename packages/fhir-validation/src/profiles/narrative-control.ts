import { isObject, shown, type Json } from '../json.ts';
import { readNarrative, type NarrativePart } from '../narrative/narrative.ts';
import type { Run } from '../run.ts';
import type { ElementDefinition } from '../contract/definitions.ts';

const structure = 'http://hl7.org/fhir/StructureDefinition/';

/** Requirements of a profile for the parts of a narrative, stated with HL7's extensions of element definitions. */
export interface NarrativeControl {
  /** Languages that must have a part: language tags, `_yes` for any, `_no` for none, `_resource` for that of the resource. */
  readonly languages: readonly string[];
  /** Severity of a part that does not state the source of its text; undefined if it need not. */
  readonly source: string | undefined;
}

/** Returns the requirements of an element definition combined with those of its base; undefined if there are none. */
export function narrativeControlOf(
  extensions: NonNullable<ElementDefinition['extension']>,
  before: NarrativeControl | undefined,
): NarrativeControl | undefined {
  const codes = (name: string): string[] =>
    extensions.flatMap(({ url, valueCode }) =>
      url === structure + name && valueCode !== undefined ? [valueCode] : [],
    );
  const languages = codes('narrative-language-control');
  const source = codes('narrative-source-control')[0] ?? before?.source;
  if (languages.length === 0 && source === undefined) return before;
  return { languages: languages.length === 0 ? (before?.languages ?? []) : languages, source };
}

/** Checks the parts of a narrative. https://hl7.org/fhir/extensions/StructureDefinition-narrative-language-control.html */
export function checkNarrativeControl(value: unknown, { languages, source }: NarrativeControl, run: Run): void {
  const div = isObject(value) ? value['div'] : undefined;
  if (typeof div !== 'string') return;
  const { parts } = readNarrative(div, (units) => run.spend(units), true);
  if (source !== undefined) checkSources(parts, source, run);
  const stated = new Set(parts.flatMap(({ tag, attributes }) => (tag === 'div' ? languageOf(attributes) : [])));
  for (const wanted of languages) checkLanguage(wanted, stated, run.resource, run);
}

const languageOf = (attributes: ReadonlyMap<string, string>): string[] => {
  const language = attributes.get('xml:lang');
  return language === undefined ? [] : [language];
};

const sources = new Set(['generated', 'boilerplate', 'original']);
const severities = { error: 'error', warning: 'warning' } as const;

function checkSources(parts: readonly NarrativePart[], source: string, run: Run): void {
  const severity = Object.hasOwn(severities, source) ? severities[source as 'error' | 'warning'] : 'information';
  for (const { tag, attributes } of parts) {
    const classes = attributes.get('class')?.split(/\s+/) ?? [];
    if (!classes.some((one) => sources.has(one))) run.report('narrative-part-source', { element: tag }, severity);
  }
}

function checkLanguage(wanted: string, stated: ReadonlySet<string>, { language }: Json, run: Run): void {
  if (wanted === '_no') {
    if (stated.size > 0) run.report('narrative-part-languages', { found: shown([...stated].join(', ')) });
    return;
  }
  const due = wanted === '_resource' ? language : wanted === '_yes' ? undefined : wanted;
  if (stated.size === 0) run.report('narrative-part-missing', named(due), wanted === '_yes' ? 'error' : 'warning');
  else if (typeof due === 'string' && !stated.has(due)) run.report('narrative-part-missing', named(due));
}

const named = (language: unknown): { readonly language?: string } =>
  typeof language === 'string' ? { language: shown(language) } : {};
