import type { Budget } from '@dhp/budget';

/** Whether a code is in a value set. */
export type Membership = 'in' | 'out' | 'unknown';

/** Knowledge about a code in its own system. */
export interface CodeKnowledge {
  /** `unknown` when the code system is not at hand in full. */
  readonly known: 'yes' | 'no' | 'unknown';
  /** Every display that the code may have, in any language; none when displays are not to be checked. */
  readonly displays?: readonly string[];
  /** Reason not to use it any more: `inactive`, `retired`, `deprecated`. */
  readonly status?: string;
}

/** The terminology that a validator asks; a terminology service or an index in memory stands behind it. */
export interface Codes {
  /**
   * Whether a code is in a value set. `valueSet` is its canonical, with `|version` where the profile names one; `system` is
   * undefined where the element has none (type `code`): then any system of the value set counts. `unknown` when the value set
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
}
