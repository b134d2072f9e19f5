import type { Budget, Round } from '@dhp/budget';
import type { CodeSystem, Coding, ConceptMap, Parameters, ValueSet } from '@dhp/fhir-model';
import type { Language } from '@dhp/negotiation';
import { closure, type ClosureTable } from './closure.ts';
import { expandValueSet } from './expand/expand.ts';
import { MembersCache } from './expand/members.ts';
import { lookupCode } from './lookup.ts';
import {
  Membership,
  type Code,
  type CodeKnowledge,
  type ListOptions,
  type SystemKnowledge,
  type ValueSetKnowledge,
} from './membership.ts';
import { faultIn } from './outcome/fault.ts';
import { sentenceLanguage } from './outcome/messages.ts';
import { Settings } from './parameters/settings.ts';
import { withCanonicalSystems } from './parameters/canonical-systems.ts';
import { requireShape } from './parameters/shape.ts';
import { resources, text } from './parameters/values.ts';
import { layered, type ConceptSource } from './source/concept-source.ts';
import { Knowledge } from './source/knowledge.ts';
import { ResourceSource } from './source/resource-source.ts';
import { subsumes } from './subsumes.ts';
import { GroupIndexes } from './translate/element-index.ts';
import { relateValueSets } from './related/related.ts';
import { translate } from './translate/translate.ts';
import { batchValidate } from './validate/batch.ts';
import type { CheckContext } from './validate/check-context.ts';
import { validateSystemCode, validateValueSetCode } from './validate/validate-code.ts';

export interface TerminologyOptions {
  /** The most entries an expansion may have in one answer. */
  readonly expansionLimit: number;
  /** Members of value sets that are cached in all; default 500,000, about 100 MB at most: all of SNOMED CT once. */
  readonly cachedMembers?: number;
  /**
   * Milliseconds after which an expansion, and questions that need one, end their round, to continue later. Without it everything is done
   * at once.
   */
  readonly slice?: number;
  readonly now: () => Date;
  /** A fresh UUID. */
  readonly newId: () => string;
}

/** Conditions of a request other than its parameters. */
export interface RequestContext {
  /** The header of that name. */
  readonly acceptLanguage?: string;
  /** Lowers the limit of an expansion for this request. */
  readonly expansionLimit?: number;
  /** Expansions are lists, and never the tree of a code system. */
  readonly flat?: boolean;
  /** Limits the work of the request; an operation that would exceed it throws BudgetSpent. */
  readonly budget?: Budget;
  /** Is ended when an answer takes longer than a slice, and asked again; without one all is done at once. */
  readonly round?: Round;
}

/**
 * The terminology operations of FHIR R5 (https://hl7.org/fhir/R5/terminology-service.html) over the content of a source: Parameters in,
 * Parameters or a ValueSet out. An unanswerable request throws a TerminologyFault with the outcome.
 * @example
 * const terminology = new Terminology(grammars(), { expansionLimit: 10, now: () => new Date(), newId: () => 'id' });
 * terminology.concept('http://unitsofmeasure.org', 'mg').known; // 'yes'
 */
export class Terminology {
  readonly source: ConceptSource;
  readonly #options: TerminologyOptions;
  readonly #members: MembersCache;
  readonly #membership: Membership;

  constructor(source: ConceptSource, options: TerminologyOptions) {
    this.source = source;
    this.#options = options;
    this.#members = new MembersCache({ most: options.cachedMembers ?? 500_000, slice: options.slice ?? Infinity });
    this.#membership = new Membership(source, this.#members, options.now);
  }

  /** ValueSet/$validate-code. `instance` is the value set of a request on an instance. */
  validateValueSetCode(given: Parameters, request: RequestContext = {}, instance?: ValueSet): Parameters {
    return this.#answer(given, request, (context, parameters) => validateValueSetCode(context, parameters, instance));
  }

  /** CodeSystem/$validate-code. */
  validateSystemCode(given: Parameters, request: RequestContext = {}, instance?: CodeSystem): Parameters {
    return this.#answer(given, request, (context, parameters) => validateSystemCode(context, parameters, instance));
  }

  /** ValueSet/$batch-validate-code and CodeSystem/$batch-validate-code. */
  batchValidate(parameters: Parameters, type: 'ValueSet' | 'CodeSystem', request: RequestContext = {}): Parameters {
    saying(sentenceLanguage(request.acceptLanguage), () => {
      requireShape(parameters);
    });
    return batchValidate(parameters, (one) =>
      type === 'ValueSet' ? this.validateValueSetCode(one, request) : this.validateSystemCode(one, request),
    );
  }

  /** ValueSet/$expand. */
  expand(given: Parameters, request: RequestContext = {}, instance?: ValueSet): ValueSet {
    const { expansionLimit, newId } = this.#options;
    const limit = Math.min(expansionLimit, request.expansionLimit ?? expansionLimit);
    return this.#answer(given, request, (context, parameters) =>
      expandValueSet(
        { ...context, limit, newId, members: this.#members, flat: request.flat === true },
        parameters,
        instance,
      ),
    );
  }

  /** CodeSystem/$lookup. */
  lookup(given: Parameters, request: RequestContext = {}): Parameters {
    return this.#answer(given, request, (context, parameters) => lookupCode(context, parameters));
  }

  /** CodeSystem/$subsumes. */
  subsumes(given: Parameters, request: RequestContext = {}): Parameters {
    return this.#answer(given, request, (context, parameters) => subsumes(context, parameters));
  }

