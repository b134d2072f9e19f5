import type { ConceptMap, ValueSet } from '@dhp/fhir-model';
import { readPart, type ContentPart } from './read-part.ts';
import type { Names } from '../source/aliases.ts';
import type { ConceptSource } from '../source/concept-source.ts';
import type { ConceptSystem } from '../concepts/concept-system.ts';
import type { Supplement } from '../source/supplement.ts';

const nothing: readonly never[] = [];

/** Kinds of parts that a resource of a type can be. */
const kindsOf: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries<readonly string[]>({
    CodeSystem: ['system', 'supplement'],
    ValueSet: ['valueSet'],
    ConceptMap: ['conceptMap'],
  }),
);

const versioned = ({ valueSet, conceptMap }: ContentPart): ValueSet | ConceptMap | undefined =>
  valueSet?.() ?? conceptMap?.();

interface Part extends ContentPart {
  readonly rank: string;
}

/**
 * A source whose resources are added, changed and removed: those that a server stores. Each is given as the bytes of a content file with it
 * alone (`writeContent`), which other threads can make; it is read on first use. Unchanged resources remain the same objects, so that
 * results derived from them remain valid.
 * @example
 * const valueSet = { resourceType: 'ValueSet', url: 'urn:v', status: 'active' } as const;
 * const source = new ChangingSource();
 * source.put('1', writeContent([valueSet]), '1');
 * source.valueSets('urn:v').length; // 1
 */
export class ChangingSource implements ConceptSource {
  readonly #parts = new Map<string, Part>();
  /** Parts by kind and url, those of the highest rank first. */
  readonly #byUrl = new Map<string, Part[]>();

  /**
   * Adds a resource, or replaces the one of the key.
   * @param rank of two resources with the same canonical and version the one with the higher rank counts, compared as texts
   * @throws RangeError if the bytes are not a content file
   */
  put(key: string, bytes: Uint8Array, rank: string): void {
    const read = readPart(bytes);
    this.delete(key);
    if (read === undefined) return;
    const part = { ...read, rank };
    this.#parts.set(key, part);
    for (const name of part.names) {
      const list = [...(this.#byUrl.get(name) ?? []), part];
      this.#byUrl.set(
        name,
        list.sort((a, b) => (a.rank > b.rank ? -1 : 1)),
      );
    }
  }

  delete(key: string): void {
    const part = this.#parts.get(key);
    if (part === undefined) return;
    this.#parts.delete(key);
    for (const name of part.names) {
      const others = (this.#byUrl.get(name) ?? []).filter((other) => other !== part);
      if (others.length === 0) this.#byUrl.delete(name);
      else this.#byUrl.set(name, others);
    }
  }

  /** The code system of a key. */
  systemOf(key: string): ConceptSystem | undefined {
    return this.#parts.get(key)?.system;
  }

  /** The value set of a key. */
  valueSetOf(key: string): ValueSet | undefined {
    return this.#parts.get(key)?.valueSet?.();
  }

  /** The concept map of a key. */
  conceptMapOf(key: string): ConceptMap | undefined {
    return this.#parts.get(key)?.conceptMap?.();
  }

  /** Returns the versions of the resources of a type under a url, '' for one without a version; an implicit value set is not a resource. */
  versions(type: string, url: string): readonly string[] {
    const parts = (kindsOf.get(type) ?? []).flatMap((kind) => this.#named(kind, url));
    return parts.map((part) => (part.system?.header ?? part.supplement?.() ?? versioned(part))?.version ?? '');
  }

  systems(): readonly ConceptSystem[] {
    return [...this.#parts.values()].flatMap(({ system }) => system ?? []);
  }

  codeSystems(url: string): readonly ConceptSystem[] {
    return distinct(
      this.#named('system', url).flatMap(({ system }) => system ?? []),
      ({ header }) => header.version,
    );
  }

  supplements(url: string): readonly Supplement[] {
    return distinct(
      this.#named('supplements', url).flatMap(({ supplement }) => supplement?.() ?? []),
      (item) => `${item.url}|${item.version ?? ''}`,
    );
  }

  supplement(url: string): readonly Supplement[] {
    return distinct(
      this.#named('supplement', url).flatMap(({ supplement }) => supplement?.() ?? []),
      versionOf,
    );
  }

  valueSets(url: string): readonly ValueSet[] {
    const defined = this.#named('valueSet', url).flatMap(({ valueSet }) => valueSet?.() ?? []);
    if (defined.length > 0) return distinct(defined, versionOf);
    return distinct(
      this.#named('allCodes', url).flatMap(({ allCodes }) => allCodes ?? []),
      versionOf,
    );
  }

  conceptMaps(url?: string): readonly ConceptMap[] {
    const parts = url === undefined ? [...this.#parts.values()] : this.#named('conceptMap', url);
    return distinct(
      parts.flatMap(({ conceptMap }) => conceptMap?.() ?? []),
      (item) => `${item.url ?? ''}|${item.version ?? ''}`,
    );
  }

  aliases(name: string): Names {
    return [...new Set(this.#named('alias', name).flatMap(({ aliases = [] }) => aliases))];
  }

  #named(kind: string, url: string): readonly Part[] {
    return this.#byUrl.get(`${kind} ${url}`) ?? nothing;
  }
}

const versionOf = ({ version }: { version?: string | undefined }): string | undefined => version;

/** The first of each version. */
function distinct<T>(items: readonly T[], version: (item: T) => string | undefined): readonly T[] {
  if (items.length < 2) return items;
  const seen = new Set<string | undefined>();
  return items.filter((item) => !seen.has(version(item)) && seen.add(version(item)).size > 0);
}
