import type { Coding, ValueSet, ValueSetCompose, ValueSetComposeInclude } from '@dhp/fhir-model';
import { issue } from '../outcome/issue.ts';
import { message } from '../outcome/messages.ts';
import type { ConceptSystem } from '../concepts/concept-system.ts';
import { IncludeIndex } from '../value-set/include-index.ts';
import { comparesVersions } from '../value-set/include-versions.ts';
import {
  checkFilters,
  importPath,
  includesOf,
  nameOf,
  mergedLists,
  newestFirst,
  pinned,
  resolveImport,
} from '../value-set/value-set.ts';
import { ruledVersion } from '../version/version-rules.ts';
import { noteStanding, standingOfSystem, standingOfValueSet } from './canonical-status.ts';
import { Unprepared, type CheckContext } from './check-context.ts';
import { checkCodingVersion, pickVersion } from './coding-version.ts';
import { checkExpansion } from './expansion-check.ts';
import { checkInclude, reportInactive } from './include-check.ts';
import { ListedCodes } from './listed-codes.ts';
import { reportForbidden, reportUnknown } from './system-reports.ts';
import type { Found, Trial } from './trial.ts';

/** Whether codings are in a value set, without expanding it. */
export class ValueSetChecker {
  readonly valueSet: ValueSet;
  readonly context: CheckContext;
  readonly #imports = new Map<string, ValueSetChecker>();
  /** The checkers of all value sets that make up the requested one: each is resolved once. */
  readonly #resolved: Map<ValueSet, ValueSetChecker>;
  readonly includes: IncludeIndex;
  readonly #excludes: IncludeIndex;
  readonly #codes = new Map<ValueSetComposeInclude, ListedCodes>();

  /**
   * Resolves the value sets that it includes.
   * @param within the value sets being resolved, to detect a circle
   * @param resolved the complete ones
   * @throws TerminologyFault for filters that cannot be run; Unprepared for unknown value sets; BudgetSpent
   */
  constructor(
    context: CheckContext,
    valueSet: ValueSet,
    within: readonly string[] = [],
    resolved = new Map<ValueSet, ValueSetChecker>(),
  ) {
    this.context = context;
    this.valueSet = valueSet;
    this.#resolved = resolved;
    const path = importPath(valueSet, within);
    context.budget?.spend(unitsOf(valueSet), 'the value set of a validation');
    context.settings.seeValueSet(valueSet);
    const { compose } = valueSet;
    const canonicalOf = (name: string): string => context.knowledge.canonicalOf(name);
    this.includes = new IncludeIndex(mergedLists(newestFirst(includesOf(compose))), canonicalOf);
    this.#excludes = new IncludeIndex(mergedLists(compose?.exclude ?? []), canonicalOf);
    for (const part of ['include', 'exclude'] as const) {
      (compose?.[part] ?? []).forEach((include, i) => this.#prepare(include, `${part}[${i}]`, path));
    }
    resolved.set(valueSet, this);
  }

  /** Its canonical with its version. */
  get name(): string {
    return nameOf(this.valueSet);
  }

  imports(): Iterable<ValueSetChecker> {
    return this.#imports.values();
  }

  /** The version that an include names of a code system, under the rules of the request. */
  versionOf(system: string, version: string | undefined): string | undefined {
    return ruledVersion(this.context.settings.rules, 'system', system, version);
  }

  /** A code system in the version named; reports a version that a rule of the request does not allow. */
  find(system: string, version: string | undefined, trial?: Trial, path = ''): ConceptSystem | undefined {
    const found = this.context.knowledge.system(system, this.versionOf(system, version));
    if (found !== undefined && trial !== undefined) reportForbidden(this.context.settings, found, path, trial);
    return found;
  }

  /** The codes that an include of this value set lists of a code system. */
  codesOf(include: ValueSetComposeInclude, system: ConceptSystem): ListedCodes {
    let codes = this.#codes.get(include);
    if (codes?.isOf(system) !== true)
      this.#codes.set(include, (codes = new ListedCodes(system, include, this.context.budget)));
    return codes;
  }

  /**
   * Whether a coding is in the value set.
   * @returns undefined if that is undecidable, since its code system is unknown
   */
  check(coding: Coding, path: string, trial: Trial, found: Found): boolean | undefined {
    // Value sets that import each other twice are checked once, or each level would double the work.
    const known = trial.recall(this, coding, found);
    if (known !== undefined) return known.result;
    const since = trial.issues.length;
    const result = this.#check(coding, path, trial, found);
    trial.remember(this, coding, { result, found: { ...found }, issues: trial.issues.slice(since) });
    return result;
  }

  #check(coding: Coding, path: string, trial: Trial, found: Found): boolean | undefined {
    const { compose, expansion } = this.valueSet;
    if (compose === undefined)
      return expansion === undefined ? false : checkExpansion(this, coding, path, trial, found);
    const result = this.#checkIncludes(compose, coding, path, trial, found);
    if (result !== true) return result;
    const excluded = this.#excludes
      .of(coding.system)
      .some((exclude) => this.#isExcluded(exclude, coding, path, trial, found));
    return !excluded;
  }

  #checkIncludes(
    compose: ValueSetCompose,
    coding: Coding,
    path: string,
    trial: Trial,
    found: Found,
  ): boolean | undefined {
    const version = coding.version === undefined ? pickVersion(this, coding) : undefined;
    const since = trial.issues.length;
    for (const include of this.includes.of(coding.system)) {
      this.context.budget?.spend(20, 'validation of a code');
      let result: boolean | undefined = true;
      if (include.system !== undefined) {
        const considered =
          this.#isOf(include, coding) &&
          (version === undefined || include.version === version) &&
          this.#isChosen(include, coding.version);
        result = considered && this.#checkSystem(include, coding, path, trial, found);
        if (considered && result === undefined) return undefined;
      }
      for (const url of include.valueSet ?? []) {
        const other = this.#imported(url);
        noteStanding(trial, standingOfValueSet(other.valueSet), standingOfValueSet(this.valueSet));
        if (result === true) result = other.check(coding, path, trial, found);
      }
      if (result === true && include.system === undefined && compose.inactive === false && isInactive(trial, path)) {
        reportInactive(trial, coding.code ?? '', path);
        result = false;
      }
      if (result !== true) continue;
      trial.forgive(since);
      return true;
    }
    return false;
  }

