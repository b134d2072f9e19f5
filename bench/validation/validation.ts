/** Measures the cost of validation and compares it with its bars. */
import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { progressOn } from '../../apps/dhp/src/progress.ts';
import { rounds, values } from './arguments.ts';
import { measureCreateShare } from './create-share.ts';
import { flameGraph, profileOf } from './flame-graph.ts';
import { rateOf } from './rate.ts';
import { createRow, rateRow, startRows, table, type Row, type StartCost } from './report.ts';
import { clinicalSubjects, nationalSubjects } from './subjects.ts';

const progress = progressOn(process.stderr);
if (values.flame !== undefined) await drawFlames(values.flame, values.national);
else process.stdout.write(`\n${table(await measured(rounds, !values['no-create']))}\n`);

async function measured(rounds: number, withCreate: boolean): Promise<Row[]> {
  const rows = startRows(starts(3));
  const national = await nationalSubjects();
  if (national.length === 0) progress.say('The national package is not at ../shared/uz-core: it is left out.');
  for (const { name, texts, once, bar } of [...(await clinicalSubjects()), ...national]) {
    const step = progress.step(name);
    rows.push(rateRow(rateOf(name, texts, once, bar)));
    step.done();
  }
  if (withCreate) rows.push(createRow(await measureCreateShare(rounds, progress)));
  return rows;
}

/** Each in a separate process, with the compile cache of earlier ones, as the platform starts. */
function starts(count: number): StartCost[] {
  const step = progress.step('starting');
  const env = { NODE_COMPILE_CACHE: join(tmpdir(), 'dhp-bench-compiled'), ...process.env };
  const program = fileURLToPath(new URL('start.ts', import.meta.url));
  const costs = Array.from({ length: count + 1 }, () => {
    const said = execFileSync(process.execPath, ['--expose-gc', program], { encoding: 'utf8', env });
    return JSON.parse(said) as StartCost;
  });
  step.done();
  return costs;
}

async function drawFlames(file: string, isNational: boolean): Promise<void> {
  const subjects = isNational ? await nationalSubjects() : await clinicalSubjects();
  const subject = subjects.find(({ bar }) => bar !== undefined);
  if (subject === undefined) throw new Error('The national package is not at ../shared/uz-core.');
  const { name, texts, once } = subject;
  const times = (count: number) => (): void => {
    for (let n = 0; n < count; n += texts.length) for (const text of texts) once(text);
  };
  const step = progress.step(name);
  times(20_000)();
  await writeFile(file, flameGraph(await profileOf(times(20_000)), name));
  step.done(`written to ${file}`);
}
