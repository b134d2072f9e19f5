import type { ValueSet, ValueSetComposeInclude, ValueSetExpansion } from '@dhp/fhir-model';
import { allOf, conceptTest, testOf } from '../filter/concept-filter.ts';
import { TerminologyFault } from '../outcome/fault.ts';
import { issue } from '../outcome/issue.ts';
import { message } from '../outcome/messages.ts';
import { isAbstract, isInactive } from '../concepts/concept-properties.ts';
import { canonical, type ConceptSystem } from '../concepts/concept-system.ts';
import { standingOfSystem, standingOfValueSet, warningOf } from '../validate/canonical-status.ts';
import {
  checkFilters,
  importPath,
  nameOf,
  mergedLists,
  newestFirst,
  pinned,
  resolveImport,
  selectableEntries,
} from '../value-set/value-set.ts';
import { parameterOf, ruledVersion } from '../version/version-rules.ts';
import { checkVersion, unknownImport, unknownSystem } from './expand-faults.ts';
import { comparesVersions, hasSeveralVersions, names } from '../value-set/include-versions.ts';
import { listOf, wholeInclude, wholeSystem, type MemberList } from './member-list.ts';
import { keyOf, type ExpandContext, type Member } from './member.ts';
import { stepsOfAPart, type Sliced } from './slices.ts';

/** The members of one value set, in the order of its includes and of their code systems. */
export class Collector {
  readonly #members = new Map<string, Member>();
  /** In their place, where all of a code system is in the value set. */
  #whole: { readonly system: ConceptSystem; readonly list: MemberList } | undefined;
  /** The members may be shown as the tree of their code system. */
  canNest = true;
  /** All of a code system is in the value set. */
  hasWhole = false;
  /** Codes of several versions of one code system are distinguished. */
  readonly versioned: boolean;
  readonly #context: ExpandContext;
  readonly #valueSet: ValueSet;
  readonly #within: readonly string[];
  readonly #versionsMatch: boolean;
  /** Units of work of testing one member against all that is excluded. */
  #unitsOfExcludes = 0;

  /**
   * Collects the members, in parts; once an expansion, however many value sets import this one.
   * @throws TerminologyFault when a part of the value set is not known, imports itself, or is imported too deeply
   */
  static *collecting(context: ExpandContext, valueSet: ValueSet, within: readonly string[] = []): Sliced<Collector> {
    const known = context.collected.get(valueSet);
    if (known !== undefined) return known;
    const collector = new Collector(context, valueSet, within);
    yield* collector.#collect();
    context.collected.set(valueSet, collector);
    return collector;
  }

