import type { ValueSet, ValueSetComposeInclude, ValueSetComposeIncludeConcept } from '@dhp/fhir-model';
import { allOf, conceptTest } from '../filter/concept-filter.ts';
import { TerminologyFault } from '../outcome/fault.ts';
import { issue } from '../outcome/issue.ts';
import { message } from '../outcome/messages.ts';
import type { Settings } from '../parameters/settings.ts';
import { isAbstract, isInactive } from '../source/concept-properties.ts';
import { canonical, type Concept, type ConceptSystem, type ConceptTest } from '../source/concept-system.ts';
import type { Knowledge } from '../source/knowledge.ts';
import { standingOfSystem, standingOfValueSet, warningOf } from '../validate/canonical-status.ts';
import { checkFilters, circle, nameOf, newestFirst, pinned, resolveImport } from '../value-set/value-set.ts';
import { parameterOf, ruledVersion } from '../version/version-rules.ts';
import { checkVersion, unknownImport, unknownSystem } from './expand-faults.ts';
import { comparesVersions, hasSeveralVersions, names } from '../value-set/include-versions.ts';
import type { Notes } from './notes.ts';

/** A concept of a value set, with what the value set says of it. */
export interface Member {
  readonly system: ConceptSystem;
  readonly concept: Concept;
  readonly listed?: ValueSetComposeIncludeConcept;
  /** The value set that lists it. */
  readonly valueSet: ValueSet;
}

export function keyOf(
  { url, version }: { url: string; version?: string },
  code: string,
  tellsVersionsApart: boolean,
): string {
  return `${tellsVersionsApart ? canonical(url, version) : url}#${code}`;
}

/** What all value sets of one expansion share. */
export interface ExpandContext {
  readonly knowledge: Knowledge;
  readonly settings: Settings;
  readonly notes: Notes;
  readonly now: Date;
}

/** The members of one value set, in the order of its includes and of their code systems. */
export class Collector {
  readonly members = new Map<string, Member>();
  /** The members may be shown as the tree of their code system. */
  canNest = true;
  /** Codes of several versions of one code system are told apart. */
  readonly versioned: boolean;
  readonly #context: ExpandContext;
  readonly #valueSet: ValueSet;
  readonly #within: readonly string[];
  readonly #versionsMatch: boolean;

  constructor(context: ExpandContext, valueSet: ValueSet, within: readonly string[] = []) {
    const name = nameOf(valueSet);
    if (name !== '' && within.includes(name)) throw circle(name, within);
    this.#within = [...within, name];
    this.#context = context;
    this.#valueSet = valueSet;
    this.versioned = hasSeveralVersions(valueSet);
    this.#versionsMatch = context.settings.is('versionsMatch') || comparesVersions(valueSet, context.settings);
    if (this.#versionsMatch) context.notes.add('versionsMatch', { valueBoolean: true });
    this.#collect();
  }

  /** What tells members apart. */
  key(header: { url: string; version?: string }, code: string): string {
    return keyOf(header, code, this.tellsVersionsApart);
  }

  get tellsVersionsApart(): boolean {
    return this.versioned && !this.#versionsMatch;
  }

  #collect(): void {
    const { compose } = this.#valueSet;
    const { excludedSystems } = this.#context.settings;
    const excludes = (compose?.exclude ?? []).map((exclude, i) => this.#excludeTest(exclude, i));
    newestFirst(compose?.include ?? []).forEach((include, i) => {
      if (include.system !== undefined && excludedSystems.some((one) => names(one, include))) return;
      this.#include(include, i, (member) => !excludes.some((test) => test(member)));
    });
  }

  #include(include: ValueSetComposeInclude, index: number, wanted: (member: Member) => boolean): void {
    const imports = (include.valueSet ?? []).map((url) => this.#import(url));
    if (imports.length > 0 || include.concept !== undefined || (include.filter?.length ?? 0) > 1) this.canNest = false;
    const inImports = (member: Member, from: number): boolean =>
      imports.slice(from).every((other) => other.has(member));
    if (include.system === undefined) {
      for (const member of imports[0]?.members.values() ?? [])
        if (inImports(member, 1) && wanted(member)) this.#add(member);
      return;
    }
    const system = this.#system(include.system, include.version);
    checkFilters(system, include, `include[${index}]`);
    const accepted = this.#acceptance(system);
    for (const member of this.#candidates(system, include)) {
      if (accepted(member) && inImports(member, 0) && wanted(member)) this.#add(member);
    }
  }

  *#candidates(system: ConceptSystem, include: ValueSetComposeInclude): Generator<Member> {
    const valueSet = this.#valueSet;
    for (const listed of include.concept ?? []) {
      const concept = system.find(listed.code);
      if (concept !== undefined) yield { system, concept, listed, valueSet };
    }
    if (include.concept !== undefined && include.filter === undefined) return;
    const tests = (include.filter ?? []).map((filter) => conceptTest(system, filter) ?? (() => false));
    const test = allOf(tests);
    if (system.size === undefined) yield* this.#usualMembers(system, test);
    else for (const concept of system.concepts()) if (test(concept)) yield { system, concept, valueSet };
  }

