// How much of the machine is idle: files that wait for a time to pass leave a core free that another file could use.
import { cpus } from 'node:os';

const sums = () => {
  const times = cpus().map((cpu) => cpu.times);
  const idle = times.reduce((sum, one) => sum + one.idle, 0);
  return { idle, all: times.reduce((sum, one) => sum + Object.values(one).reduce((a, b) => a + b, 0), 0) };
};

/** @returns a function that tells the idle share of all cores, 0 to 1, since it was called before; 0 where the system does not tell */
export function idleShare() {
  let before = sums();
  return () => {
    const now = sums();
    const share = now.all > before.all ? (now.idle - before.idle) / (now.all - before.all) : 0;
    before = now;
    return share;
  };
}
