import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { LargeBody } from './large-bodies.ts';

/** Record of a body that a client sent until it was stored. */
export interface Sent {
  readonly body: LargeBody;
  /** The answers before the last one: 503, the server had no room. */
  readonly refusals: number;
  /** Seconds from the first attempt to the last answer. */
  readonly seconds: number;
}

export interface Sending {
  readonly baseUrl: string;
  readonly token: string;
  /** Seconds that it continues. */
  readonly patience: number;
  /** Called for each 503. */
  readonly refused?: () => void;
}

/**
 * Sends a body, and again after each 503 when its Retry-After has passed. Waits for "100 Continue" before it sends the bytes, as
 * curl does. Rejects for every other answer that is not 200 or 201, and when the patience is over.
 */
export async function sendUntilStored({ baseUrl, token, patience, refused }: Sending, body: LargeBody): Promise<Sent> {
  const start = performance.now();
  for (let refusals = 0; ; refusals += 1) {
    const { status, retryAfter, text } = await send(`${baseUrl}${body.path}`, token, body);
    const seconds = (performance.now() - start) / 1000;
    if (status === 200 || status === 201) return { body, refusals, seconds };
    const shown = `${body.name}: ${status} ${text.slice(0, 1_000)}`;
    if (status !== 503 || retryAfter === undefined) throw new Error(shown);
    refused?.();
    if (seconds > patience) throw new Error(`not stored after ${Math.round(seconds)} s: ${shown}`);
    await delay(retryAfter * 1_000);
  }
}

interface Received {
  readonly status: number;
  readonly retryAfter: number | undefined;
  readonly text: string;
}

function send(url: string, token: string, { contentType, bytes }: LargeBody): Promise<Received> {
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': contentType,
      'content-length': bytes.length,
      prefer: 'return=minimal',
      expect: '100-continue',
    };
    // A connection that stays open is not cut while the rest of a refused body is on its way.
    const agent = new Agent({ keepAlive: true });
    let isAnswered = false;
    const sent = request(url, { method: 'POST', headers, agent }, (response) => {
      isAnswered = true;
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('error', reject);
      response.on('end', () => {
        const after = response.headers['retry-after'];
        resolve({
          status: response.statusCode ?? 0,
          retryAfter: after === undefined ? undefined : Number(after),
          text,
        });
        sent.destroy();
        agent.destroy();
      });
    });
    sent.on('error', (error) => {
      if (!isAnswered) reject(error);
    });
    sent.on('continue', () => sent.end(bytes));
    sent.flushHeaders();
  });
}
