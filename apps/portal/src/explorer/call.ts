/** A call to a server of the platform on behalf of a visitor, bounded in time and size. */

/** Milliseconds. */
const patience = 30_000;
/** Bytes of an answer that are shown. */
const mostShown = 512 * 1024;

export interface Call {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

export interface Answered {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly milliseconds: number;
  readonly body: string;
  /** Only the beginning of the body is shown. */
  readonly isCut: boolean;
}

/** @returns undefined if the server does not answer */
export async function callServer({ method, url, headers, body }: Call): Promise<Answered | undefined> {
  const began = performance.now();
  try {
    const answer = await fetch(url, {
      ...{ method, headers, redirect: 'manual', signal: AbortSignal.timeout(patience) },
      ...(body !== undefined && { body }),
    });
    const { text, isCut } = await beginningOf(answer, mostShown);
    const milliseconds = performance.now() - began;
    return { status: answer.status, headers: [...answer.headers], milliseconds, body: text, isCut };
  } catch {
    return undefined;
  }
}

/** Reads at most this many bytes of an answer, and the rest of one chunk. */
export async function beginningOf(answer: Response, most: number): Promise<{ text: string; isCut: boolean }> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of answer.body ?? []) {
    const bytes = part as Uint8Array;
    parts.push(bytes);
    length += bytes.length;
    if (length > most) break; // which ends the reading, and the connection
  }
  const whole = Buffer.concat(parts);
  return { text: whole.subarray(0, most).toString('utf8'), isCut: length > most };
}