  /** Of a code system that is a grammar: the codes that a value set lists, which are never all. */
  *#usualMembers(system: ConceptSystem, test: ConceptTest): Generator<Member> {
    const { url } = system.header;
    const listing = system.listedBy === undefined ? undefined : this.#context.knowledge.valueSet(system.listedBy);
    if (listing === undefined || this.#within.includes(nameOf(listing))) {
      const id = 'CODESYSTEM_NOT_ENUMERABLE';
      throw new TerminologyFault(422, [issue('error', 'not-supported', { id, text: message(id, url) })]);
    }
    this.#context.notes.unclosed(
      `The code System '${url}' has a grammar and so has infinite members. This extension is based on ${nameOf(listing)}`,
    );
    for (const member of new Collector(this.#context, listing, this.#within).members.values())
      if (member.system.header.url === url && test(member.concept)) yield member;
  }

  /** What the request and the value set leave out: inactive and abstract concepts. */
  #acceptance(system: ConceptSystem): (member: Member) => boolean {
    const { settings } = this.#context;
    const { header } = system;
    const active = settings.is('activeOnly') || this.#valueSet.compose?.inactive === false;
    const selectable = settings.is('excludeNotForUI');
    return (member) => {
      if (active && isInactive(header, member.concept)) return false;
      if (selectable && isAbstract(header, member.concept)) return false;
      return true;
    };
  }

  #excludeTest(exclude: ValueSetComposeInclude, index: number): (member: Member) => boolean {
    const imports = (exclude.valueSet ?? []).map((url) => this.#import(url));
    if (imports.length > 0 || exclude.concept !== undefined || (exclude.filter?.length ?? 0) > 1) this.canNest = false;
    const inImports = (member: Member): boolean => imports.every((other) => other.has(member));
    if (exclude.system === undefined) return inImports;
    const system = this.#system(exclude.system, exclude.version);
    checkFilters(system, exclude, `exclude[${index}]`);
    const { url, version } = system.header;
    const codes = exclude.concept && new Set(exclude.concept.map(({ code }) => code));
    const test = exclude.filter && allOf(exclude.filter.map((filter) => conceptTest(system, filter) ?? (() => false)));
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
    if (this.members.has(key)) this.canNest = false;
    else this.members.set(key, member);
  }

  has({ system, concept }: Member): boolean {
    return this.members.has(this.key(system.header, concept.code));
  }

  #import(reference: string): Collector {
    const { notes } = this.#context;
    const valueSet = resolveImport(this.#context, this.#valueSet, reference);
    const pinnedReference = pinned(this.#context.settings, reference, (rule) => {
      notes.add(parameterOf(rule), { valueUri: canonical(rule.url, rule.version) });
    });
    if (valueSet === undefined) throw unknownImport(pinnedReference);
    if (!reference.startsWith('#')) notes.add('used-valueset', { valueUri: nameOf(valueSet) });
    const warning = warningOf(standingOfValueSet(valueSet), standingOfValueSet(this.#valueSet));
    if (warning !== undefined) notes.add(`warning-${warning}`, { valueUri: nameOf(valueSet) });
    return new Collector(this.#context, valueSet, this.#within);
  }

  /** The code system of an include; notes which it is and what is to be said of it. */
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
