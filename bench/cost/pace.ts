/** Measures the current speed of the processor, so that rows measured at different times can be compared. */

const turns = 400_000;

/** Nanoseconds of CPU of a fixed computation, the least of three. */
export function measurePace(): number {
  return Math.min(...Array.from({ length: 3 }, paceOnce));
}

function paceOnce(): number {
  const before = process.cpuUsage();
  let sum = 0;
  const held = new Map<string, number>();
  for (let i = 0; i < turns; i += 1) {
    const key = `k${i % 1_000}`;
    held.set(key, (held.get(key) ?? 0) + i);
    sum = (sum * 31 + i) | 0;
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) * 1_000 + (sum === 1 ? 1 : 0);
}