  private constructor(context: ExpandContext, valueSet: ValueSet, within: readonly string[]) {
    this.#within = importPath(valueSet, within);
    this.#context = context;
    this.#valueSet = valueSet;
    this.versioned = hasSeveralVersions(valueSet);
    this.#versionsMatch = context.settings.is('versionsMatch') || comparesVersions(valueSet, context.settings);
    if (this.#versionsMatch) context.notes.add('versionsMatch', { valueBoolean: true });
  }

  get list(): MemberList {
    return this.#whole?.list ?? listOf([...this.#members.values()]);
  }

  /** Returns the key that identifies a member. */
  key(header: { url: string; version?: string }, code: string): string {
    return keyOf(header, code, this.tellsVersionsApart);
  }

  get tellsVersionsApart(): boolean {
    return this.versioned && !this.#versionsMatch;
  }

  *#collect(): Sliced<void> {
    const { compose, expansion } = this.#valueSet;
    if (compose === undefined && expansion !== undefined) {
      this.#stored(expansion);
      return;
    }
    const { excludedSystems } = this.#context.settings;
    const whole = wholeInclude(this.#valueSet, this.#context.settings);
    if (whole?.system !== undefined) {
      const system = this.#system(whole.system, whole.version);
      const places = system.places?.();
      if (places !== undefined) {
        this.hasWhole = true;
        this.#whole = { system, list: wholeSystem(system, places, this.#valueSet) };
        return;
      }
    }
    const excludes: ((member: Member) => boolean)[] = [];
    const unwanted = mergedLists(compose?.exclude ?? []);
    this.#unitsOfExcludes = unwanted.reduce((sum, exclude) => sum + unitsOf(exclude), 0);
    for (const exclude of unwanted) excludes.push(yield* this.#excludeTest(exclude));
    const wanted = (member: Member): boolean => !excludes.some((test) => test(member));
    for (const [i, include] of newestFirst(compose?.include ?? []).entries()) {
      if (include.system !== undefined && excludedSystems.some((one) => names(one, include))) continue;
      yield* this.#include(include, i, wanted);
    }
  }

  /** A value set that has only its expansion. */
  #stored(expansion: ValueSetExpansion): void {
    this.canNest = false;
    const accepted = this.#acceptance();
    for (const { system: url, version, code, display, designation } of selectableEntries(expansion.contains)) {
      if (url === undefined || code === undefined) continue;
      const system = this.#system(url, version);
      const concept = system.find(code);
      const listed = { code, ...(display !== undefined && { display }), ...(designation && { designation }) };
      const member = concept && { system, concept, listed, valueSet: this.#valueSet };
      if (member !== undefined && accepted(member)) this.#add(member);
    }
  }

  *#include(include: ValueSetComposeInclude, index: number, wanted: (member: Member) => boolean): Sliced<void> {
    const imports = yield* this.#imports(include.valueSet);
    if (imports.length > 0 || include.concept !== undefined || (include.filter?.length ?? 0) > 1) this.canNest = false;
    this.hasWhole ||= include.system !== undefined && include.concept === undefined && include.filter === undefined;
    const areHeadings = selectsHeadings(include);
    const inImports = (member: Member, from: number): boolean =>
      imports.slice(from).every((other) => other.has(member));
    const accepted = this.#acceptance();
    const units = unitsOf(include) + this.#unitsOfExcludes;
    let steps = 0;
    if (include.system === undefined) {
      const list = imports[0]?.list;
      for (let row = 0; row < (list?.length ?? 0); row += 1) {
        this.#context.budget?.spend(units, 'expansion');
        const member = list!.at(row);
        if (accepted(member) && inImports(member, 1) && wanted(member)) this.#add(member);
        if (++steps % stepsOfAPart === 0) yield;
      }
      return;
    }
    const system = this.#system(include.system, include.version);
    checkFilters(system, include, `include[${index}]`);
    for (const member of yield* this.#candidates(system, include)) {
      this.#context.budget?.spend(units, 'expansion');
      if (member !== undefined && accepted(member) && inImports(member, 0) && wanted(member))
        this.#add(areHeadings ? { ...member, isHeading: true } : member);
      if (++steps % stepsOfAPart === 0) yield;
    }
  }

  *#imports(references: readonly string[] = []): Sliced<Collector[]> {
    const imports: Collector[] = [];
    for (const reference of references) imports.push(yield* this.#import(reference));
    return imports;
  }

  /** Undefined represents a concept outside the value set, so that the collector can count the steps. */
  *#candidates(system: ConceptSystem, include: ValueSetComposeInclude): Sliced<Iterable<Member | undefined>> {
    if (system.size !== undefined || (include.concept !== undefined && include.filter === undefined))
      return this.#concepts(system, include);
    return yield* this.#usualMembers(system, include);
  }

  *#concepts(system: ConceptSystem, include: ValueSetComposeInclude): Generator<Member | undefined, void> {
    const valueSet = this.#valueSet;
    for (const listed of include.concept ?? []) {
      const concept = system.find(listed.code);
      yield concept && { system, concept, listed, valueSet };
    }
    if (include.concept !== undefined && include.filter === undefined) return;
    const test = testOf(system, include, this.#context.budget);
    for (const concept of system.concepts()) yield test(concept) ? { system, concept, valueSet } : undefined;
  }

