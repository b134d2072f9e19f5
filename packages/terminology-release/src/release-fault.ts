/** A release whose layout differs from its publisher's. The message names the file and the missing part. */
export class ReleaseFault extends Error {
  override readonly name = 'ReleaseFault';
}
