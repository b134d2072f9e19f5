/** A seeded source of numbers in [0, 1) (mulberry32), so that a failing run can be repeated. */
export function randomSource(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const pieces = [
  'a',
  'Ўқ',
  '😀',
  '"',
  '\\',
  '/',
  '\n',
  '\u0001',
  '\u007f',
  '\u2028',
  '\ufeff',
  ' ',
  'x'.repeat(30),
  '{',
  '1',
];
const numbers = [0, -0, 1, -1, 1.5, 1e21, 1e-7, 123456789012, -0.001, 5e-324, 1.7976931348623157e308];

function pick<T>(random: () => number, values: readonly T[]): T {
  return values[Math.floor(random() * values.length)]!;
}

function randomText(random: () => number): string {
  return Array.from({ length: Math.floor(random() * 4) }, () => pick(random, pieces)).join('');
}

/** A JSON value, mostly an object, at most five levels deep. */
export function randomDocument(random: () => number, depth = 0): unknown {
  const kind = depth === 0 && random() < 0.8 ? 5 : Math.floor(random() * (depth < 5 ? 6 : 4));
  if (kind === 0) return randomText(random);
  if (kind === 1) return pick(random, numbers);
  if (kind === 2) return random() < 0.5;
  if (kind === 3) return null;
  const length = Math.floor(random() * (random() < 0.05 ? 60 : 5));
  if (kind === 4) return Array.from({ length }, () => randomDocument(random, depth + 1));
  return Object.fromEntries(
    Array.from({ length }, (_, i) => [`${randomText(random)}${i}`, randomDocument(random, depth + 1)]),
  );
}

const damage = [
  '"',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '\\',
  '0',
  '1',
  '-',
  '.',
  'e',
  '+',
  'u',
  't',
  ' ',
  '\t',
  '\u000b',
  'n',
  '',
];

/** The text with up to two characters replaced, inserted or removed. */
export function mutated(text: string, random: () => number): string {
  let result = text;
  for (let n = 1 + Math.floor(random() * 2); n > 0; n -= 1) {
    const at = Math.floor(random() * (result.length + 1));
    result = result.slice(0, at) + pick(random, damage) + result.slice(at + Math.floor(random() * 2));
  }
  return result;
}
