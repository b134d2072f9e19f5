/** Observations grouped by code and subject, as in `$lastn`. https://hl7.org/fhir/R5/observation-operation-lastn.html */
import type { Observation } from '@dhp/fhir-model';
import type { Budget } from '@dhp/budget';
import { Recent, type Most, type Timed } from './recent.ts';

/** Names of the groups of an Observation: it belongs to the groups of all its names, so groups that share a name are merged. */
export function keysOf({ code, subject }: Partial<Observation>): readonly string[] {
  const of = (...parts: readonly string[]): string => JSON.stringify([subject?.reference ?? '', ...parts]);
  const codings =
    code?.coding?.flatMap(({ system = '', code }) => (code === undefined ? [] : [of(system, code)])) ?? [];
  if (codings.length > 0) return codings;
  return code?.text === undefined ? [of()] : [of(code.text)];
}

/** Groups are merged if an Observation has a key of each: codings of one code are taken as equivalent, transitively. */
export class Groups {
  readonly #parents = new Map<string, string>();
  readonly #recent = new Map<string, Recent>();
  readonly #limit: Most;
  readonly #budget: Budget;

  constructor(limit: Most, budget: Budget) {
    this.#limit = limit;
    this.#budget = budget;
  }

  /** @throws BudgetSpent */
  add(keys: readonly string[], one: Timed): void {
    this.#budget.spend(unitsOfKey * keys.length, 'the groups of observations');
    const [first = '', ...others] = keys;
    const root = others.reduce((joined, key) => this.#join(joined, this.#rootOf(key)), this.#rootOf(first));
    this.#recent.get(root)!.add(one);
  }

  /** The kept versions of each group. */
  all(): readonly (readonly Timed[])[] {
    return [...this.#recent.values()].map((recent) => recent.all());
  }

  #rootOf(key: string): string {
    let root = key;
    for (let next = this.#parents.get(root); next !== undefined && next !== root; next = this.#parents.get(root))
      root = next;
    if (!this.#parents.has(root)) {
      this.#parents.set(root, root);
      this.#recent.set(root, new Recent(this.#limit, this.#budget));
    }
    // Shortens the path for the next time.
    for (let at = key; at !== root;) {
      const next = this.#parents.get(at)!;
      this.#parents.set(at, root);
      at = next;
    }
    return root;
  }

  /** The smaller one is merged into the larger, so that elements are rarely moved. */
  #join(a: string, b: string): string {
    if (a === b) return a;
    const [large, small] = this.#recent.get(a)!.size < this.#recent.get(b)!.size ? [b, a] : [a, b];
    this.#recent.get(large)!.takeOver(this.#recent.get(small)!);
    this.#recent.delete(small);
    this.#parents.set(small, large);
    return large;
  }
}

const unitsOfKey = 5;
