/** Objects of one bucket of S3-compatible storage, by AWS's client, which is loaded when the first object is requested. docs/decisions/0160-files-of-jobs-in-s3.md */
import { readFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import { rootCertificates } from 'node:tls';
import type * as Sdk from '@aws-sdk/client-s3';
import { StorageFailure } from '../contract/job-files.ts';
import { credentialsIn } from './credentials.ts';

export interface BucketOptions {
  /** Origin of the server: `https:`, or `http:` on this machine. */
  readonly endpoint: string;
  readonly bucket: string;
  /** Stands before all names, with a slash at its end; or empty. */
  readonly prefix: string;
  readonly region: string;
  /** A file with the access key, in the form of AWS. It is read again every few minutes, so that keys can change. */
  readonly credentials: string;
  /** Authorities in PEM beside those of Node. */
  readonly authorities?: string | Buffer | undefined;
  /** Times are in milliseconds. For tests. */
  readonly patience?: Partial<Patience>;
}

interface Patience {
  /** Until it is connected, and without a byte. */
  readonly idle: number;
  /** For one request, its answer included. */
  readonly whole: number;
  /** Times that a request is sent, with a growing rest between them, where the server is busy or away. */
  readonly attempts: number;
}

export interface StoredObject {
  readonly key: string;
  readonly size: number;
}

/** Keys are without the prefix. Each fails with StorageFailure. */
export interface Objects {
  put(key: string, bytes: Buffer): Promise<void>;
  /** @returns exactly these bytes */
  get(key: string, first: number, length: number): Promise<Buffer>;
  /** All that begin with a text, in the order of their keys. */
  list(start: string): Promise<StoredObject[]>;
  /** The parts of keys before their first slash. */
  folders(): Promise<string[]>;
  remove(keys: readonly string[]): Promise<void>;
  close(): void;
}

const usual: Patience = { idle: 10_000, whole: 60_000, attempts: 4 };
/** Milliseconds for which credentials are used before their file is read again. */
const refreshed = 5 * 60_000;
/** Keys of one request. https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html */
const mostRemoved = 1_000;

interface Connected {
  readonly sdk: typeof Sdk;
  readonly client: Sdk.S3Client;
}

/** Sends requests to the storage. */
interface Asking {
  /** Sends one. The signal ends it, even if the server does not answer. Fails with StorageFailure. */
  readonly ask: <Done>(
    during: string,
    work: (connected: Connected, signal: AbortSignal) => Promise<Done>,
  ) => Promise<Done>;
  /** All pages of a list. */
  readonly pages: (start: string, delimiter: string | undefined, each: (page: Page) => void) => Promise<void>;
  readonly close: () => void;
}

function asking(options: BucketOptions): Asking {
  const patience = { ...usual, ...options.patience };
  let connecting: Promise<Connected> | undefined;
  let isClosed = false;
  const underWay = new Set<AbortController>();
  const ask: Asking['ask'] = async (during, work) => {
    const ending = new AbortController();
    const timer = setTimeout(() => ending.abort(), patience.whole * patience.attempts);
    underWay.add(ending);
    try {
      if (isClosed) throw new StorageFailure('closed', during, { isPassing: true });
      return await work(await (connecting ??= connect(options, patience)), ending.signal);
    } catch (error) {
      if (error instanceof StorageFailure) throw error;
      if (!ending.signal.aborted) throw failureOf(error, during);
      throw new StorageFailure(isClosed ? 'closed' : 'TimeoutError', during, { isPassing: true, cause: error });
    } finally {
      clearTimeout(timer);
      underWay.delete(ending);
    }
  };
  return {
    ask,
    async pages(start, delimiter, each) {
      const asked = { Bucket: options.bucket, Prefix: options.prefix + start, Delimiter: delimiter };
      let ContinuationToken: string | undefined;
      do {
        const page = await ask('list', ({ sdk, client }, abortSignal) =>
          client.send(new sdk.ListObjectsV2Command({ ...asked, ContinuationToken }), { abortSignal }),
        );
        each(page);
        const next = page.IsTruncated === true ? page.NextContinuationToken : undefined;
        // A server that answers with the same page for ever would be asked for ever.
        if (next !== undefined && next === ContinuationToken)
          throw new StorageFailure('RepeatedPage', 'list', { isPassing: false });
        ContinuationToken = next;
      } while (ContinuationToken !== undefined);
    },
    close() {
      isClosed = true;
      for (const ending of underWay) ending.abort();
      void connecting?.then(({ client }) => client.destroy()).catch(() => undefined);
    },
  };
}

export function openObjects(options: BucketOptions): Objects {
  const { bucket: Bucket, prefix } = options;
  const { ask, pages, close } = asking(options);
  return {
    put: (key, bytes) =>
      ask('write', async ({ sdk, client }, abortSignal) => {
        const input = { Bucket, Key: prefix + key, Body: bytes, ContentLength: bytes.length };
        await client.send(new sdk.PutObjectCommand(input), { abortSignal });
      }),
    get: (key, first, length) =>
      ask('read', async ({ sdk, client }, abortSignal) => {
        const Range = `bytes=${String(first)}-${String(first + length - 1)}`;
        const answer = await client.send(new sdk.GetObjectCommand({ Bucket, Key: prefix + key, Range }), {
          abortSignal,
        });
        return exactly(answer, length, abortSignal);
      }),
    async list(start) {
      const found: StoredObject[] = [];
      await pages(start, undefined, ({ Contents = [] }) => {
        for (const { Key = '', Size = 0 } of Contents)
          if (Key.startsWith(prefix + start)) found.push({ key: Key.slice(prefix.length), size: Size });
      });
      return found.sort((one, other) => (one.key < other.key ? -1 : 1));
    },
    async folders() {
      const found: string[] = [];
      await pages('', '/', ({ CommonPrefixes = [] }) => {
        for (const { Prefix = '' } of CommonPrefixes)
          if (Prefix.startsWith(prefix)) found.push(Prefix.slice(prefix.length, -1));
      });
      return found;
    },
    async remove(keys) {
      for (let at = 0; at < keys.length; at += mostRemoved) {
        const Objects = keys.slice(at, at + mostRemoved).map((key) => ({ Key: prefix + key }));
        const together = await ask('remove', async ({ sdk, client }, abortSignal) => {
          const asked = new sdk.DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } });
          const removed = await client.send(asked, { abortSignal }).catch((error: unknown) => {
            if (knowsOneByOne(error)) return undefined;
            throw error;
          });
          const [first] = removed?.Errors ?? [];
          if (first !== undefined) throw new StorageFailure(wordOf(first.Code), 'remove', { isPassing: true });
          return removed !== undefined;
        });
        if (together) continue;
        for (const one of Objects)
          await ask('remove', async ({ sdk, client }, abortSignal) => {
            await client.send(new sdk.DeleteObjectCommand({ Bucket, ...one }), { abortSignal });
          });
      }
    },
    close,
  };
}

