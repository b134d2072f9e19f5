import type { Budget } from '@dhp/budget';
import { Collection } from './collection.ts';
import { FhirPathError, type Position } from './errors.ts';
import type { ConvertUnit } from './values/quantity.ts';

/** An item, as passed to hooks and returned as a result. */
export interface Item {
  /**
   * Raw JSON for values of the resource; for computed ones: string, boolean, number (an integer or a decimal), bigint, and dates, times and
   * quantities as text. Undefined for a primitive with extensions only.
   */
  readonly value: unknown;
  /** `dateTime`, `HumanName`, `Patient.contact`, `System.String`; empty when it is not known. */
  readonly type: string;
  /** Id and extensions of a primitive. */
  readonly sibling: Readonly<Record<string, unknown>> | undefined;
  /** The decimal with its digits, if `value` is the nearest number: from `parseExactly`, or computed by the expression. */
  readonly digits?: string;
  /** `Patient.name[0].given[1]`, when locations were requested and the item is in the resource. */
  readonly location: string | undefined;
}

/** Operations of `%terminologies`. https://hl7.org/fhir/R5/fhirpath.html#txapi */
export type TerminologyOperation = 'expand' | 'lookup' | 'validateVS' | 'validateCS' | 'subsumes' | 'translate';

/** Access to data outside of the resource. Each hook may be left out; an expression that needs it then fails with kind `hook`. */
export interface Hooks {
  /**
   * The resource to which a reference, canonical or uri leads; undefined if it is not available. Without this hook a contained resource is
   * found, and of any other one only its type and id are known, from the reference itself.
   */
  readonly resolve?: (reference: string, item: Item) => unknown;
  /** Whether a code, Coding or CodeableConcept is in a value set; undefined when that is not known. */
  readonly memberOf?: (item: Item, valueSet: string) => boolean | undefined;
  /** Whether an item conforms to a profile. */
  readonly conformsTo?: (item: Item, profile: string) => boolean | undefined;
  /** Whether an item belongs to a slice of a profile (by its canonical); undefined when that is not known. */
  readonly slice?: (item: Item, profile: string, name: string) => boolean | undefined;
  /** Whether a code subsumes another (`subsumes`), or is subsumed by it when `inverse`. */
  readonly subsumes?: (item: Item, other: Item, inverse: boolean) => boolean | undefined;
  /**
   * Asks the terminology service of `%terminologies`: the result is a resource, or a code for `subsumes`; undefined if there is no result.
   * `asked` are the arguments before the last, which are undefined if they are empty; `parameters` is the last one
   * (`displayLanguage=uz&date=2026`).
   */
  readonly terminologies?: (
    operation: TerminologyOperation,
    asked: readonly (Item | undefined)[],
    parameters: string,
  ) => unknown;
  /** Whether XHTML keeps the rules for narratives. */
  readonly htmlChecks?: (xhtml: string) => boolean;
  /** Without it only units of time are converted into one another. */
  readonly convertUnit?: ConvertUnit;
  /** Called by `trace()`; without it nothing is reported. */
  readonly trace?: (name: string, items: readonly Item[]) => void;
}

/** Inputs of an evaluation beside the item that it starts from. */
export interface EvaluationEnvironment extends Hooks {
  /** The type of the item, when it is not a resource and the expression was not compiled for one type. */
  readonly type?: string;
  /** The `_` sibling of a primitive item. */
  readonly sibling?: Readonly<Record<string, unknown>>;
  /** `%resource`: the resource that contains the item; by default the item itself. */
  readonly resource?: unknown;
  /** `%rootResource`: the resource that contains `%resource`; by default the same. */
  readonly rootResource?: unknown;
  /** Further `%` names with their values (raw JSON, or an array of it). */
  readonly variables?: Readonly<Record<string, unknown>>;
  /** The FHIR types of such values that are not resources, if they matter: for the elements of a choice. */
  readonly variableTypes?: Readonly<Record<string, string>>;
  /** For `now()`, `today()`, `timeOfDay()`; the clock of the machine by default. */
  readonly now?: Date;
  /** Minutes east of UTC that hold for values without a zone, and for `now()`, which is in UTC by default. */
  readonly zoneOffset?: number;
  /** Whether results have their locations. */
  readonly locate?: boolean;
  /** The name that locations begin with; by default the type of the item. */
  readonly location?: string;
  /** The most units of work of an evaluation. Default ten million, without `work`. */
  readonly budget?: number;
  /** The budget of the surrounding work; BudgetSpent is thrown when it is spent. */
  readonly work?: Budget;
}

const defaultBudget = 10_000_000;
const beginning: Position = { offset: 0, line: 1, column: 1 };

/** One evaluation: its environment and its costs so far. */
export class Run {
  readonly environment: EvaluationEnvironment;
  readonly context: Collection;
  readonly zoneOffset: number;
  /** The zone of values without one; undefined if it is not known. */
  readonly impliedZone: number | undefined;
  /** Elements that a walk has met since it was last paid for. */
  visited = 0;
  #now: Date | undefined;
  #left: number;
  readonly #work: Budget | undefined;

  constructor(environment: EvaluationEnvironment, context: Collection) {
    this.environment = environment;
    this.context = context;
    this.zoneOffset = environment.zoneOffset ?? 0;
    this.impliedZone = environment.zoneOffset;
    this.#work = environment.work;
    this.#left = environment.budget ?? (this.#work === undefined ? defaultBudget : Infinity);
  }

  /** The same moment throughout one evaluation. */
  get now(): Date {
    this.#now ??= this.environment.now ?? new Date(Date.now());
    return this.#now;
  }

  /**
   * Pays for work: about a unit for each item.
   * @throws FhirPathError `limit` if the budget of the evaluation is used up; BudgetSpent if that of the surrounding work is.
   */
  spend(units: number, at: Position = beginning): void {
    this.#left -= units;
    if (this.#left < 0) throw new FhirPathError('limit', 'The evaluation goes through too many items', at);
    this.#work?.spend(units);
  }

  /** Pays for the members that a walk has visited. */
  payVisits(at: Position): void {
    const { visited } = this;
    this.visited = 0;
    this.spend(visited, at);
  }
}

/** State at one point of an evaluation. */
export interface Scope {
  readonly run: Run;
  /** `$this`; names at the beginning of an expression are its elements. */
  readonly focus: Collection;
  index: number | undefined;
  total: Collection | undefined;
  /** Variables that `defineVariable()` has defined so far in this part of the expression. */
  defined: Map<string, Collection> | undefined;
}

/** A scope for an argument: definitions in it are local. */
export function innerScope(outer: Scope, focus: Collection): Scope {
  return {
    run: outer.run,
    focus,
    index: outer.index,
    total: outer.total,
    defined: outer.defined && new Map(outer.defined),
  };
}

/**
 * Calls `body` once for each item, which is the focus meanwhile; stops when it returns true. `inner.focus` is reused. An item costs the
 * weight of the expressions in the body.
 */
export function eachItem(
  outer: Scope,
  input: Collection,
  { at, weight }: { readonly at: Position; readonly weight: number },
  body: (inner: Scope, index: number) => boolean,
): boolean {
  const focus = new Collection();
  const inner = innerScope(outer, focus);
  outer.run.spend(input.size * weight, at);
  for (let i = 0; i < input.size; i++) {
    focus.become(input, i);
    inner.index = i;
    if (outer.defined !== undefined || inner.defined !== undefined) {
      inner.defined = outer.defined && new Map(outer.defined);
    }
    if (body(inner, i)) return true;
  }
  return false;
}
