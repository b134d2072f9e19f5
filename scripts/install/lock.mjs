// One install at a time: two npm commands in one clone take turns.
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** The lock contains the process id and its start time, so that the lock of a killed process is ignored. */
export async function withLock(folder, work) {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, 'install.lock');
  let said = false;
  while (!take(path)) {
    const holder = readHolder(path);
    const alive = holder !== undefined && isAlive(holder);
    if (holder !== undefined && !alive) removeDead(path);
    if (!said && alive) console.error(`Waiting for the install of process ${holder.pid} …`);
    said ||= alive;
    await delay(100);
  }
  const release = () => rmSync(path, { force: true });
  process.once('exit', release);
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ])
    process.once(signal, () => process.exit(code));
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}

function take(path) {
  try {
    writeFileSync(path, JSON.stringify({ pid: process.pid, started: startOf(process.pid) }), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

/** Two processes may find a dead lock at the same time; the slower one must not remove the new lock of the faster one. */
function removeDead(path) {
  const guard = `${path}.guard`;
  try {
    writeFileSync(guard, '', { flag: 'wx' });
  } catch {
    const made = statSync(guard, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if (Date.now() - made > 10_000) rmSync(guard, { force: true }); // killed right here
    return;
  }
  const holder = readHolder(path);
  if (holder !== undefined && !isAlive(holder)) rmSync(path, { force: true });
  rmSync(guard, { force: true });
}

/** Undefined for a lock that was just removed, or was just created and is still empty. */
function readHolder(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

function isAlive({ pid, started }) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error.code !== 'EPERM') return false;
  }
  return started === startOf(pid);
}

/** Field 22 of /proc/<pid>/stat; '' without /proc. */
function startOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}
