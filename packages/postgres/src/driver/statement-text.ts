/**
 * Texts of statements, kept by the templates that they are made of. A statement that stores a resource is put together of a hundred pieces, and is
 * the same text each time: joining them, hashing the result and searching it for words would cost more than to bind its values.
 */
import { waitsForNoCommit } from './commits.ts';

/** The text of a statement, and what is known of it by the text alone. */
export class StatementText {
  readonly text: string;
  /** Types of the parameters; 0 where the server finds it. */
  readonly types: readonly number[];
  /** Name by which a connection knows it, where it keeps it prepared. */
  readonly key: string;
  #waitsForNoCommit: boolean | undefined;

  constructor(text: string, types: readonly number[]) {
    this.text = text;
    this.types = types;
    this.key = types.some((type) => type !== 0) ? `${types.join()} ${text}` : text;
  }

  /** As the function of this name. */
  get waitsForNoCommit(): boolean {
    return (this.#waitsForNoCommit ??= waitsForNoCommit(this.text));
  }
}

/**
 * A step on the way through a statement: the literals of a template, which are the same object each time it is evaluated; a text; the type of
 * a parameter, 0 or more; or the length of a list, below 0. The steps up to the end say what the text is, since literals say how many values
 * are between them.
 */
export type StatementStep = readonly string[] | string | number;

/** A place on the way. Nearly all have one step that follows. */
class Place {
  readonly step: StatementStep | undefined;
  first: Place | undefined;
  others: Map<StatementStep, Place> | undefined;
  statement: StatementText | undefined;

  constructor(step: StatementStep | undefined) {
    this.step = step;
  }
}

/** Places that are kept, some 100 bytes each. When there are more, all are made again: those in use soon are there again. */
const mostPlaces = 20_000;
/** UTF-16 code units of the texts that are kept: a list of many values makes a long text of each length. */
const mostText = 16 * 1024 ** 2;

let root = new Place(undefined);
let count = 0;
let kept = 0;

function forget(): void {
  root = new Place(undefined);
  count = 0;
  kept = 0;
}

/** A way through a statement, from its first literals to its end. */
export class Way {
  #place = root;

  step(step: StatementStep): void {
    const { first } = this.#place;
    this.#place = first !== undefined && first.step === step ? first : next(this.#place, step);
  }

  /** The text at the end of the way. @param make returns it, where it is not known yet */
  end(make: () => StatementText): StatementText {
    const known = this.#place.statement;
    if (known !== undefined) return known;
    const made = make();
    kept += made.text.length;
    if (kept > mostText) forget();
    this.#place.statement = made;
    return made;
  }
}

function next(place: Place, step: StatementStep): Place {
  const known = place.others?.get(step);
  if (known !== undefined) return known;
  const made = new Place(step);
  if (place.first === undefined) place.first = made;
  else (place.others ??= new Map<StatementStep, Place>()).set(step, made);
  count += 1;
  if (count > mostPlaces) forget();
  return made;
}
