// The time that each file of a run takes, as a table: of the test processes, of PostgreSQL and of Chromium, whose renderers no process
// waits for. Files run one at a time, so that the time of the other processes can be assigned.
import { readFileSync, writeFileSync } from 'node:fs';
import { cpuOfTree, descendantsOf, ownCpuSecondsOf } from './cpu.mjs';

/** Milliseconds. Shorter-lived renderers are not seen, and their use after the last check is not counted. */
const pause = 250;

const columns = ['file', 'tests', 'seconds', 'cpu', 'postgresql', 'chromium'];

/**
 * @param {string} to the file that the table is written to, with tabs between its columns, seconds in all but the first two, and nothing if
 *   it cannot be told
 * @param {number | undefined} postmaster the process id of PostgreSQL; undefined if it is not on this machine
 */
export function keepTimes(to, postmaster) {
  const rows = [];
  const seen = new Map();
  const timer = setInterval(look, pause);
  let before = used();
  return {
    /** @param {import('./run-file.mjs').Ended} ended */
    add({ file, seconds, cpu, events }) {
      const now = used();
      const tests = events.filter(({ type }) => type === 'test:pass' || type === 'test:fail').length;
      const others = now.map((value, at) => (value === undefined ? undefined : value - before[at]));
      before = now;
      rows.push([file, String(tests), ...[seconds, cpu, ...others].map((value) => value?.toFixed(2) ?? '')]);
    },
    end() {
      clearInterval(timer);
      writeFileSync(to, [columns, ...rows].map((row) => `${row.join('\t')}\n`).join(''));
    },
  };

  function look() {
    for (const pid of descendantsOf(process.pid)) if (isOfChromium(pid)) seen.set(pid, ownCpuSecondsOf(pid) ?? 0);
  }

  function used() {
    look();
    const chromium = [...seen.values()].reduce((sum, seconds) => sum + seconds, 0);
    return [postmaster === undefined ? undefined : cpuOfTree(postmaster), chromium];
  }
}

/** The test that started the browser waits for it; child processes of the browser have an option for their kind. */
function isOfChromium(pid) {
  try {
    return readFileSync(`/proc/${String(pid)}/cmdline`, 'latin1').includes('--type=');
  } catch {
    return false;
  }
}
