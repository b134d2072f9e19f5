/** Time until a streamed answer begins, and until it ends. Requests are sent in sequence from this process. */
import { Agent, get } from 'node:http';
import { cpuTime, type Watched } from './cpu.ts';
import { cpuOf, type Run } from './load/measure.ts';

export interface Asked {
  readonly port: number;
  readonly path: string;
  readonly token: string;
  /** Milliseconds before the measurement, and of the measurement. */
  readonly warmUp: number;
  readonly duration: number;
}

/** Measures, for the same requests, the time of the first byte of the body and of the last. */
export async function measureParts(asked: Asked, watched: Watched): Promise<{ first: Run; whole: Run }> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    for (const end = performance.now() + asked.warmUp; performance.now() < end;) await once(agent, asked);
    const answers: Answer[] = [];
    const begin = performance.now();
    const before = await cpuTime(watched);
    do answers.push(await once(agent, asked));
    while (performance.now() - begin < asked.duration);
    const seconds = (performance.now() - begin) / 1000;
    const after = await cpuTime(watched);
    const wrong = answers.filter(({ status }) => status !== 200);
    const run = (times: readonly number[]): Run => ({
      perSecond: (answers.length - wrong.length) / seconds,
      ...quantiles(times),
      errors: wrong.length,
      ...(wrong[0] === undefined ? {} : { firstError: `${wrong[0].status} ${wrong[0].text}` }),
      ...cpuOf(answers.length, before, after),
    });
    return { first: run(answers.map((each) => each.first)), whole: run(answers.map((each) => each.whole)) };
  } finally {
    agent.destroy();
  }
}

interface Answer {
  readonly status: number;
  /** Milliseconds. */
  readonly first: number;
  readonly whole: number;
  readonly text: string;
}

function once(agent: Agent, { port, path, token }: Asked): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const begin = performance.now();
    const headers = { authorization: `Bearer ${token}`, accept: 'application/fhir+json' };
    const request = get({ agent, host: '127.0.0.1', port, path, headers }, (response) => {
      let first: number | undefined;
      let text = '';
      response.on('data', (chunk: Buffer) => {
        first ??= performance.now() - begin;
        if (text.length < 500) text += chunk.toString('latin1', 0, 500);
      });
      response.on('error', reject);
      response.on('end', () => {
        const whole = performance.now() - begin;
        resolve({ status: response.statusCode ?? 0, first: first ?? whole, whole, text });
      });
    });
    request.on('error', reject);
  });
}

function quantiles(times: readonly number[]): { p50: number; p99: number } {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { p50: at(0.5), p99: at(0.99) };
}
