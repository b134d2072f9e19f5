import { misshapen, writeContent, writeLargeSystem } from '@dhp/fhir-terminology';
import { Worker } from 'node:worker_threads';

/** Resources up to this many bytes are prepared here: that takes less than to hand them to another thread. */
const small = 32 * 1024;
/** CodeSystems of more bytes than this are read concept by concept: that takes longer, and a third of the memory. */
const large = 8 * 1024 * 1024;
/** Milliseconds after which a thread without work ends. */
const idle = 30_000;

/** Makes the content file of one resource from its JSON, for large ones in another thread so that requests continue. */
export interface Preparer {
  /** Undefined if no content file can be made: the terminology is unusable. */
  prepare(json: Buffer): Promise<Uint8Array | undefined>;
  close(): Promise<void>;
}

export function createPreparer(): Preparer {
  let worker: Worker | undefined;
  let timer: NodeJS.Timeout | undefined;
  let number = 0;
  const waiting = new Map<
    number,
    { resolve: (bytes: Uint8Array | undefined) => void; reject: (error: Error) => void }
  >();

  function started(): Worker {
    if (worker !== undefined) return worker;
    const one = new Worker(new URL('prepare-worker.ts', import.meta.url));
    one.unref();
    one.on('message', ({ id, bytes }: Prepared) => {
      waiting.get(id)?.resolve(bytes);
      waiting.delete(id);
    });
    const failed = (error: Error): void => {
      if (worker === one) worker = undefined;
      for (const { reject } of waiting.values()) reject(error);
      waiting.clear();
    };
    one.on('error', failed);
    one.on('exit', () => {
      failed(new Error('the thread that reads code systems has ended'));
    });
    return (worker = one);
  }

  async function close(): Promise<void> {
    clearTimeout(timer);
    await worker?.terminate();
  }

  return {
    async prepare(json) {
      if (json.length <= small) return contentOf(json);
      clearTimeout(timer);
      const id = (number += 1);
      const bytes = Uint8Array.from(json);
      const one = started();
      one.ref();
      try {
        return await new Promise<Uint8Array | undefined>((resolve, reject) => {
          waiting.set(id, { resolve, reject });
          one.postMessage({ id, bytes } satisfies Prepared, [bytes.buffer]);
        });
      } finally {
        if (waiting.size === 0) {
          one.unref();
          timer = setTimeout(() => void close(), idle).unref();
        }
      }
    },
    close,
  };
}

/** A message to the thread and back: JSON there, a content file here. */
export interface Prepared {
  readonly id: number;
  readonly bytes: Uint8Array | undefined;
}

/** The content file of a resource; undefined if it cannot be made, or is empty. */
export function contentOf(json: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  try {
    const streamed = json.length > large ? writeLargeSystem(json) : undefined;
    if (streamed !== undefined) return Uint8Array.from(streamed);
    const resource = JSON.parse(new TextDecoder().decode(json)) as { resourceType: string };
    if (misshapen(resource, resource.resourceType) !== undefined) return undefined;
    return Uint8Array.from(writeContent([resource]));
  } catch {
    return undefined;
  }
}
