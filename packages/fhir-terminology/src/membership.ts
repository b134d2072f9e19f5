import type { Budget, Round } from '@dhp/budget';
import type { Language } from '@dhp/negotiation';
import type { MembersCache } from './expand/members.ts';
import { namesIn, namesOf } from './language/names.ts';
import { membersByPart } from './listed-members.ts';
import { TerminologyFault } from './outcome/fault.ts';
import { Settings } from './parameters/settings.ts';
import { isInactive, listedMark, standardsStatusOf, statusOf } from './concepts/concept-properties.ts';
import type { ConceptSource } from './source/concept-source.ts';
import type { SystemMetadata } from './concepts/concept-system.ts';
import { Knowledge } from './source/knowledge.ts';
import { headerOf } from './source/resource-source.ts';
import { codesFrom } from './concepts/walk.ts';
import { systemsOf } from './validate/infer-system.ts';
import { Trial } from './validate/trial.ts';
import { wantSupplements } from './validate/validate-code.ts';
import { ValueSetChecker } from './validate/value-set-checker.ts';
import type { ValueSet } from '@dhp/fhir-model';

/** Language of faults, which become failures of a search or `unknown`. */
const language: Language = 'en';

/** A code and its system, as a search compares them. */
export interface Code {
  readonly system: string;
  readonly code: string;
}

/**
 * A value set has more codes than were wanted.
 * @example
 * new TooManyMembers(5).count; // 5
 */
export class TooManyMembers extends Error {
  /** Number of its members, or of one part of it. */
  readonly count: number;

  constructor(count: number) {
    super(`the value set has ${count} codes`);
    this.name = 'TooManyMembers';
    this.count = count;
  }
}

/** Options of a list of codes. */
export interface ListOptions {
  /** Most codes that are listed; all when absent. */
  readonly most?: number | undefined;
  /** Limits the cost of listing them. */
  readonly budget?: Budget | undefined;
  /** Is ended when it takes longer than others should wait, and asked again; without one all is done at once. */
  readonly round?: Round | undefined;
}

/** Knowledge about a code in its own system. */
export interface CodeKnowledge {
  /** `unknown` when the code system is not at hand in full. */
  readonly known: 'yes' | 'no' | 'unknown';
  /** Every name that it has, in any language. */
  readonly displays?: readonly string[];
  /** The language of its system, where that states one. */
  readonly language?: string;
  /** Reason not to use it any more: `inactive`, `retired`, `deprecated`. */
  readonly status?: string;
  /** Whether its system says that it supplements another one, so that its codes are those of that. */
  readonly isOfSupplement?: boolean;
}

/** Statements of a code system about itself as a whole. */
export interface SystemKnowledge {
  /** How much of it is at hand: `complete`, `fragment`, `example`, `not-present`. */
  readonly content: string;
  /** Its available version; undefined without a version. */
  readonly version?: string | undefined;
  /** Whether being below another concept has a stated meaning. */
  readonly isHierarchy: boolean;
  readonly hierarchyMeaning?: string | undefined;
  readonly valueSet?: string | undefined;
  readonly properties: readonly { readonly code: string; readonly type: string }[];
  readonly filters: readonly { readonly code: string; readonly operator: readonly string[] }[];
}

/** The definition of a value set. */
export interface ValueSetKnowledge {
  /** Its includes, each with its code system, and whether it is all of that; undefined if it is only expanded. */
  readonly includes:
    | readonly {
        readonly system: string | undefined;
        readonly version?: string | undefined;
        readonly isWhole: boolean;
      }[]
    | undefined;
  readonly isExperimental: boolean;
  /** Whether it leaves out codes that are no longer in use. */
  readonly isActiveOnly: boolean;
}

type Include = NonNullable<ValueSet['compose']>['include'][number];

const outlineOf = ({ system, version, concept, filter, valueSet }: Include) => ({
  system,
  version,
  isWhole: concept === undefined && filter === undefined && valueSet === undefined,
});

/**
 * Answers the terminology questions of a search: `:in`, `:not-in`, `:above`, `:below` of tokens
 * (https://hl7.org/fhir/R5/search.html#modifiers).
 */
export class Membership {
  readonly #source: ConceptSource;
  readonly #members: MembersCache;
  readonly #now: () => Date;

  constructor(source: ConceptSource, members: MembersCache, now: () => Date) {
    this.#source = source;
    this.#members = members;
    this.#now = now;
  }

