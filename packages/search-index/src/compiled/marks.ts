/**
 * Placeholders for the values of a condition while its statement is compiled. If a placeholder appears in a parameter, the parameter is made
 * from the value that it replaced.
 */
import { oneOfPatients } from '../keys/keys.ts';
import type { ShapeValue } from './shape.ts';

/** Two sets of placeholders: parts that are equal with both depend on no value. */
export type MarkSet = 0 | 1;

/** The form in which a value appears: as its digits or its text, as the key of a compartment, or as the text in JSON. */
type Form = 'plain' | 'of several patients' | 'json';

/** A part of a text that is made from a value. */
interface Place {
  /** The number of the value. */
  readonly of: number;
  readonly form: Form;
}

/** A parameter of a statement, or a name: constants, and places of values between them. */
export type Template =
  | { readonly kind: 'constant'; readonly value: string | number | boolean | null }
  /** `rows`: the number of rows that the statement reads. */
  | { readonly kind: 'number'; readonly of: number | 'rows' }
  | { readonly kind: 'text'; readonly pieces: readonly (string | Place)[] };

const hashes = [4_100_000_000_000_000_001n, 4_300_000_000_000_000_003n] as const;
const numbers = [1_500_000_001, 1_700_000_003] as const;
const rowCounts = [1_900_000_007, 1_950_000_011] as const;
const quote = '\uE000';

/** Placeholders of one set, and their recognition in the compiled statement. */
export class Marks {
  readonly #set: MarkSet;
  readonly #places = new Map<string, Place>();
  readonly #numbers = new Map<number, number | 'rows'>();
  readonly rows: number;
  #count = 0;

  constructor(set: MarkSet) {
    this.#set = set;
    this.rows = rowCounts[set];
    this.#numbers.set(this.rows, 'rows');
  }

  /** The mark of the next value. */
  readonly next = <V extends ShapeValue>(value: V): V => this.#mark(value) as V;

  #mark(value: ShapeValue): ShapeValue {
    const of = this.#count;
    this.#count += 1;
    if (typeof value === 'bigint') {
      const mark = hashes[this.#set] + BigInt(of) * 1_000_003n;
      this.#places.set(mark.toString(), { of, form: 'plain' });
      this.#places.set((oneOfPatients ^ mark).toString(), { of, form: 'of several patients' });
      return mark;
    }
    if (typeof value === 'number') {
      const mark = numbers[this.#set] + of * 101;
      this.#numbers.set(mark, of);
      this.#places.set(mark.toString(), { of, form: 'plain' });
      return mark;
    }
    // A quotation mark is another thing in JSON.
    const mark = `${quote}"${this.#set}-${of}"${quote}`;
    this.#places.set(mark, { of, form: 'plain' });
    this.#places.set(JSON.stringify(mark).slice(1, -1), { of, form: 'json' });
    return mark;
  }

  /** A parameter or a name that may contain placeholders. */
  template(value: string | number | boolean | null): Template {
    if (typeof value === 'number') {
      const of = this.#numbers.get(value);
      return of === undefined ? { kind: 'constant', value } : { kind: 'number', of };
    }
    if (typeof value !== 'string') return { kind: 'constant', value };
    const pieces: (string | Place)[] = [];
    let from = 0;
    for (const { 0: token, index } of value.matchAll(tokens)) {
      const place = this.#places.get(token);
      if (place === undefined) continue;
      pieces.push(value.slice(from, index), place);
      from = index + token.length;
    }
    return from === 0 ? { kind: 'constant', value } : { kind: 'text', pieces: [...pieces, value.slice(from)] };
  }
}

/** Numbers, and marks of texts. */
const tokens = /-?\d+|\uE000\\?"\d-\d+\\?"\uE000/g;

/** Whether a template is the same by both sets of marks. */
export function isSame(one: Template, other: Template): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** The parameter or name with these values. */
export function rendered(
  template: Template,
  values: readonly ShapeValue[],
  rows: number,
): string | number | boolean | null {
  if (template.kind === 'constant') return template.value;
  if (template.kind === 'number') return template.of === 'rows' ? rows : (values[template.of] as number);
  let text = '';
  for (const piece of template.pieces) text += typeof piece === 'string' ? piece : inForm(piece, values);
  return text;
}

function inForm({ of, form }: Place, values: readonly ShapeValue[]): string {
  const value = values[of]!;
  if (form === 'of several patients') return (oneOfPatients ^ (value as bigint)).toString();
  return form === 'json' ? JSON.stringify(value).slice(1, -1) : String(value);
}
