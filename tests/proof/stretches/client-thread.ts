/** The client of `measureStretches`, in a thread of its own: what it does is not counted as work of the server. */
import { Agent, request } from 'node:http';
import { parentPort } from 'node:worker_threads';

export interface Asked {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly bytes: number;
  /** The beginning of the body. */
  readonly text: string;
  readonly error?: string;
}

const agent = new Agent({ keepAlive: true });

function ask({ url, method, headers, body }: Asked): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': body.length };
    const sent = request(url, { method, headers: { ...headers, ...length }, agent }, (response) => {
      let [bytes, text] = [0, ''];
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (text.length < 2_000) text += chunk.toString('latin1', 0, 2_000);
      });
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, bytes, text }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

parentPort?.on('message', (asked: Asked) => {
  ask(asked)
    .catch((error: unknown) => ({ status: 0, headers: {}, bytes: 0, text: '', error: String(error) }))
    .then((answered) => parentPort?.postMessage(answered))
    .catch(() => undefined);
});