  /** Members of a code system that is a grammar: the codes that a value set lists, which are never all. */
  *#usualMembers(system: ConceptSystem, include: ValueSetComposeInclude): Sliced<readonly Member[]> {
    const { url } = system.header;
    const listing = system.listedBy === undefined ? undefined : this.#context.knowledge.valueSet(system.listedBy);
    if (listing === undefined || this.#within.includes(nameOf(listing))) {
      const id = 'CODESYSTEM_NOT_ENUMERABLE';
      throw new TerminologyFault('unanswerable', [issue('error', 'not-supported', { id, text: message(id, url) })]);
    }
    const { notes } = this.#context;
    notes.unclosed(
      `The code System '${url}' has a grammar and so has infinite members. This extension is based on ${listing.url ?? ''}`,
    );
    notes.isEndless ||= include.filter === undefined;
    const warning = warningOf(standingOfValueSet(listing), standingOfValueSet(this.#valueSet));
    if (warning !== undefined) notes.add(`warning-${warning}`, { valueUri: nameOf(listing) });
    const named = [...this.#concepts(system, { concept: include.concept ?? [] })];
    const test = testOf(system, include, this.#context.budget);
    const { list } = yield* Collector.collecting(this.#context, listing, this.#within);
    const usual = list.slice(0).filter((member) => member.system.header.url === url && test(member.concept));
    // The list defines the usual codes; here each has the display of its code system.
    const own = usual.map(({ concept }): Member => ({ system, concept, valueSet: this.#valueSet }));
    return [...named.filter((member) => member !== undefined), ...own];
  }

  /** Returns the test of concepts that leaves out inactive and abstract ones, as the request and the value set ask. */
  #acceptance(): (member: Member) => boolean {
    const { settings } = this.#context;
    const active = settings.is('activeOnly') || this.#valueSet.compose?.inactive === false;
    const selectable = settings.is('excludeNotForUI');
    return ({ system: { header }, concept }) =>
      !(active && isInactive(header, concept)) && !(selectable && isAbstract(header, concept));
  }

  *#excludeTest(exclude: ValueSetComposeInclude): Sliced<(member: Member) => boolean> {
    const imports = yield* this.#imports(exclude.valueSet);
    this.canNest = false;
    const inImports = (member: Member): boolean => imports.every((other) => other.has(member));
    if (exclude.system === undefined) return inImports;
    const system = this.#system(exclude.system, exclude.version);
    const index = this.#valueSet.compose?.exclude?.indexOf(exclude) ?? 0;
    checkFilters(system, exclude, `exclude[${index}]`);
    const { url, version } = system.header;
    const codes = exclude.concept && new Set(exclude.concept.map(({ code }) => system.find(code)?.code ?? code));
    const test =
      exclude.filter &&
      allOf(exclude.filter.map((filter) => conceptTest(system, filter, this.#context.budget) ?? (() => false)));
    const sameVersion = this.versioned && !this.#versionsMatch;
    return (member) => {
      const { header } = member.system;
      if (header.url !== url || (sameVersion && header.version !== version)) return false;
      const concept = system.find(member.concept.code);
      if (concept === undefined || !inImports(member)) return false;
      if (codes === undefined && test === undefined) return true;
      return codes?.has(concept.code) === true || test?.(concept) === true;
    };
  }

  #add(member: Member): void {
    const key = this.key(member.system.header, member.concept.code);
    if (this.#members.has(key)) this.canNest = false;
    else this.#members.set(key, member);
  }

  has({ system, concept }: Member): boolean {
    const { header } = system;
    if (this.#whole === undefined) return this.#members.has(this.key(header, concept.code));
    const whole = this.#whole.system;
    return whole.header.url === header.url && whole.find(concept.code)?.code === concept.code;
  }

  *#import(reference: string): Sliced<Collector> {
    const { notes } = this.#context;
    const valueSet = resolveImport(this.#context, this.#valueSet, reference);
    const pinnedReference = pinned(this.#context.settings, reference, (rule) => {
      notes.add(parameterOf(rule), { valueUri: canonical(rule.url, rule.version) });
    });
    if (valueSet === undefined) throw unknownImport(pinnedReference);
    if (!reference.startsWith('#')) notes.add('used-valueset', { valueUri: nameOf(valueSet) });
    const warning = warningOf(standingOfValueSet(valueSet), standingOfValueSet(this.#valueSet));
    if (warning !== undefined) notes.add(`warning-${warning}`, { valueUri: nameOf(valueSet) });
    return yield* Collector.collecting(this.#context, valueSet, this.#within);
  }

  /** The code system of an include; notes its version and warnings. */
  #system(url: string, stated: string | undefined): ConceptSystem {
    const { knowledge, settings, notes } = this.#context;
    const version = ruledVersion(settings.rules, 'system', url, stated, (rule) => {
      notes.add(parameterOf(rule), { valueUri: canonical(rule.url, rule.version) });
    });
    const system = knowledge.system(url, version);
    if (system === undefined) throw unknownSystem(knowledge, url, version);
    checkVersion(settings, system);
    const { header } = system;
    const name = canonical(url, header.version);
    notes.add('used-codesystem', { valueUri: name });
    const warning = warningOf(standingOfSystem(header), standingOfValueSet(this.#valueSet));
    if (warning !== undefined) notes.add(`warning-${warning}`, { valueUri: name });
    if (header.content !== 'complete') {
      notes.add('used-fragment', { valueUri: name });
      notes.unclosed(`This extension is based on a fragment of the code system ${url}`);
    }
    for (const supplement of system.supplements) notes.add('used-supplement', { valueUri: supplement });
    return system;
  }
}

/** Whether an include selects the concepts that its code system declares as not selectable, under any uri of that property. */
function selectsHeadings({ filter = [] }: ValueSetComposeInclude): boolean {
  return filter.some(({ property, op, value }) => property === 'notSelectable' && op === '=' && value === 'true');
}

/** Units of work to test one concept against an include; a regular expression counts by its length. */
function unitsOf({ filter = [], valueSet = [] }: ValueSetComposeInclude): number {
  const ofFilters = filter.reduce((sum, { op, value }) => sum + (op === 'regex' ? 10 + 5 * value.length : 5), 0);
  return 5 + ofFilters + 2 * valueSet.length;
}
