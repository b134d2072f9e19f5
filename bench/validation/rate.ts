/** Calls per CPU-second of one thing over a number of texts. */

export interface Rate {
  readonly name: string;
  readonly texts: number;
  /** Bytes of a text on average. */
  readonly bytes: number;
  readonly perCpuSecond: number;
  /** Required calls per CPU-second. */
  readonly bar?: number;
}

const rounds = 5;
/** CPU-seconds. */
const warmUp = 1;
const round = 0.5;

/** The best of several rounds, since other load on the machine can only make them slower. */
export function rateOf(name: string, texts: readonly string[], once: (text: string) => unknown, bar?: number): Rate {
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) / texts.length;
  callsPerSecond(texts, once, warmUp);
  const rates = Array.from({ length: rounds }, () => callsPerSecond(texts, once, round));
  return { name, texts: texts.length, bytes, perCpuSecond: Math.max(...rates), ...(bar !== undefined && { bar }) };
}

function callsPerSecond(texts: readonly string[], once: (text: string) => unknown, seconds: number): number {
  const start = process.cpuUsage();
  for (let calls = 0; ;) {
    for (const text of texts) once(text);
    calls += texts.length;
    const { user, system } = process.cpuUsage(start);
    if (user + system >= seconds * 1e6) return calls / ((user + system) / 1e6);
  }
}
