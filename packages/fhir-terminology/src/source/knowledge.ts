import type { ValueSet } from '@dhp/fhir-model';
import { TerminologyFault } from '../outcome/fault.ts';
import { issue } from '../outcome/issue.ts';
import { message } from '../outcome/messages.ts';
import { wasThere } from '../parameters/as-of.ts';
import { compareVersions, latest, versionMatches } from '../version/version-match.ts';
import type { ConceptSource } from './concept-source.ts';
import { canonical, type ConceptSystem } from '../concepts/concept-system.ts';
import { implicitValueSet, readImplicit, splitReference } from './implicit-value-sets.ts';
import { algorithmOf } from './resource-source.ts';
import type { Supplement } from './supplement.ts';
import { SupplementedSystem } from './supplemented-system.ts';

/** Something that was asked of the source, and the very objects that it was answered with. */
export interface Dependency {
  readonly type: 'system' | 'valueSet';
  readonly url: string;
  readonly version: string | undefined;
  readonly found: readonly (ConceptSystem | Supplement | ValueSet | undefined)[];
}

/** A source as one request asks it: by version, with the supplements that the request and the value set call for. */
export class Knowledge {
  readonly source: ConceptSource;
  readonly #systems = new Map<string, ConceptSystem | undefined>();
  #trace: Dependency[] | undefined;
  readonly #wanted = new Set<string>();
  readonly #used = new Set<string>();
  readonly #asOf: Date | undefined;
  readonly #byAlias: boolean;

  /**
   * @param asOf of resources with versions, those count that existed at that moment, by their date
   * @param byAlias code systems are found under every name that they have; else only under their canonicals
   */
  constructor(source: ConceptSource, { asOf, byAlias = false }: { asOf?: Date | undefined; byAlias?: boolean } = {}) {
    this.source = source;
    this.#asOf = asOf;
    this.#byAlias = byAlias;
  }

