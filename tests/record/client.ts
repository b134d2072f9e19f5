/** A client that sends requests as they are made, one at a time over one connection. */
import { Agent, request as send } from 'node:http';
import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib';
import type { Answer, Sent } from './entry.ts';

export interface Client {
  /** @param authorization the header's value; undefined for none. Rejects when no answer comes. */
  send(sent: Sent, authorization: string | undefined): Promise<Answer>;
  close(): void;
}

const patience = 120_000;

const decoders: Readonly<Record<string, (body: Buffer) => Buffer>> = {
  gzip: gunzipSync,
  br: brotliDecompressSync,
  deflate: inflateSync,
  zstd: zstdDecompressSync,
};

/** @param base the URL at which the server listens, with the path of its base */
export function clientOf(base: string): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const { hostname, port, pathname } = new URL(base);
  return {
    send: ({ method, path, headers = {}, body }, authorization) =>
      new Promise((resolve, reject) => {
        const outgoing = send(
          {
            agent,
            ...{ hostname, port, method, path: pathname.replace(/\/$/, '') + path, timeout: patience },
            headers: { ...(authorization !== undefined && { authorization }), 'accept-language': 'en', ...headers },
          },
          (incoming) => {
            const parts: Buffer[] = [];
            incoming.on('data', (part: Buffer) => parts.push(part));
            incoming.on('error', reject);
            incoming.on('end', () => {
              const fields = Object.entries(incoming.headers).map(([name, value]) => [name, String(value)] as const);
              const received = Object.fromEntries(fields);
              const bytes = Buffer.concat(parts);
              resolve({
                status: incoming.statusCode ?? 0,
                headers: { ...received, ...lengthOf(received, bytes) },
                text: textOf(bytes, received['content-encoding']),
              });
            });
          },
        );
        outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer in ${patience} ms`)));
        outgoing.on('error', reject);
        outgoing.end(body);
      }),
    close: () => agent.destroy(),
  };
}

/** Lengths differ with what is normalised, so only whether the header is true is kept. */
function lengthOf(headers: Record<string, string>, body: Buffer): Record<string, string> {
  const length = headers['content-length'];
  if (length === undefined) return {};
  return { 'content-length': body.length === 0 ? '(no body)' : Number(length) === body.length ? '(true)' : '(false)' };
}

/** The body without its encoding; in base64 where it is not UTF-8. */
function textOf(bytes: Buffer, encoding: string | undefined): string {
  const plain = bytes.length === 0 ? bytes : (decoders[encoding ?? '']?.(bytes) ?? bytes);
  const text = plain.toString('utf8');
  return Buffer.from(text, 'utf8').equals(plain) ? text : `base64:${plain.toString('base64')}`;
}