  /** ConceptMap/$translate. */
  translate(given: Parameters, request: RequestContext = {}, instance?: ConceptMap): Parameters {
    return this.#answer(given, request, (context, parameters) =>
      translate({ ...context, members: this.#members, groups: new GroupIndexes() }, parameters, instance),
    );
  }

  /** ValueSet/$related. `instance` is the first value set of a request on an instance. */
  related(given: Parameters, request: RequestContext = {}, instance?: ValueSet): Parameters {
    const { expansionLimit } = this.#options;
    return this.#answer(given, request, (context, parameters) =>
      relateValueSets({ ...context, limit: expansionLimit, members: this.#members }, parameters, instance),
    );
  }

  /** ConceptMap/$closure: the entries that concepts add to a table of the caller. */
  closure(table: ClosureTable, added: readonly Coding[], budget?: Budget): ConceptMap {
    return closure(new Knowledge(this.source, { byAlias: true }), table, added, budget);
  }

  /**
   * The codes of a value set (or of the canonical of one), for the search modifiers `:in` and `:not-in`; undefined when it is not known.
   * @throws TerminologyFault when a part of it is not known, or its codes cannot be listed
   * @throws TooManyMembers when it has more than `most`; BudgetSpent
   */
  members(valueSet: string | ValueSet, options?: ListOptions): readonly Code[] | undefined {
    return this.#membership.members(valueSet, options);
  }

  /**
   * As `members`, part by part: for a code system that is not available they are those that the value set lists.
   * @throws TerminologyFault for a part that can neither be collected nor lists its codes
   * @throws TooManyMembers if it has more than `most`
   */
  membersByPart(valueSet: string | ValueSet, options?: ListOptions): readonly Code[] | undefined {
    return this.#membership.membersByPart(valueSet, options);
  }

  /**
   * Whether a code is in the value set of a canonical, for required bindings. Without a system any of the value set counts.
   * `unknown` when the value set, a part of it or the code system is not at hand.
   */
  memberOf(valueSetUrl: string, system: string | undefined, code: string, budget?: Budget): 'in' | 'out' | 'unknown' {
    return this.#membership.memberOf(valueSetUrl, system, code, budget);
  }

  /** Looks up a code in its own system, in a version of it when one is named. */
  concept(system: string, code: string, version?: string): CodeKnowledge {
    return this.#membership.concept(system, code, version);
  }

  /** How a value set itself marks a code that it lists: `deprecated` or `withdrawn`; undefined if it does not. */
  markOf(valueSet: string, system: string, code: string): string | undefined {
    return this.#membership.markOf(valueSet, system, code);
  }

  /** Every name of a code in a value set; undefined for an unknown code. */
  displaysIn(valueSet: string, system: string, code: string): readonly string[] | undefined {
    return this.#membership.displaysIn(valueSet, system, code);
  }

  /** The definition of a value set; undefined if it is not available. */
  valueSetKnowledge(canonical: string): ValueSetKnowledge | undefined {
    return this.#membership.valueSetKnowledge(canonical);
  }

  /** Statements of a code system about itself as a whole; undefined when it is not at hand. */
  system(url: string, version?: string): SystemKnowledge | undefined {
    return this.#membership.system(url, version);
  }

  /** A code and all below it, for `:below`; undefined when it is not known. */
  descendants(system: string, code: string): readonly string[] | undefined {
    return this.#membership.descendants(system, code);
  }

  /** A code and all above it, for `:above`; undefined when it is not known. */
  ancestors(system: string, code: string): readonly string[] | undefined {
    return this.#membership.ancestors(system, code);
  }

  /** Its messages are in the language of `displayLanguage`, else of the header. */
  #answer<T>(
    given: Parameters,
    request: RequestContext,
    answer: (context: CheckContext, parameters: Parameters) => T,
  ): T {
    const language = sentenceLanguage(request.acceptLanguage);
    return saying(language, () => {
      requireShape(given);
      const named = text(given, 'displayLanguage');
      const own = named === undefined ? language : sentenceLanguage(named);
      return saying(own, () => {
        request.budget?.spend(50 + 10 * (given.parameter?.length ?? 0), 'a question of terminology');
        const source = this.#sourceWith(given, request);
        const read = Settings.read(given, request.acceptLanguage);
        const { asOf } = read;
        const knowledge = new Knowledge(source, { asOf, byAlias: true });
        const parameters = withCanonicalSystems(given, (name) => knowledge.canonicalOf(name));
        const settings = parameters === given ? read : Settings.read(parameters, request.acceptLanguage);
        const { budget, round } = request;
        const now = asOf ?? this.#options.now();
        return answer({ knowledge, settings, now, language: own, budget, round }, parameters);
      });
    });
  }

  /**
   * The request's own resources (`tx-resource`, `codeSystem`) come before those of the server.
   * @throws BudgetSpent
   */
  #sourceWith(parameters: Parameters, { round, budget }: RequestContext): ConceptSource {
    const given = [...resources(parameters, 'tx-resource'), ...resources(parameters, 'codeSystem')];
    if (given.length === 0) return this.source;
    const brought = (): ResourceSource => {
      const source = given.reduce((own, resource) => own.add(resource), new ResourceSource());
      const concepts = source.systems().reduce((sum, { size = 0 }) => sum + size, 0);
      budget?.spend(10 * (given.length + concepts), 'code systems of the request');
      return source;
    };
    // The same question asked again, when an answer was not ready, is about the same code systems.
    return layered(round === undefined ? brought() : round.once(parameters, brought), this.source);
  }
}

/** @throws TerminologyFault in the language; other errors unchanged */
function saying<T>(language: Language, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw faultIn(language, error);
  }
}
