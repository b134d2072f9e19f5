/** A release that is not laid out as its publisher does. The message names the file and what is missing there. */
export class ReleaseFault extends Error {
  override readonly name = 'ReleaseFault';
}
