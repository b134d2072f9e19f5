/** An answer that is made while it is sent: no part leaves before the patients whom it tells of are recorded. */

interface Recording {
  /** Patients who are recorded with the beginning of the answer. */
  readonly known: ReadonlySet<string>;
  readonly find: (bytes: Buffer, found: Set<string>) => void;
  readonly record: (patients: ReadonlySet<string>) => Promise<void>;
}

/** Bytes of a part that are looked at with the next one, since a reference may be cut between them. */
const overlap = 256;

export async function* recordedStream(
  parts: AsyncIterable<Buffer>,
  { known, find, record }: Recording,
): AsyncGenerator<Buffer> {
  const told = new Set(known);
  let end: Buffer = Buffer.alloc(0);
  for await (const part of parts) {
    const found = new Set<string>();
    find(end.length === 0 ? part : Buffer.concat([end, part]), found);
    const fresh = new Set([...found].filter((id) => !told.has(id)));
    for (const id of fresh) told.add(id);
    if (fresh.size > 0) await record(fresh);
    end = part.subarray(Math.max(0, part.length - overlap));
    yield part;
  }
}
