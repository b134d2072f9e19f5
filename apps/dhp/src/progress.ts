/** Progress for a person at a terminal: one line that is redrawn on a TTY, plain lines elsewhere. */
import { grouped, spokenLanguage } from './locale.ts';
import { operationMessages } from './texts/operation.ts';

export interface ProgressStep {
  /** Reports the progress; `total` 0 means that the total is unknown. */
  update(done: number, total: number, note?: string): void;
  /** The step is over; the line stays with its duration. */
  done(note?: string): void;
}

export interface Progress {
  /** Begins a step such as "migrating the database". */
  step(title: string): ProgressStep;
  /** A plain line between steps. */
  say(line: string): void;
}

const redrawEvery = 80;
const barWidth = 24;

/** Progress without output, for `--json` and tests. */
export const silent: Progress = {
  step: () => ({ update: () => undefined, done: () => undefined }),
  say: () => undefined,
};

/**
 * Progress on a stream.
 *
 * @param output usually process.stderr, so that standard output contains only results
 * @param patience milliseconds before a step is shown: 0 for a start, a second for a command that is mostly quick
 */
export function progressOn(output: NodeJS.WriteStream, patience = 0): Progress {
  const draw = output.isTTY ? drawnStep : plainStep;
  return {
    say: (line) => void output.write(`${line}\n`),
    step: (title) => patient(draw(output, title), patience),
  };
}

/** Steps of a work that reports its current step: the next one begins when its name is reported, and ends the previous one. */
export function stepsOn<Name extends string>(
  progress: Progress,
  titles: Readonly<Record<Name, string>>,
): { show: (name: Name, done: number, total: number) => void; done: () => void } {
  let now: { readonly name: Name; readonly step: ProgressStep } | undefined;
  return {
    show(name, done, total) {
      if (now?.name !== name) {
        now?.step.done();
        now = { name, step: progress.step(titles[name]) };
      }
      now.step.update(done, total);
    },
    done: () => now?.step.done(),
  };
}

/** The step, silent until it has lasted so long. */
function patient(step: ProgressStep, patience: number): ProgressStep {
  const from = performance.now() + patience;
  return {
    update: (...progress) => (performance.now() >= from ? step.update(...progress) : undefined),
    done: (note) => (performance.now() >= from ? step.done(note) : undefined),
  };
}

function plainStep(output: NodeJS.WriteStream, title: string): ProgressStep {
  const started = performance.now();
  let lastTenth = 0;
  return {
    update(done, total) {
      // A log file needs a line now and then, not a line for each change.
      const tenth = total > 0 ? Math.floor((done / total) * 10) : 0;
      if (tenth <= lastTenth || tenth >= 10) return;
      lastTenth = tenth;
      output.write(`  ${title}: ${tenth * 10} %\n`);
    },
    done: (note) => void output.write(`  ✓ ${title}${note ? `: ${note}` : ''} (${seconds(started)})\n`),
  };
}

function drawnStep(output: NodeJS.WriteStream, title: string): ProgressStep {
  const started = performance.now();
  let drawnAt = 0;
  return {
    update(done, total, note) {
      const now = performance.now();
      if (now - drawnAt < redrawEvery) return;
      drawnAt = now;
      const line = `  ${bar(done, total)} ${title} ${amount(done, total)}${note ? ` ${note}` : ''}`;
      output.write(`\r\u001b[2K${line.slice(0, Math.max(20, output.columns - 1))}`);
    },
    done: (note) =>
      void output.write(`\r\u001b[2K  \u001b[32m✓\u001b[0m ${title}${note ? `: ${note}` : ''} (${seconds(started)})\n`),
  };
}

function bar(done: number, total: number): string {
  if (total <= 0) return '·'.repeat(barWidth);
  const filled = Math.min(barWidth, Math.round((done / total) * barWidth));
  return `${'█'.repeat(filled)}${'░'.repeat(barWidth - filled)}`;
}

function amount(done: number, total: number): string {
  const { amount: of } = operationMessages[spokenLanguage()];
  if (total > 0) return of({ done: grouped(done), total: grouped(total) });
  return done > 0 ? grouped(done) : '';
}

function seconds(started: number): string {
  return operationMessages[spokenLanguage()].seconds({ seconds: ((performance.now() - started) / 1000).toFixed(1) });
}
