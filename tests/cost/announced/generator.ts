import type { Sent } from '../shape.ts';

/** A request of any size. */
export interface Hostile {
  readonly name: string;
  /** The size to begin with. */
  readonly n: number;
  readonly make: (n: number) => Sent;
}

/** The failure for what is announced and that nothing here asks for: it needs a generator. */
export function noGenerator(what: string): Error {
  return new Error(`Nothing is made of ${what}, which the server announces: add a generator to tests/cost/announced`);
}
