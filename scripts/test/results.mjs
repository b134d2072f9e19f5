// Collects the reports of the test files of a run: counts, failures with their reasons, and durations.
import { relative, sep } from 'node:path';

export class Results {
  #counts = { passed: 0, failed: 0, skipped: 0 };
  #skipped = [];
  #failures = [];
  #files = [];
  #listed;

  /** @param {number | undefined} listed how many files are listed by their CPU time; undefined for the usual list by time */
  constructor(listed) {
    this.#listed = listed;
  }

  /** @param {Awaited<ReturnType<import('./run-file.mjs').runFile>>} ended */
  add(ended, limit) {
    const { file, events, isLate } = ended;
    this.#files.push(ended);
    if (isLate) {
      const running = runningIn(events, file).map((name) => `\n    it ran: ${name}`);
      this.#fail(`${file} took longer than ${limit} s and was ended (DHP_TEST_FILE_SECONDS)${running.join('')}`);
    }
    for (const { type, data } of events) {
      if (type === 'test:pass' && isTest(data, file)) this.#pass(data);
      if (type === 'test:fail' && !(isLate && isFile(data, file))) this.#failed(data);
    }
  }

  get isGood() {
    return this.#counts.failed === 0 && this.#counts.passed > 0;
  }

  /** Lines for the end of the output. */
  lines() {
    const { passed, failed, skipped } = this.#counts;
    return [
      ...this.#slowest(),
      ...this.#places(),
      ...this.#skipped.map((line) => `skipped: ${line}`),
      ...this.#failures.map((line) => `failed: ${line}`),
      `tests: ${passed} passed, ${failed} failed, ${skipped} skipped`,
    ];
  }

  #pass({ name, skip }) {
    if (skip === undefined) this.#counts.passed += 1;
    else {
      this.#counts.skipped += 1;
      this.#skipped.push(`${name}${typeof skip === 'string' ? `: ${skip}` : ''}`);
    }
  }

  #failed({ file = '', name, details }) {
    if (details?.type === 'suite' && details.error?.failureType === 'subtestsFailed') return;
    const { cause, message } = details?.error ?? {};
    const reason = String(cause?.stack ?? message ?? '')
      .split('\n')
      .slice(0, 12)
      .join('\n    ');
    this.#fail(`${file} ${name}\n    ${reason}`);
  }

  #fail(line) {
    this.#counts.failed += 1;
    this.#failures.push(line);
  }

  /** Lists the slowest files, to help keep the whole run below its limit. */
  #slowest() {
    if (this.#listed !== undefined) return firstBy(this.#files, ({ cpu = 0 }) => cpu, this.#listed);
    return this.#files.length < 20 ? [] : firstBy(this.#files, ({ seconds }) => seconds, 20);
  }

  /** CPU time by workspace in descending order, if files are listed by CPU time. */
  #places() {
    if (this.#listed === undefined || this.#listed === 0) return [];
    const places = Map.groupBy(this.#files, ({ file }) => file.split(sep).slice(0, -1).slice(0, 2).join('/'));
    return [...places]
      .map(([place, files]) => ({ place, files, cpu: files.reduce((sum, { cpu = 0 }) => sum + cpu, 0) }))
      .filter(({ cpu }) => cpu > 0)
      .sort((a, b) => b.cpu - a.cpu)
      .map(({ place, files, cpu }) => `${rounded(cpu)} s of CPU, ${String(files.length)} files in ${place}`);
  }
}

function firstBy(files, order, count) {
  return files
    .toSorted((a, b) => order(b) - order(a))
    .slice(0, count)
    .map(
      ({ file, seconds, cpu }) =>
        `${rounded(seconds)} s${cpu === undefined ? '' : `,${rounded(cpu)} s of CPU`}  ${file}`,
    );
}

const rounded = (seconds) => seconds.toFixed(1).padStart(6);

/** Files and suites are also reported as tests. */
const isTest = (data, file) => data.details?.type !== 'suite' && !isFile(data, file);

const isFile = ({ name }, file) => name === file || relative(process.cwd(), name) === file;

/** The names of tests that have begun and not ended. */
function runningIn(events, file) {
  const running = new Map();
  for (const { type, data } of events) {
    const place = `${data.line}:${data.column} ${data.name}`;
    if (type === 'test:dequeue' && !isFile(data, file)) running.set(place, data.name);
    if (type === 'test:complete') running.delete(place);
  }
  return [...running.values()];
}
