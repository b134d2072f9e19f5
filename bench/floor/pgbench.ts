import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { cpuTime, type CpuTime, type Watched } from '../cpu.ts';
import { cpuOf, type Run } from '../load/measure.ts';

/** The program; Debian has it in postgresql-contrib, other systems with the client tools. */
export const program = 'pgbench';

export type Script = 'select' | 'insert';

export interface FloorJob {
  readonly url: string;
  readonly script: Script;
  /** Ids 1 to `rows` are read. */
  readonly rows: number;
  readonly content: string;
  readonly connections: number;
  readonly seconds: number;
}

interface Mark {
  readonly perSecond: number;
  readonly errors: number;
  readonly cpu: Promise<CpuTime | undefined>;
}

const scripts: Record<Script, (rows: number) => string> = {
  select: (rows) => `\\set id random(1, ${rows})\nselect content from floor where id = :id;\n`,
  insert: () => 'insert into floor (content) values (:content);\n',
};

/**
 * One run of pgbench. Its first second is warm-up (and includes opening the connections): the measurement lasts from the progress line
 * after it to the last, which pgbench does not always print.
 * @throws Error with pgbench's output if it fails
 */
export async function pgbench(job: FloorJob, watched: Watched): Promise<Run> {
  const folder = await mkdtemp(join(tmpdir(), 'dhp-bench-'));
  try {
    const file = join(folder, `${job.script}.sql`);
    await writeFile(file, scripts[job.script](job.rows));
    const marks = await progressLines(job, file, watched);
    const counted = marks.slice(1);
    const [first, last] = [await marks[0]?.cpu, await marks.at(-1)?.cpu];
    if (counted.length === 0) throw new Error('pgbench told no progress');
    const perSecond = counted.reduce((sum, mark) => sum + mark.perSecond, 0) / counted.length;
    return {
      perSecond,
      errors: counted.reduce((sum, mark) => sum + mark.errors, 0),
      ...cpuOf(perSecond * counted.length, first, last),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function progressLines(job: FloorJob, file: string, watched: Watched): Promise<Mark[]> {
  const url = new URL(job.url);
  const threads = Math.min(job.connections, availableParallelism());
  const words = [
    ...['-n', '-M', 'prepared', '-P', '1', '-T', String(Math.max(3, Math.ceil(job.seconds) + 1))],
    ...['-c', String(job.connections), '-j', String(threads), '-f', file],
    ...(job.script === 'insert' ? ['-D', `content=${job.content}`] : []),
  ];
  const child = spawn(program, words, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      ...process.env,
      PGHOST: url.searchParams.get('host') ?? url.hostname,
      PGPORT: url.port,
      PGUSER: decodeURIComponent(url.username),
      PGPASSWORD: decodeURIComponent(url.password),
      PGDATABASE: decodeURIComponent(url.pathname.slice(1)),
    },
  });
  const marks: Mark[] = [];
  let said = '';
  const lines = createInterface({ input: child.stderr });
  lines.on('line', (line) => {
    const match = /^progress: [\d.]+ s, ([\d.]+) tps.*?(?:, (\d+) failed)?$/.exec(line);
    if (match) marks.push({ perSecond: Number(match[1]), errors: Number(match[2] ?? 0), cpu: cpuTime(watched) });
    else said += `${line}\n`;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`pgbench ended with ${String(code)}:\n${said}`);
  return marks;
}
