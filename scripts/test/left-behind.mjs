// Compares the process before and after a test file: anything still open or changed could affect later files.
import { setTimeout as delay } from 'node:timers/promises';
import { keepsSomething } from '../../tests/kept.ts';

/** Milliseconds. Connections close shortly after the test that used them; only those that stay open reach this limit. */
const limit = Math.min(30, Number(process.env.DHP_TEST_FILE_SECONDS ?? 600) / 4) * 1000;

const globals = ['Date', 'fetch', 'setTimeout', 'setInterval', 'setImmediate'];

const thrown = [];
for (const kind of ['uncaughtException', 'unhandledRejection']) process.on(kind, (error) => thrown.push(error));

export function stateOfProcess() {
  return {
    open: openResources(),
    environment: { ...process.env },
    folder: process.cwd(),
    globals: globals.map((name) => globalThis[name]),
  };
}

/** @returns {Promise<string[]>} a line for each thing that differs from `before`, once nothing is closing any more; none is right */
export async function whatIsLeft(before) {
  const started = performance.now();
  let open = stillOpen(before.open);
  while (open.length > 0 && performance.now() - started < limit) {
    await delay(10);
    open = stillOpen(before.open);
  }
  return [...open, ...changed(before), ...failedLate()];
}

/** Counts of all resources that keep a process alive, by kind: servers, connections, timers, threads, children. */
function openResources() {
  const counts = new Map();
  for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}

/** Resources of a platform that is kept for the next file. */
const ofPrograms = ['ProcessWrap', 'PipeWrap'];

function stillOpen(before) {
  const more = [...openResources()].filter(
    ([kind, count]) => count > (before.get(kind) ?? 0) && !(keepsSomething() && ofPrograms.includes(kind)),
  );
  return more.map(([kind, count]) => `open: ${count - (before.get(kind) ?? 0)} ${kind}`);
}

function changed(before) {
  const now = stateOfProcess();
  const names = new Set([...Object.keys(before.environment), ...Object.keys(now.environment)]);
  return [
    ...[...names]
      .filter((name) => before.environment[name] !== now.environment[name])
      .map((name) => `changed: ${name}`),
    ...(before.folder === now.folder ? [] : ['changed: the working directory']),
    ...globals.filter((_, at) => before.globals[at] !== now.globals[at]).map((name) => `changed: ${name}`),
  ];
}

/** Node records an error outside of any running test only in the exit code, and reports it only when the process ends. */
function failedLate() {
  if (process.exitCode === undefined) return [];
  return [
    'thrown when no test was running that it belongs to:',
    ...thrown.map((error) => String(error?.stack ?? error)),
  ];
}
