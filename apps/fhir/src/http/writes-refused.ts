import { Failure } from './errors.ts';

/** Writes of which some cannot be done, so that none was. As a failure it is all of them as one. */
export class WritesRefused extends Failure {
  /** The failure of each refused write, with the index of the write. */
  readonly byWrite: readonly { readonly index: number; readonly failure: Failure }[];

  constructor(byWrite: WritesRefused['byWrite']) {
    const [first, ...others] = byWrite.map((each) => each.failure);
    if (first === undefined) throw new Error('writes are refused without a reason');
    super(first.code, first.values, { ...first.detail, others });
    this.byWrite = byWrite;
  }
}
