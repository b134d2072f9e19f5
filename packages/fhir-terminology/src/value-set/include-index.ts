import type { ValueSetComposeInclude } from '@dhp/fhir-model';
import { compareVersions } from '../version/version-match.ts';

/** The includes (or excludes) of a value set by the code system that they take codes of. */
export class IncludeIndex {
  readonly #includes: readonly ValueSetComposeInclude[];
  readonly #canonicalOf: (name: string) => string;
  #bySystem: Map<string, number[]> | undefined;
  #withoutSystem: number[] = [];
  readonly #versions = new Map<string, readonly string[]>();
  #allVersions: ReadonlySet<string> | undefined;

  /** @param canonicalOf of the name of a code system */
  constructor(includes: readonly ValueSetComposeInclude[], canonicalOf: (name: string) => string) {
    this.#includes = includes;
    this.#canonicalOf = canonicalOf;
  }

  /** The includes that may hold a code of a system, in their order: of that system, or of any. */
  of(system: string | undefined): readonly ValueSetComposeInclude[] {
    if (this.#includes.length < 2) return this.#includes;
    const own = this.#numbers().get(system ?? '') ?? [];
    const numbers = this.#withoutSystem.length === 0 ? own : [...own, ...this.#withoutSystem].sort((a, b) => a - b);
    return numbers.map((number) => this.#includes[number]!);
  }

  /** The versions that are named of a code system, by this very name, the latest first. */
  versionsOf(system: string): readonly string[] {
    const known = this.#versions.get(system);
    if (known !== undefined) return known;
    const own = this.of(system).flatMap((one) => (one.system === system ? (one.version ?? []) : []));
    const versions = [...new Set(own)].sort((a, b) => compareVersions(b, a));
    this.#versions.set(system, versions);
    return versions;
  }

  /** Whether an include of any code system names this version. */
  hasVersion(version: string): boolean {
    this.#allVersions ??= new Set(this.#includes.flatMap((one) => one.version ?? []));
    return this.#allVersions.has(version);
  }

  #numbers(): Map<string, number[]> {
    if (this.#bySystem !== undefined) return this.#bySystem;
    const bySystem = new Map<string, number[]>();
    this.#includes.forEach(({ system }, number) => {
      if (system === undefined) this.#withoutSystem.push(number);
      else
        for (const name of new Set([system, this.#canonicalOf(system)])) {
          const numbers = bySystem.get(name) ?? [];
          bySystem.set(name, numbers);
          numbers.push(number);
        }
    });
    return (this.#bySystem = bySystem);
  }
}
