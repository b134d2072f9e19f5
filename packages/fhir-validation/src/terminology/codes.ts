import type { Budget } from '@dhp/budget';

/** Whether a code is in a value set. */
export type Membership = 'in' | 'out' | 'unknown';

/** Knowledge about a code in its own system. */
export interface CodeKnowledge {
  /** `unknown` when the code system is not at hand in full. */
  readonly known: 'yes' | 'no' | 'unknown';
  /** Every display that the code may have, in any language; none when displays are not to be checked. */
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
  /** How much of it is at hand: `complete`, `fragment`, `example`, `not-present`; `supplement` where it is only that. */
  readonly content: string;
  /** Its version at hand; undefined if it has none. */
  readonly version?: string | undefined;
  /** Whether being below another concept has a stated meaning. */
  readonly isHierarchy: boolean;
  readonly hierarchyMeaning?: string | undefined;
  /** The canonical of the value set of all its codes. */
  readonly valueSet?: string | undefined;
  readonly properties: readonly { readonly code: string; readonly type: string }[];
  readonly filters: readonly { readonly code: string; readonly operator: readonly string[] }[];
}

/** Of what a value set is made. */
export interface ValueSetKnowledge {
  /** Its includes, each with its code system, the version that it names, and whether it is all of that; undefined if it is only expanded. */
  readonly includes:
    | readonly {
        readonly system: string | undefined;
        readonly version?: string | undefined;
        readonly isWhole: boolean;
      }[]
    | undefined;
  readonly isExperimental?: boolean;
  /** Whether it leaves out codes that are no longer in use. */
  readonly isActiveOnly?: boolean;
}

/** The terminology that a validator asks; a terminology service or an index in memory is behind it. */
export interface Codes {
  /**
   * Whether a code is in a value set. `valueSet` is its canonical, with `|version` where the profile names one; `system` is
   * undefined if the element has none (type `code`): then any system of the value set counts. `unknown` when the value set
   * or the code system is not at hand: then nothing is reported as a fault.
   * @param budget what finding it out may cost
   * @throws BudgetSpent
   */
  validate(valueSet: string, system: string | undefined, code: string, budget?: Budget): Membership;

  /**
   * Looks up a code in its own system, in the stated version if there is one; undefined when an unknown code shall not be reported. Without
   * this function codes are not looked up.
   */
  concept?(system: string, code: string, version?: string): CodeKnowledge | undefined;

  /** Statements of a code system about itself; undefined when it is not at hand. Without this function it is not asked for. */
  system?(url: string, version?: string): SystemKnowledge | undefined;

  /** Of what a value set (`url` or `url|version`) is made; undefined when it is not at hand. Without this function it is not asked for. */
  valueSetKnowledge?(canonical: string): ValueSetKnowledge | undefined;

  /**
   * How the value set itself marks a code that it lists: `deprecated` or `withdrawn`; undefined if it does not. Without this function
   * marks are not asked for.
   */
  mark?(valueSet: string, system: string, code: string): string | undefined;

  /**
   * Every name of a code in a value set, those of supplements that it names among them; undefined for an unknown code. Without this function a
   * name is compared with those of the code system alone.
   */
  displaysIn?(valueSet: string, system: string, code: string): readonly string[] | undefined;

  /**
   * The codes of a value set that is handed in, as `system#code`; undefined when they are too many, or not all at hand. Without this
   * function expansions are not compared with what they are of.
   */
  members?(valueSet: Readonly<Record<string, unknown>>): readonly string[] | undefined;
}
