/**
 * One request over HTTP, as most tests send it. Node's `fetch` uses web streams, which take more CPU time than many of the answers; this
 * uses Node's own client with the header fields that `fetch` sends. It requests no content coding; if a test does, the text is decoded.
 */
import { Agent, request as open } from 'node:http';
import { gunzipSync } from 'node:zlib';

/** Idle connections keep no process alive. */
const agent = new Agent({ keepAlive: true });

export interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Fields of a form have their media type, and other texts that of plain text, unless the header says which. */
  readonly body?: string | Uint8Array | URLSearchParams | undefined;
}

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/**
 * Returns the complete answer. Redirects are not followed.
 * @param url with `http:`
 * @throws Error of Node if there is no complete answer; TypeError if a header cannot be sent
 */
export async function ask(url: string | URL, asked: Asked = {}): Promise<Answered> {
  try {
    return await once(url, asked);
  } catch (error) {
    // The server closed an idle connection and has not seen the request. It may have closed all idle ones.
    if ((error as { wasIdle?: boolean }).wasIdle === true) return await once(url, asked, false);
    throw error;
  }
}

function once(
  url: string | URL,
  { method = 'GET', headers, body }: Asked,
  usesAgain: Agent | false = agent,
): Promise<Answered> {
  const fields = new Headers(headers);
  for (const [name, value] of usual) if (!fields.has(name)) fields.set(name, value);
  const type = typeOf(body);
  if (type !== undefined && !fields.has('content-type')) fields.set('content-type', type);
  return new Promise((resolve, reject) => {
    const request = open(
      new URL(url),
      { agent: usesAgain, method, headers: Object.fromEntries(fields) },
      (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('error', reject);
        response.on('end', () => {
          const bytes = Buffer.concat(parts);
          const isZipped = response.headers['content-encoding'] === 'gzip' && bytes.length > 0;
          const text = decoder.decode(isZipped ? gunzipSync(bytes) : bytes);
          resolve({ status: response.statusCode!, headers: headersOf(response.rawHeaders), text });
        });
      },
    );
    request.on('error', (error: NodeJS.ErrnoException) => {
      reject(Object.assign(error, { wasIdle: request.reusedSocket && error.code === 'ECONNRESET' }));
    });
    // With a text as body Node would also write the header in UTF-8.
    request.end(body instanceof URLSearchParams || typeof body === 'string' ? Buffer.from(String(body)) : body);
  });
}

const usual = [
  ['accept', '*/*'],
  ['accept-language', '*'],
  ['user-agent', 'node'],
] as const;

const decoder = new TextDecoder();

function typeOf(body: Asked['body']): string | undefined {
  if (typeof body === 'string') return 'text/plain;charset=UTF-8';
  return body instanceof URLSearchParams ? 'application/x-www-form-urlencoded;charset=UTF-8' : undefined;
}

/** @param raw names and values in turn */
function headersOf(raw: readonly string[]): Headers {
  const headers = new Headers();
  for (let at = 0; at < raw.length; at += 2) headers.append(raw[at]!, raw[at + 1]!);
  return headers;
}