type Page = Sdk.ListObjectsV2CommandOutput;

/** Settings of other programs of the machine (AWS_…, ~/.aws) do not count. */
async function connect(options: BucketOptions, { idle, whole, attempts: maxAttempts }: Patience): Promise<Connected> {
  const sdk = await import('@aws-sdk/client-s3');
  const { endpoint, region, credentials: file, authorities } = options;
  const agent = { keepAlive: true, maxSockets: 32 };
  const tls = authorities === undefined ? {} : { ca: [...rootCertificates, authorities] };
  const client = new sdk.S3Client({
    ...{ endpoint, region, maxAttempts, retryMode: 'standard', forcePathStyle: true },
    ...{ useFipsEndpoint: false, useDualstackEndpoint: false, useArnRegion: false, followRegionRedirects: false },
    ...{ disableS3ExpressSessionAuth: true, authSchemePreference: [], userAgentAppId: 'dhp' },
    // Servers that know no checksums but the signed one of the body are asked for none.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    credentials: async () => ({ ...(await credentialsOf(file)), expiration: new Date(Date.now() + refreshed) }),
    requestHandler: {
      ...{ connectionTimeout: idle, socketTimeout: idle, requestTimeout: whole, throwOnRequestTimeout: true },
      httpsAgent: new Agent({ ...agent, ...tls }),
      httpAgent: agent,
    },
  });
  return { sdk, client };
}

