// Separates the results of test files that together.mjs runs in one process: each file has its events, its time and its limit.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { endProcess, readNumbers, startProcess } from './run-process.mjs';

const entry = fileURLToPath(new URL('together.mjs', import.meta.url));

/**
 * Where the process ends before its last file, the file that it ran has failed, and those after it get another process.
 * @param {string[]} files
 * @param {{ limit: number, folder: string, number: number, onBegin: (file: string) => void, onEnd: (ended: import('./run-file.mjs').Ended) => void }} options
 *   `limit`: the seconds that a file may take; `folder`: for files that the process writes; `number`: of this run in that folder
 */
export async function runTogether(files, options) {
  for (let left = files; left.length > 0;) left = left.slice(await runSome(left, options));
}

/** @returns {Promise<number>} how many of the files have ended */
async function runSome(files, { limit, folder, number, onBegin, onEnd }) {
  const written = join(folder, String(number));
  const marks = `${written}.files`;
  const watch = watchFiles(files, { written, marks, limit, onBegin });
  const parts = new Parts(files);
  let told = 0;
  for await (const event of startProcess({ entry, argv: [marks, ...files], written })) {
    parts.add(event);
    tell(parts.begun - 1);
  }
  const { isLate } = await watch.end();
  const ended = readNumbers(marks).length;
  const last = Math.min(ended, files.length - 1);
  tell(last);
  parts.endAt(last, ended === files.length);
  tell(last + 1, isLate);
  for (const file of [written, marks]) rmSync(file, { force: true });
  return told;

  function tell(count, isLate = false) {
    const cpu = count > told ? readNumbers(marks) : [];
    for (; told < count; told += 1) {
      if (told < cpu.length) parts.check(told);
      onEnd({
        file: files[told],
        events: parts.of(told),
        seconds: watch.secondsOf(told),
        cpu: cpu[told] === undefined ? undefined : cpu[told] - (cpu[told - 1] ?? 0),
        isLate,
      });
    }
  }
}

/** Checks every second which file runs, and ends the process if one takes too long. */
function watchFiles(files, { written, marks, limit, onBegin }) {
  const begun = [performance.now()];
  onBegin(files[0]);
  let ending;
  const timer = setInterval(look, 1000);
  return {
    async end() {
      clearInterval(timer);
      await ending;
      return { isLate: ending !== undefined };
    },
    secondsOf(at) {
      look();
      return ((begun[at + 1] ?? performance.now()) - (begun[at] ?? performance.now())) / 1000;
    },
  };

  function look() {
    const ended = readNumbers(marks).length;
    while (begun.length <= Math.min(ended, files.length - 1)) {
      begun.push(performance.now());
      onBegin(files[begun.length - 1]);
    }
    if (performance.now() - begun.at(-1) > limit * 1000) ending ??= endProcess(written);
  }
}

/** The events of each file, as if it had run alone: its suite is omitted. */
class Parts {
  #files;
  #events;
  /** Indexes of files whose suite has reported its end. */
  #ended = new Set();
  /** Index of the file whose events arrive. */
  #at = -1;
  /** The failure of the whole process. */
  #failure;

  constructor(files) {
    this.#files = files;
    this.#events = files.map(() => []);
  }

  of(at) {
    return this.#events[at];
  }

  /** How many files have begun. */
  get begun() {
    return this.#at + 1;
  }

  add({ type, data }) {
    if (data.name === entry) {
      if (type === 'test:fail') this.#failure = data;
      return;
    }
    const isOfFile = data.nesting === 0 && data.name === this.#files[this.#at + 1];
    if (type === 'test:enqueue' && isOfFile) this.#at += 1;
    if ((type === 'test:pass' || type === 'test:fail') && data.nesting === 0) this.#ended.add(this.#at);
    const events = this.#events[Math.max(this.#at, 0)];
    if (data.nesting !== 0) events.push({ type, data: this.#moved(data) });
    else if (this.#tells(type, data))
      events.push({ type, data: { ...data, file: this.#files[this.#at] ?? data.file } });
  }

  /** No test may get lost because Node assigns it to another file, or stops reporting. */
  check(at) {
    const events = this.#events[at];
    const why = this.#ended.has(at) ? 'reported no test' : 'did not report its end';
    if (!this.#ended.has(at) || !events.some(isResult))
      events.push({ type: 'test:fail', data: failureOf(this.#files[at], why) });
  }

  /** The process ended while it ran this file, or after it had run all: unless a test gives the reason, the file reports it. */
  endAt(at, ranAll) {
    const data = this.#failure;
    if (data === undefined) return;
    const file = this.#files[at];
    const isTold = ranAll
      ? isOfTests(data)
      : this.#events[at].some((event) => event.data.name === `${file} leaves something behind`);
    if (!isTold) this.#events[at].push({ type: 'test:fail', data: { ...data, name: file, file } });
  }

  #moved(data) {
    return data.nesting === undefined ? data : { ...data, nesting: data.nesting - 1 };
  }

  /** The suite of a file reports failures that none of its tests reports: a file that could not be loaded, or a failed hook. */
  #tells(type, { details, file }) {
    if (type === 'test:diagnostic') return file !== undefined;
    return type === 'test:fail' && !isOfTests({ details });
  }
}

/** It failed because a test below failed, which reports that itself. */
const isOfTests = ({ details }) => details.error.failureType === 'subtestsFailed';

const isResult = ({ type }) => type === 'test:pass' || type === 'test:fail';

function failureOf(file, message) {
  const details = { duration_ms: 0, type: 'test', error: { message, failureType: 'testCodeFailure' } };
  return { name: file, file, nesting: 0, testNumber: 1, line: 1, column: 1, details };
}