  /**
   * The codes of a value set, inactive ones too: data may hold them. Undefined when the value set is not known.
   * @param named its canonical, or itself
   * @throws TerminologyFault when a part of it is not known, or its codes cannot be listed
   * @throws TooManyMembers when it, or a part of it, has more than `most`; BudgetSpent
   */
  members(named: string | ValueSet, options: ListOptions = {}): readonly Code[] | undefined {
    return this.#listed(named, options, (valueSet, members) => members(valueSet));
  }

  /** As `members`, but for a code system that is not available they are those that the value set lists. */
  membersByPart(named: string | ValueSet, options: ListOptions = {}): readonly Code[] | undefined {
    const codes = this.#listed(named, options, (valueSet, members) =>
      membersByPart(this.#members.partsOf(valueSet), members),
    );
    if (codes !== undefined && codes.length > (options.most ?? Infinity)) throw new TooManyMembers(codes.length);
    return codes;
  }

  #listed(
    named: string | ValueSet,
    { most = Infinity, budget, round }: ListOptions,
    list: (valueSet: ValueSet, members: (part: ValueSet) => readonly Code[]) => readonly Code[],
  ): readonly Code[] | undefined {
    const knowledge = new Knowledge(this.#source);
    const valueSet = typeof named === 'string' ? knowledge.valueSet(named) : named;
    const asked = { knowledge, settings: new Settings(), now: this.#now(), language, budget, round };
    return (
      valueSet &&
      list(valueSet, (part) => {
        const { list: members } = this.#members.get(asked, part);
        // Counted before anything is made from them.
        if (members.length > most) throw new TooManyMembers(members.length);
        // Each is compared with, or becomes a part of a statement.
        budget?.spend(5 * members.length, 'codes of a value set');
        return members.slice(0).map(({ system, concept }) => ({ system: system.header.url, code: concept.code }));
      })
    );
  }

  /**
   * Whether a code is in a value set, without listing it. Without a system, any system of the value set counts. `unknown` if the value set,
   * a part of it or the code system is not available.
   * @param budget limits the cost
   * @throws BudgetSpent
   */
  memberOf(valueSetUrl: string, system: string | undefined, code: string, budget?: Budget): 'in' | 'out' | 'unknown' {
    const knowledge = new Knowledge(this.#source);
    const context = { knowledge, settings: new Settings(), now: this.#now(), language, budget };
    const valueSet = context.knowledge.valueSet(valueSetUrl);
    if (valueSet === undefined) return 'unknown';
    try {
      wantSupplements(context, valueSet);
      const checker = new ValueSetChecker(context, valueSet);
      const systems = system === undefined ? [...systemsOf(checker)] : [system];
      // A value set may list codes of a system that is not known.
      const answers = systems.map((one) => checker.check({ system: one, code }, '', new Trial(), { names: [] }));
      if (answers.includes(true)) return 'in';
      return answers.includes(undefined) ? listed(valueSet, system, code) : 'out';
    } catch (error) {
      if (error instanceof TerminologyFault) return 'unknown';
      throw error;
    }
  }

  /** Looks up a code in its own system. */
  concept(url: string, code: string, version?: string): CodeKnowledge {
    const system = new Knowledge(this.#source).system(url, version);
    if (system === undefined) return { known: 'unknown' };
    const { header } = system;
    const concept = system.find(code);
    if (concept === undefined) {
      const known = header.content === 'complete' && !isForUsers(url, code) ? 'no' : 'unknown';
      return { known, ...(header.supplements !== undefined && { isOfSupplement: true }) };
    }
    // A withdrawn or deprecated designation is not a valid display.
    const displays = namesOf(header, concept).flatMap(({ value, isCurrent, extensions }) =>
      isCurrent && standardsStatusOf(extensions) !== 'deprecated' ? [value] : [],
    );
    const stated = statusOf(header, concept, this.#now());
    const status = isInactive(header, concept) || stated === 'deprecated' ? (stated ?? 'inactive') : undefined;
    const { language: named } = header;
    return {
      ...{ known: 'yes', displays },
      ...(status !== undefined && { status }),
      ...(named !== undefined && { language: named }),
      ...(header.supplements !== undefined && { isOfSupplement: true }),
    };
  }

  /** Every name of a code in a value set: those of its system, of the supplements that the value set names, and its own; undefined for an unknown code. */
  displaysIn(canonical: string, system: string, code: string): readonly string[] | undefined {
    try {
      const knowledge = new Knowledge(this.#source);
      const valueSet = knowledge.valueSet(canonical);
      if (valueSet === undefined) return undefined;
      wantSupplements({ knowledge, settings: new Settings() }, valueSet);
      const found = knowledge.system(system);
      const concept = found?.find(code);
      if (found === undefined || concept === undefined) return undefined;
      const listed = (valueSet.compose?.include ?? [])
        .filter((include) => include.system === system)
        .flatMap((include) => include.concept?.filter((one) => one.code === code) ?? []);
      const names = namesOf(found.header, concept);
      const own = listed.flatMap((one) => namesIn(names, one, valueSet.language));
      return [...names, ...own].map(({ value }) => value);
    } catch (error) {
      if (error instanceof TerminologyFault) return undefined;
      throw error;
    }
  }

  /** The definition of a value set; undefined if it is not available. */
  valueSetKnowledge(canonical: string): ValueSetKnowledge | undefined {
    try {
      const found = new Knowledge(this.#source).valueSet(canonical);
      if (found === undefined) return undefined;
      const { compose, experimental } = found;
      const isActiveOnly = compose?.inactive === false;
      return { includes: compose?.include.map(outlineOf), isExperimental: experimental === true, isActiveOnly };
    } catch (error) {
      if (error instanceof TerminologyFault) return undefined;
      throw error;
    }
  }

  /** How a value set itself marks a code that it lists: `deprecated` or `withdrawn`; undefined if it does not. */
  markOf(canonical: string, system: string, code: string): string | undefined {
    try {
      for (const include of new Knowledge(this.#source).valueSet(canonical)?.compose?.include ?? []) {
        const listed = include.system === system ? include.concept?.find((one) => one.code === code) : undefined;
        const mark = listed && listedMark(listed);
        if (mark !== undefined) return mark;
      }
      return undefined;
    } catch (error) {
      if (error instanceof TerminologyFault) return undefined;
      throw error;
    }
  }

  /** Statements of a code system about itself; undefined when it is not at hand. */
  system(url: string, version?: string): SystemKnowledge | undefined {
    const header = new Knowledge(this.#source).system(url, version)?.header ?? this.#withoutCodes(url, version);
    if (header === undefined) return undefined;
    const { content, version: own, hierarchyMeaning, valueSet, property, filter = [] } = header;
    const properties = property.map(({ code, type }) => ({ code, type }));
    const isHierarchy = hierarchyMeaning !== undefined;
    return { content, version: own, isHierarchy, hierarchyMeaning, valueSet, properties, filters: filter };
  }

  /** A code system whose codes are not at hand, or no code system by itself but a supplement of one. */
  #withoutCodes(url: string, version?: string): SystemMetadata | undefined {
    const fits = (found: string | undefined): boolean => version === undefined || found === version;
    const system = this.#source.codeSystems(url).find(({ header }) => fits(header.version));
    const supplement = this.#source.supplement(url).find((one) => fits(one.version));
    return system?.header ?? (supplement && headerOf(supplement.resource));
  }

  /** The code and all below it (`:below`); undefined when the code or its system is not known. */
  descendants(system: string, code: string): readonly string[] | undefined {
    return this.#related(system, code, 'children');
  }

  /** The code and all above it (`:above`); undefined when the code or its system is not known. */
  ancestors(system: string, code: string): readonly string[] | undefined {
    return this.#related(system, code, 'parents');
  }

  #related(url: string, code: string, way: 'children' | 'parents'): readonly string[] | undefined {
    const system = new Knowledge(this.#source).system(url);
    const start = system?.find(code);
    if (system === undefined || start === undefined) return undefined;
    return [...codesFrom(system, start, way)];
  }
}

/** ISO 3166-1, 8.1.3: these codes are reserved for users, so no list has them. */
function isForUsers(system: string, code: string): boolean {
  return system === 'urn:iso:std:iso:3166' && /^(?:AA|Q[M-Z]|X[A-Z]|ZZ)[A-Z]?$/.test(code);
}

/** Whether a value set that only lists codes lists this one; `unknown` when its parts take more than that. */
function listed({ compose }: ValueSet, system: string | undefined, code: string): 'in' | 'out' | 'unknown' {
  const includes = compose?.include ?? [];
  const isPlain = includes.every(({ valueSet = [] }) => valueSet.length === 0) && (compose?.exclude ?? []).length === 0;
  if (!isPlain) return 'unknown';
  const own = includes.filter((include) => system === undefined || include.system === system);
  if (own.some(({ concept }) => concept === undefined)) return 'unknown';
  return own.some(({ concept = [] }) => concept.some((one) => one.code === code)) ? 'in' : 'out';
}
