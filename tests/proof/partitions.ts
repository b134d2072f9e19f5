/** The suites of the store on tables in partitions: what fails there, and which of all statements ask every partition. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { migrations } from '../../packages/fhir-store/src/index.ts';
import { fanOuts } from '../../packages/fhir-store/src/placement/fan-outs.ts';
import { undeclared, type Explained } from '../../packages/fhir-store/test/plans/undeclared.ts';
import { testDatabase } from '../../packages/postgres/src/testing.ts';
import { markdownTable } from '../markdown-table.ts';
import type { Proof, Proven } from './proof.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const suites = 'packages/fhir-store/test';
const partitions = 4;

/** Files that have databases of another make, servers of their own, or millions of random searches. */
const apart = /partitioned|failover|random|index-side-by-side|index-upgrade|reindex|page-links|index-before/;

/** Tests that fail on partitions, by what they look at. */
const expected: ReadonlyMap<string, string> = new Map([
  [
    'between what is deleted together are read a few times, however many there are',
    'it reads the statistics of a table, which are those of its partitions',
  ],
  [
    'reads no search rows of those that a name leads to, for Patients have no main date to sort by',
    'it looks for the name of a table in a plan, which has those of partitions',
  ],
  [
    'has 149 corruptions, which are found with the resource, and nothing else is',
    'verification goes over the pages of a table, and those of partitions it does not see: a gap',
  ],
  ['is repaired as far as rows are made of versions, and what is stored stays as it was', 'the same'],
  [
    'are estimated where more would have to be looked at than may be',
    'it estimates by the first rows of an index, which in partitions are those of the first of them: a worse estimate, told as one',
  ],
  ['takes as many statements as a few', 'it sets an option of storage, which only partitions have'],
]);

export const partitionsProof: Proof = {
  name: 'partitions',
  claim: `The store's suites pass on tables in ${String(partitions)} partitions by shard but for what looks at the tables themselves, and every statement that they send finds its partition before it looks there, or is declared to ask all of them, with the reason and the cost.`,
  takes: 'some five minutes',
  async run(progress) {
    const folder = await mkdtemp(join(tmpdir(), 'dhp-statements-'));
    const step = progress.step('suites of the store');
    try {
      const { passed, failed } = await runSuites(folder);
      step.done();
      const database = await testDatabase({ name: 'proof_partitions', migrations: [migrations], partitions });
      try {
        return proven({ passed, failed }, await undeclared(database, await collected(folder)));
      } finally {
        await database.drop();
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

interface Suites {
  readonly passed: number;
  readonly failed: readonly { readonly name: string; readonly why: string }[];
}

async function runSuites(folder: string): Promise<Suites> {
  const files = globSync(`${suites}/*.test.ts`, { cwd: root }).filter((file) => !apart.test(file));
  const preload = pathToFileURL(join(root, suites, 'plans/preload.ts')).href;
  const env = {
    ...process.env,
    DHP_TEST_PARTITIONS: String(partitions),
    DHP_STATEMENTS: folder,
    NODE_OPTIONS: `--import ${preload}`,
  };
  const child = spawn(process.execPath, ['scripts/test.mjs', ...files], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (bytes: Buffer) => (text += bytes.toString()));
  await once(child, 'close');
  const [, passed] = /^tests: (\d+) passed/m.exec(text) ?? [];
  if (passed === undefined) throw new Error(`The suites did not end:\n${text.slice(-2_000)}`);
  // Once for each: a line is `failed: FILE NAME`, and the next one begins with the reason.
  const failed = [...text.matchAll(/^failed: \S+ (.*)(?:\n +(.*))?$/gm)].map(([, name, why = '']) => ({
    name: name!,
    why,
  }));
  return { passed: Number(passed), failed };
}

/** Of all processes. */
async function collected(folder: string): Promise<Map<string, Set<string>>> {
  const texts = new Map<string, Set<string>>();
  for (const file of await readdir(folder)) {
    const sent = JSON.parse(await readFile(join(folder, file), 'utf8')) as { text: string; sessions: string[] }[];
    for (const { text, sessions } of sent) texts.set(text, new Set([...(texts.get(text) ?? []), ...sessions]));
  }
  return texts;
}

function proven(suite: Suites, explained: Explained): Proven {
  const { faults, elsewhere, bound, byName } = explained;
  const others = suite.failed.filter(({ name }) => !expected.has(name));
  const all = elsewhere + bound + explained.fanOuts;
  const searches = byName.get('searches') ?? 0;
  const rows = fanOuts.map(({ name, reason, cost }) => [name, String(byName.get(name) ?? 0), reason, cost]);
  return {
    holds: faults.length === 0 && others.length === 0 && bound > 0,
    report: `
${String(suite.passed)} tests passed, ${String(suite.failed.length)} failed, of which ${String(suite.failed.length - others.length)} look at the tables themselves:

${markdownTable(
  ['Test', 'Why it fails on partitions'],
  [...expected].filter(([name]) => suite.failed.some((one) => one.name === name)).map((row) => [...row]),
)}
${others.length === 0 ? '' : `\n**Others: ${others.map(({ name, why }) => `${name} (${why})`).join('; ')}**\n`}
The stores sent ${String(all)} different statements. All were explained, without values:

${markdownTable(
  ['Statements', 'How many'],
  [
    ['that ask no divided table', String(elsewhere)],
    ['that find the partition first', String(bound)],
    ['searches, which ask all', String(searches)],
    ['others that are declared to ask all', String(explained.fanOuts - searches - faults.length)],
    ['that ask all and are not declared, or cannot be explained', String(faults.length)],
  ],
)}
${faults.length === 0 ? '' : `\n${faults.map((fault) => `- ${fault.slice(0, 200)}`).join('\n')}\n`}
${markdownTable(['Declared (`src/placement/fan-outs.ts`)', 'Statements', 'Reason', 'Cost with n shards'], rows)}
`,
  };
}
