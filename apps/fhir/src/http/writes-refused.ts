import { Failure, together } from './errors.ts';

/** Writes of which some cannot be done, so that none was. As a failure it is all of them as one. */
export class WritesRefused extends Failure {
  /** The failure of each refused write, with the index of the write. */
  readonly byWrite: readonly { readonly index: number; readonly failure: Failure }[];

  constructor(byWrite: WritesRefused['byWrite']) {
    const [first, ...others] = byWrite.map((each) => each.failure);
    if (first === undefined) throw new Error('writes are refused without a reason');
    const { code, values, detail } = together([first, ...others]);
    super(code, values, detail);
    this.byWrite = byWrite;
  }
}
