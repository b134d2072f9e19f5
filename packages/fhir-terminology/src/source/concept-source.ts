import type { ConceptMap, ValueSet } from '@dhp/fhir-model';
import type { Names } from './aliases.ts';
import type { ConceptSystem } from '../concepts/concept-system.ts';
import type { Supplement } from './supplement.ts';

/**
 * Content of a terminology service. Operations read only through it and keep no state, so the same rules serve the built-in content, the
 * resources of a server, and the `tx-resource` parameters of a request. All content is in memory and read synchronously.
 */
export interface ConceptSource {
  /** Every known version of a code system, of any content mode; supplements are not among them. */
  codeSystems(url: string): readonly ConceptSystem[];
  /** The supplements of a code system (CodeSystem.supplements names it, with or without a version). */
  supplements(url: string): readonly Supplement[];
  /** A supplement by its own canonical. */
  supplement(url: string): readonly Supplement[];
  /** Every version known of a value set, implicit value sets among them. */
  valueSets(url: string): readonly ValueSet[];
  /** Concept maps, by canonical or all of them. */
  conceptMaps(url?: string): readonly ConceptMap[];
  /** All names of a code system, its canonical first; empty if no other is known. */
  aliases(name: string): Names;
  /** Every version of every code system, of any content mode; supplements are not among them. */
  systems(): readonly ConceptSystem[];
}

const nothing: readonly never[] = [];

/**
 * The first source that knows something about a url wins for one version; versions of all are seen side by side.
 * @example
 * layered(new ResourceSource(), grammars()).codeSystems('http://unitsofmeasure.org').length; // 1
 */
export function layered(...sources: readonly ConceptSource[]): ConceptSource {
  const [only] = sources;
  if (only !== undefined && sources.length === 1) return only;
  const join = <T>(pick: (source: ConceptSource) => readonly T[], version: (item: T) => string): readonly T[] => {
    let found: readonly T[] = nothing;
    for (const source of sources) {
      const more = pick(source);
      if (more.length === 0) continue;
      if (found.length === 0) found = more;
      else {
        const seen = new Set(found.map(version));
        found = [...found, ...more.filter((item) => !seen.has(version(item)))];
      }
    }
    return found;
  };
  return {
    codeSystems: (url) =>
      join(
        (source) => source.codeSystems(url),
        ({ header }) => header.version ?? '',
      ),
    supplements: (url) =>
      join(
        (source) => source.supplements(url),
        (item) => `${item.url}|${item.version ?? ''}`,
      ),
    supplement: (url) =>
      join(
        (source) => source.supplement(url),
        (item) => item.version ?? '',
      ),
    valueSets: (url) =>
      join(
        (source) => source.valueSets(url),
        (item) => item.version ?? '',
      ),
    conceptMaps: (url) =>
      join(
        (source) => source.conceptMaps(url),
        (item) => `${item.url ?? ''}|${item.version ?? ''}|${item.id ?? ''}`,
      ),
    aliases: (name) =>
      join(
        (source) => source.aliases(name),
        (other) => other,
      ),
    systems: () =>
      join(
        (source) => source.systems(),
        ({ header }) => `${header.url}|${header.version ?? ''}`,
      ),
  };
}
