/**
 * Compresses pages by parts. Most of a page is its style, which is the same on all of them: it is compressed once, and each page only
 * inserts the result between its other parts. That is a fifth of the work. Deflate (RFC 1951) allows it: blocks that begin at a byte and
 * refer to nothing before them may follow any others; gzip (RFC 1952) adds a checksum of the whole.
 */
import { constants, crc32, deflateRawSync } from 'node:zlib';

interface Part {
  readonly text: string;
  readonly deflated: Buffer;
}

/** Gzip header without name, time and flags; system unknown. */
const head = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
/** An empty last block. */
const last = Buffer.from([1, 0, 0, 0xff, 0xff]);
/** Below this number of bytes, setting up a compression costs more than it saves. */
const short = 400;
/** The individual part of a page fits a small window, which is set up faster than a large one. */
const own = { level: 6, windowBits: 12, memLevel: 6, finishFlush: constants.Z_SYNC_FLUSH };

/**
 * @param texts the parts that pages have in common, in their order in pages
 * @returns a function that compresses a page on the calling thread; for pages of moderate size
 */
export function pageGzip(texts: readonly string[]): (page: string) => Buffer {
  const parts = texts.map((text) => ({
    text,
    deflated: deflateRawSync(text, { level: 9, finishFlush: constants.Z_FULL_FLUSH }),
  }));
  return (page) => {
    const body = Buffer.from(page);
    const trailer = Buffer.alloc(8);
    trailer.writeUInt32LE(crc32(body));
    trailer.writeUInt32LE(body.length, 4);
    return Buffer.concat([head, ...blocksOfPage(page, parts), last, trailer]);
  };
}

function blocksOfPage(page: string, parts: readonly Part[]): Buffer[] {
  const blocks: Buffer[] = [];
  let done = 0;
  for (const { text, deflated } of parts) {
    const at = page.indexOf(text, done);
    if (at === -1) continue;
    if (at > done) blocks.push(...blocksOf(page.slice(done, at)));
    blocks.push(deflated);
    done = at + text.length;
  }
  if (done < page.length) blocks.push(...blocksOf(page.slice(done)));
  return blocks;
}

function blocksOf(text: string): Buffer[] {
  const bytes = Buffer.from(text);
  if (bytes.length > short) return [deflateRawSync(bytes, own)];
  // A stored block: its length, and the complement of the length.
  const stored = Buffer.alloc(5);
  stored.writeUInt16LE(bytes.length, 1);
  stored.writeUInt16LE(~bytes.length & 0xffff, 3);
  return [stored, bytes];
}
