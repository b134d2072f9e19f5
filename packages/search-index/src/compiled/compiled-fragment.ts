import { Fragment } from '../sql/fragment.ts';

/** A parameter of a statement. */
export type Parameter = string | number | boolean | null;

/** A statement whose text was made before, for other values. */
export class CompiledFragment extends Fragment {
  declare readonly values: readonly Parameter[];
  readonly #texts: Map<string, string>;

  /** @param texts of statements that it is a part of: the same map for all with these strings */
  constructor(strings: readonly string[], values: readonly Parameter[], texts: Map<string, string>) {
    super(strings, values);
    this.#texts = texts;
  }

  /** The text of a statement that it is a part of; it is made once for each name. */
  textWithin(name: string, make: () => string): string {
    let text = this.#texts.get(name);
    if (text === undefined) this.#texts.set(name, (text = make()));
    return text;
  }
}
