/** Bytes for another thread. */
import { createPauses } from '@dhp/budget';

/** Bytes, or UTF-16 code units, that are copied at a time. */
const part = 1024 ** 2;

/**
 * Bytes, or a text in UTF-8, in memory that other threads see too. Other contents of a message are copied at once, which takes tens of
 * milliseconds for a large body; for a Buffer that is a part of a larger one, the whole is copied.
 */
export async function sharedBytes(body: Buffer | string): Promise<Uint8Array<SharedArrayBuffer>> {
  const pause = createPauses();
  const pieces = typeof body === 'string' ? await piecesOf(body) : [body];
  const shared = new Uint8Array(new SharedArrayBuffer(pieces.reduce((sum, { length }) => sum + length, 0)));
  let at = 0;
  for (const piece of pieces) {
    for (let from = 0; from < piece.length; from += part) {
      const due = pause();
      if (due !== undefined) await due;
      const some = piece.subarray(from, from + part);
      shared.set(some, at);
      at += some.length;
    }
  }
  return shared;
}

async function piecesOf(text: string): Promise<Buffer[]> {
  const pause = createPauses();
  const pieces: Buffer[] = [];
  for (let at = 0; at < text.length;) {
    const due = pause();
    if (due !== undefined) await due;
    // A pair of surrogates is one character, and has bytes only as a whole.
    const isSplit = (text.charCodeAt(at + part - 1) & 0xfc00) === 0xd800;
    const end = at + part + (isSplit ? 1 : 0);
    pieces.push(Buffer.from(text.slice(at, end)));
    at = end;
  }
  return pieces;
}
