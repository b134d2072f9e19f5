/**
 * Texts of statements, cached by the templates from which they are made. A statement that stores a resource consists of a hundred pieces,
 * and is the same text each time: joining them, hashing the result and searching it for words would cost more than binding its values.
 */
import { waitsForNoCommit } from './commits.ts';

/** The text of a statement, and the properties that depend only on the text. */
export class StatementText {
  readonly text: string;
  /** Types of the parameters; 0 if the server determines it. */
  readonly types: readonly number[];
  /** Name under which a connection keeps it prepared. */
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
 * A step through a statement: the literals of a template, which are the same object each time it is evaluated; a text; the type of a
 * parameter, 0 or more; or the length of a list, below 0. All steps together determine the text, since literals determine how many values
 * are between them.
 */
export type StatementStep = readonly string[] | string | number;

/** A node of the tree of steps. Nearly all have one following step. */
class Place {
  readonly step: StatementStep | undefined;
  first: Place | undefined;
  others: Map<StatementStep, Place> | undefined;
  statement: StatementText | undefined;

  constructor(step: StatementStep | undefined) {
    this.step = step;
  }
}

/** Nodes that are kept, some 100 bytes each. If there are more, the tree is rebuilt: those in use soon return. */
const mostPlaces = 20_000;
/** UTF-16 code units of the texts that are kept: a list of many values makes a long text for each length. */
const mostText = 16 * 1024 ** 2;

let root = new Place(undefined);
let count = 0;
let kept = 0;

function forget(): void {
  root = new Place(undefined);
  count = 0;
  kept = 0;
}

/** A path through a statement, from its first literals to its end. */
export class Way {
  #place = root;

  step(step: StatementStep): void {
    const { first } = this.#place;
    this.#place = first !== undefined && first.step === step ? first : next(this.#place, step);
  }

  /** The text at the end of the path. @param make returns it if it is not known yet */
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