async function credentialsOf(file: string) {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    const { code = 'unreadable' } = cause as NodeJS.ErrnoException;
    throw new StorageFailure(code, 'credentials', { isPassing: false, cause });
  });
  const found = credentialsIn(text);
  if (found === undefined) throw new StorageFailure('no access key', 'credentials', { isPassing: false });
  return found;
}

interface Got {
  readonly Body?: unknown;
}

/** Bytes are counted as they arrive, independent of the lengths that the server states. */
async function exactly({ Body }: Got, length: number, signal: AbortSignal): Promise<Buffer> {
  const wrong = (): StorageFailure => new StorageFailure('wrong length', 'read', { isPassing: false });
  const stream = Body as NodeJS.ReadableStream & { destroy(error?: Error): void };
  const stop = (): void => stream.destroy(new Error('it took too long'));
  signal.addEventListener('abort', stop);
  const parts: Buffer[] = [];
  let got = 0;
  try {
    for await (const part of stream as AsyncIterable<Buffer>) {
      got += part.length;
      if (got > length) throw wrong();
      parts.push(part);
    }
  } finally {
    signal.removeEventListener('abort', stop);
    stream.destroy();
  }
  if (got !== length) throw wrong();
  return Buffer.concat(parts, length);
}

/** Whether a server may know how to remove objects one by one alone: some take the list with an older digest (MD5), and some take none. */
function knowsOneByOne(error: unknown): boolean {
  const { $metadata } = error as { readonly $metadata?: { readonly httpStatusCode?: number } };
  return [400, 405, 411, 501].includes($metadata?.httpStatusCode ?? 0);
}

/** Names of errors for full storage, with any status. */
const full = new Set(['InsufficientStorage', 'XMinioStorageFull', 'QuotaExceeded', 'QuotaExceededException']);

/** Only words of the catalogue of S3, of Node and of TLS are shown: no address, no key and no bucket. */
function failureOf(error: unknown, during: string): StorageFailure {
  const { name, Code, code, $metadata } = error as {
    readonly name?: unknown;
    readonly Code?: unknown;
    readonly code?: unknown;
    readonly $metadata?: { readonly httpStatusCode?: number };
  };
  const status = $metadata?.httpStatusCode;
  const word = [code, Code, name].find((one) => typeof one === 'string' && one !== 'Error' && one !== 'UnknownError');
  const reason = wordOf(word ?? (status === undefined ? undefined : `status ${String(status)}`));
  // 409 and 429 are temporary, as are server errors except 507, and requests without an answer. A certificate that is not trusted is
  // permanent.
  const isOfServer = status !== undefined && status >= 500 && status !== 507 && status !== 501;
  const isUnanswered =
    status === undefined && !/^(?:ERR_TLS|CERT_|UNABLE_TO|SELF_SIGNED|DEPTH_ZERO|ERR_SSL|ENOTFOUND)/.test(reason);
  const isPassing = !full.has(reason) && (isOfServer || isUnanswered || status === 409 || status === 429);
  return new StorageFailure(reason, during, { isPassing, cause: error });
}

function wordOf(word: unknown): string {
  return typeof word === 'string' && /^[\w .-]{1,60}$/.test(word) ? word : 'unknown';
}
