// CPU time of processes, as reported by Linux. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
import { readdirSync, readFileSync } from 'node:fs';

/** The kernel reports hundredths of a second to programs, whatever its internal tick is. */
const ticksPerSecond = 100;

/** The fields that follow the name of the program: the first is the state. */
function fieldsOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

/** Seconds of CPU time of a process and of its ended children, in user and in system mode; undefined on systems other than Linux. */
export function cpuSecondsOf(pid) {
  const fields = fieldsOf(pid);
  if (fields === undefined) return undefined;
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / ticksPerSecond;
}

/** Seconds of CPU time of a process without its children; undefined on systems other than Linux. */
export function ownCpuSecondsOf(pid) {
  const fields = fieldsOf(pid);
  return fields === undefined ? undefined : (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** Seconds of CPU time of a process and of all its descendants, whether they run or have ended. */
export function cpuOfTree(pid) {
  return [pid, ...descendantsOf(pid)].reduce((sum, one) => sum + (cpuSecondsOf(one) ?? 0), 0);
}

/** The process id of the parent; undefined when there is no such process, or no /proc. */
export function parentOf(pid) {
  const fields = fieldsOf(pid);
  return fields === undefined ? undefined : Number(fields[1]);
}

/** The name of the program of a process; undefined when there is no such process, or no /proc. */
export function nameOf(pid) {
  try {
    return readFileSync(`/proc/${String(pid)}/comm`, 'latin1').trim();
  } catch {
    return undefined;
  }
}

/** The descendants of a process, as far as their parents still run; an empty list on systems other than Linux. */
export function descendantsOf(pid) {
  const children = new Map();
  for (const name of processes()) {
    const parent = parentOf(name);
    children.set(parent, [...(children.get(parent) ?? []), name]);
  }
  const found = [];
  const waiting = [pid];
  while (waiting.length > 0) {
    const next = children.get(waiting.pop()) ?? [];
    found.push(...next);
    waiting.push(...next);
  }
  return found;
}

function processes() {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}