  /** If the coding's version is one that the value set includes, only that include counts. */
  #isChosen(include: ValueSetComposeInclude, version: string | undefined): boolean {
    if (version === undefined || include.version === version) return true;
    return !this.includes.hasVersion(version);
  }

  /** The part of an include that names a code system. */
  #checkSystem(
    include: ValueSetComposeInclude,
    coding: Coding,
    path: string,
    trial: Trial,
    found: Found,
  ): boolean | undefined {
    const url = include.system!;
    const version = checkCodingVersion(this, include, coding, path, trial);
    const system = this.find(url, version, trial, path);
    if (system === undefined) {
      if (this.context.settings.is('valueset-membership-only')) return false;
      reportUnknown(this.context.knowledge, url, version, path, trial);
      return undefined;
    }
    noteStanding(trial, standingOfSystem(system.header), standingOfValueSet(this.valueSet));
    const result = checkInclude(this, {
      system,
      include,
      code: coding.code ?? '',
      path,
      trial,
      found,
      role: 'include',
    });
    if (result || found.header === undefined) found.header = system.header;
    return result;
  }

  #isExcluded(exclude: ValueSetComposeInclude, coding: Coding, path: string, trial: Trial, found: Found): boolean {
    let excluded = true;
    const since = trial.issues.length;
    if (exclude.system !== undefined) {
      const system = this.#isOf(exclude, coding) ? this.find(exclude.system, exclude.version) : undefined;
      if (system === undefined || this.#isOtherVersion(exclude, system, coding, found)) return false;
      const code = coding.code ?? '';
      excluded = checkInclude(this, { system, include: exclude, code, path, trial, found, role: 'exclude' });
    }
    for (const url of exclude.valueSet ?? []) {
      const other = this.#imported(url);
      noteStanding(trial, standingOfValueSet(other.valueSet), standingOfValueSet(this.valueSet));
      if (excluded) excluded = other.check(coding, path, trial, { ...found }) === true;
    }
    // It only removes: it reports no errors of the code.
    trial.forgive(since);
    return excluded;
  }

  /** An exclude of one version does not affect a code of another one, if versions are to be distinguished. */
  #isOtherVersion({ version }: ValueSetComposeInclude, system: ConceptSystem, coding: Coding, found: Found): boolean {
    const { settings } = this.context;
    const toldApart = coding.version !== undefined || settings.flags.versionsMatch === false;
    if (version === undefined || !toldApart || comparesVersions(this.valueSet, settings)) return false;
    return found.header?.version !== system.header.version;
  }

  /** Whether an include names the code system of a coding, which is under its canonical. */
  #isOf({ system }: ValueSetComposeInclude, coding: Coding): boolean {
    return (
      system === coding.system || (system !== undefined && this.context.knowledge.canonicalOf(system) === coding.system)
    );
  }

  #prepare(include: ValueSetComposeInclude, part: string, within: readonly string[]): void {
    for (const url of include.valueSet ?? []) {
      if (this.#imports.has(url)) continue;
      const other = resolveImport(this.context, this.valueSet, url);
      if (other === undefined) {
        const id = 'Unable_to_resolve_value_Set_';
        const text = message(id, pinned(this.context.settings, url));
        throw new Unprepared('unknown-definition', [issue('error', 'not-found', { kind: 'not-found', id, text })]);
      }
      const known = this.#resolved.get(other);
      this.#imports.set(url, known ?? new ValueSetChecker(this.context, other, within, this.#resolved));
    }
    if (include.system === undefined) return;
    const system = this.find(include.system, include.version);
    if (system !== undefined) checkFilters(system, include, part);
  }

  #imported(url: string): ValueSetChecker {
    const other = this.#imports.get(url);
    if (other === undefined) throw new Error(`${url} was not resolved`);
    return other;
  }
}

/** Units of work of reading the definition of a value set: its includes are sorted and joined, the listed codes copied. */
function unitsOf({ compose }: ValueSet): number {
  const parts = [...(compose?.include ?? []), ...(compose?.exclude ?? [])];
  return parts.reduce((sum, { concept = [] }) => sum + 20 + concept.length / 16, 0);
}

/** Whether the concept of a coding, which a value set that is imported has taken, is inactive. */
function isInactive({ conditions }: Trial, path: string): boolean {
  return conditions.get(path)?.isInactive === true;
}