  /** The name under which a code system is known; the given one if it is unknown. */
  canonicalOf(name: string): string {
    if (!this.#byAlias || this.source.codeSystems(name).length > 0) return name;
    return this.source.aliases(name).find((other) => this.source.codeSystems(other).length > 0) ?? name;
  }

  /** Calls for a supplement; systems asked for later have it. */
  want(supplement: string): void {
    if (this.#wanted.has(supplement)) return;
    this.#wanted.add(supplement);
    this.#systems.clear();
  }

  /** The supplements called for that no system asked for so far has. */
  missingSupplements(): string[] {
    return [...this.#wanted].filter((wanted) => !this.#used.has(wanted));
  }

  /** The latest matching version whose concepts are known, at least in part. */
  system(url: string, version?: string): ConceptSystem | undefined {
    this.#trace?.push({ type: 'system', url, version, found: this.#parts(url, version) });
    const key = canonical(url, version);
    if (!this.#systems.has(key)) this.#systems.set(key, this.#find(url, version));
    return this.#systems.get(key);
  }

  /**
   * Runs a generator, in parts, and notes its dependencies. If the source changes between two parts, earlier results are no longer valid:
   * see `stillHolds`.
   */
  *tracing<T>(run: Generator<undefined, T>): Generator<undefined, { result: T; dependencies: readonly Dependency[] }> {
    const dependencies: Dependency[] = [];
    this.#trace = dependencies;
    try {
      return { result: yield* run, dependencies };
    } finally {
      this.#trace = undefined;
    }
  }

  /** Whether all that was asked for would be answered the same today. */
  stillHolds(dependencies: readonly Dependency[]): boolean {
    return dependencies.every(({ type, url, version, found }) => {
      const now = type === 'system' ? this.#parts(url, version) : [this.#findValueSet(url, version)];
      return now.length === found.length && now.every((part, i) => part === found[i]);
    });
  }

  /** The versions known of a code system, sorted as texts. */
  versions(url: string): string[] {
    const versions = this.source.codeSystems(this.canonicalOf(url)).flatMap(({ header }) => header.version ?? []);
    return [...new Set(versions)].sort();
  }

  /** A value set by its canonical, which may carry a version. */
  valueSet(url: string, version?: string): ValueSet | undefined {
    const [name, own] = splitReference(url);
    const wanted = version ?? own;
    const found = this.#findValueSet(name, wanted);
    this.#trace?.push({ type: 'valueSet', url: name, version: wanted, found: [found] });
    return found;
  }

  #findValueSet(url: string, version: string | undefined): ValueSet | undefined {
    const known = this.#then(url, this.source.valueSets(url), ({ date }) => date);
    return latest(known, (item) => item.version, version, algorithmOf) ?? this.#implicit(url, version);
  }

  #implicit(url: string, version: string | undefined): ValueSet | undefined {
    const read = readImplicit(url);
    const system = read && this.#parts(read.system, read.version ?? version)[0];
    return system && implicitValueSet(url, read, system);
  }

  #find(url: string, version?: string): ConceptSystem | undefined {
    const [system, ...supplements] = this.#parts(url, version);
    if (system === undefined || supplements.length === 0) return system;
    return new SupplementedSystem(system, supplements);
  }

  /** A version of a code system and the supplements that go with it here. */
  #parts(name: string, version?: string): [ConceptSystem?, ...Supplement[]] {
    const url = this.canonicalOf(name);
    const all = this.source
      .codeSystems(url)
      .filter(({ header }) => header.content === 'complete' || header.content === 'fragment');
    const known = this.#then(url, all, ({ header }) => header.date);
    const system = latest(
      known,
      ({ header }) => header.version,
      version,
      ({ header }) => header.versionAlgorithm,
    );
    if (system === undefined) return [];
    const supplements = this.source
      .supplements(url)
      .filter((supplement) => isFor(supplement, system) && (isLanguagePack(supplement) || this.#isWanted(supplement)));
    return [system, ...newest(supplements)];
  }

  /** @throws TerminologyFault if there are versions, but none existed then */
  #then<T>(url: string, versions: readonly T[], dateOf: (version: T) => string | undefined): readonly T[] {
    const asOf = this.#asOf;
    if (asOf === undefined || versions.length === 0) return versions;
    const known = versions.filter((version) => wasThere(dateOf(version), asOf));
    if (known.length > 0) return known;
    const first = versions.flatMap((version) => dateOf(version) ?? []).sort()[0] ?? '';
    const text = message('NOT_THERE_THEN', url, asOf.toISOString(), first);
    throw new TerminologyFault('unknown-definition', [issue('error', 'not-found', { kind: 'not-found', text })]);
  }

  #isWanted({ url, version }: Supplement): boolean {
    const names = [...this.#wanted].filter((wanted) => {
      const [name, wantedVersion] = wanted.split('|');
      return name === url && (wantedVersion === undefined || versionMatches(wantedVersion, version));
    });
    for (const name of names) this.#used.add(name);
    return names.length > 0;
  }
}

/** CodeSystem.supplements names a version, or any. */
function isFor({ resource: { supplements = '' } }: Supplement, { header }: ConceptSystem): boolean {
  const version = supplements.split('|')[1];
  return version === undefined || versionMatches(version, header.version);
}

/** A supplement that only translates always applies. */
function isLanguagePack({ resource: { extension } }: Supplement): boolean {
  return (extension ?? []).some(
    ({ url, valueCode }) =>
      url.endsWith('/StructureDefinition/codesystem-supplement-type') && valueCode === 'lang-pack',
  );
}

/** Returns the latest version of each supplement. */
function newest(supplements: readonly Supplement[]): Supplement[] {
  const byUrl = new Map<string, Supplement>();
  for (const supplement of supplements) {
    const other = byUrl.get(supplement.url);
    if (other === undefined || compareVersions(supplement.version, other.version) > 0)
      byUrl.set(supplement.url, supplement);
  }
  return [...byUrl.values()];
}
