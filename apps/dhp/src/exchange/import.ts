/** The work of `dhp import`: sends lines part by part, then retries those that waited for others. docs/bulk-export.md */
import { relative, resolve } from 'node:path';
import { UsageError, type Repeated, type Values } from '../cli.ts';
import { print } from '../output.ts';
import { grouped, spokenLanguage } from '../locale.ts';
import type { ProgressStep } from '../progress.ts';
import { exchangeMessages } from '../texts/exchange.ts';
import { codeOf, issuesOf, ServerRefusal } from './faults.ts';
import { follow, kickOff, remove } from './follow.ts';
import { openResults, type Results } from './import-state.ts';
import { nameOfRow, outcomeOf, passOver, rejectsOf } from './parts.ts';
import { addTo, rowsIn, type Row } from './rows.ts';
import { sourcesOf } from './sources.ts';
import { walk, type Walk } from './walk.ts';

/**
 * @returns the exit code: 0 all lines were imported, 1 some were not, 3 the next run continues @throws UsageError @throws ServerRefusal
 */
export async function runImport(values: Values, _first: string, _second: string, { words }: Repeated): Promise<number> {
  const said = exchangeMessages[spokenLanguage()];
  const mode = values['mode'] ?? 'upsert';
  if (mode !== 'upsert' && mode !== 'create') throw new UsageError(said.mode({ given: String(mode) }));
  if (words.length === 0) throw new UsageError(said.noFiles({ words: '' }));
  const folder = resolve(typeof values['results'] === 'string' ? values['results'] : 'dhp-import');
  const sources = await sourcesOf(words, folder);
  return walk(values, async (walked) => {
    const { server, clientId, progress } = walked;
    const asked = { server: server.base, client: clientId, mode, ...sources };
    const results = await openResults(folder, asked, nameOfRow);
    const step = steady(progress.step(said.importing));
    try {
      await imported(walked, results, step);
    } catch (error) {
      // After correcting a refusal one begins again.
      if (error instanceof ServerRefusal && isFresh(results)) await results.clear();
      throw error;
    }
    step.done();
    await results.clear();
    return told(walked, results);
  });
}

/** The words of the server about a part are beside how much of all is sent. */
function steady(step: ProgressStep): ProgressStep {
  let [sent, all] = [0, 0];
  return {
    update(done, total, note) {
      if (total > 0) [sent, all] = [done, total];
      step.update(sent, all, note);
    },
    done: (note) => step.done(note),
  };
}

function isFresh({ state: { pass, at, part, addressesJob } }: Results): boolean {
  return pass === 0 && at.file === 0 && at.line === 0 && part?.job === undefined && addressesJob === undefined;
}

async function imported({ server }: Walk, results: Results, step: ProgressStep): Promise<void> {
  const { state } = results;
  for (;;) {
    await passOver(server, results, step);
    if (!state.addressesDone) await addressesImported(server, results);
    if (state.waiting === 0) return;
    await nextPass(results);
  }
}

/**
 * Turns to the waiting lines. If the previous pass imported none of them, their references cannot be resolved any more: then these lines
 * are refused, and those that follow are tried without them.
 */
async function nextPass(results: Results): Promise<void> {
  const { state, names } = results;
  let next = state.pass + 1;
  if (state.pass > 0 && state.settled === 0) {
    const rows: Row[] = [];
    for await (const row of rowsIn(results.waitingPath(next), state.waiting)) rows.push(row);
    const isFirst = ({ outcome }: Row): boolean => codeOf(outcome) === 'reference-not-found';
    const left = rows.some(isFirst) ? rows.filter((row) => !isFirst(row)) : [];
    const gone = rows.filter((row) => !left.includes(row));
    const { waitsBehind } = exchangeMessages[spokenLanguage()];
    const told = gone.map(({ file, line, outcome }) => ({
      ...{ source: state.files[file]?.path, line },
      outcome: outcome ?? outcomeOf(waitsBehind),
    }));
    state.rejects = await addTo(results.rejectsPath, state.rejects, told);
    state.totals.rejected += gone.length;
    // A separate file: until the state is stored, the previous one counts.
    next += 1;
    state.waiting = await addTo(results.waitingPath(next), 0, left);
  }
  names.clear();
  [state.pass, state.at, state.settled] = [next, { file: 0, line: 0 }, 0];
  [state.waited, state.waiting] = [state.waiting, 0];
  await results.keep();
}

interface Input {
  readonly inputUrl?: string;
  readonly created?: number;
  readonly updated?: number;
  readonly unchanged?: number;
  readonly rejected?: number;
  readonly failure?: unknown;
}

/** The server fetches them itself. */
async function addressesImported(server: Walk['server'], results: Results): Promise<void> {
  const { state } = results;
  if (state.addresses.length > 0) {
    state.addressesJob ??= await kickOff(server, `${server.base}/$import`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        ...{ inputFormat: 'application/fhir+ndjson', mode: state.mode, storageDetail: { type: 'https' } },
        input: state.addresses.map((url) => ({ url })),
      }),
    });
    await results.keep();
    const manifest = await follow(server, state.addressesJob, () => undefined).catch(async (error: unknown) => {
      if (error instanceof ServerRefusal) {
        delete state.addressesJob;
        await results.keep();
      }
      throw error;
    });
    const { output = [] } = manifest as { output?: readonly Input[] };
    const rejects: object[] = await rejectsOf(server, manifest);
    const { totals } = state;
    totals.notKept -= rejects.length;
    for (const { inputUrl, created = 0, updated = 0, unchanged = 0, rejected = 0, failure } of output) {
      totals.created += created;
      totals.updated += updated;
      totals.unchanged += unchanged;
      totals.rejected += rejected + (failure === undefined ? 0 : 1);
      totals.notKept += rejected;
      // For an address that returned nothing there is no line.
      if (failure !== undefined) rejects.push({ source: inputUrl, outcome: failure });
    }
    state.rejects = await addTo(results.rejectsPath, state.rejects, rejects);
  }
  state.addressesDone = true;
  await results.keep();
  if (state.addressesJob !== undefined) await remove(server, state.addressesJob);
}

/** Rejects that are shown; the file contains all. */
const shown = 10;

async function told({ asJson }: Walk, { state, rejectsPath }: Results): Promise<number> {
  const said = exchangeMessages[spokenLanguage()];
  const { totals, rejects } = state;
  if (asJson)
    print({
      ...{ created: totals.created, updated: totals.updated, unchanged: totals.unchanged },
      ...{ imported_before: totals.before, rejected: totals.rejected },
      ...(rejects > 0 && { rejects: rejectsPath }),
    });
  else {
    const { created, updated, unchanged, before } = totals;
    const counts = { created, updated, unchanged, rejected: totals.rejected };
    process.stdout.write(
      `${said.imported(Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, grouped(count)])) as never)}\n`,
    );
    if (before > 0) process.stdout.write(`${said.importedBefore({ count: before })}\n`);
    await showRejects(rejectsPath, rejects);
    if (totals.notKept > 0) process.stdout.write(`${said.notKept({ count: totals.notKept })}\n`);
  }
  return totals.rejected > 0 ? 1 : 0;
}

async function showRejects(path: string, size: number): Promise<void> {
  const said = exchangeMessages[spokenLanguage()];
  let count = 0;
  for await (const row of rowsIn(path, size)) {
    count += 1;
    if (count > shown) continue;
    const { source = '', line, outcome } = row as unknown as { source?: string; line?: number; outcome: unknown };
    const place = line === undefined ? source : `${source}:${line}`;
    process.stdout.write(`  ${place}: ${reasonIn(outcome)}\n`);
  }
  if (count === 0) return;
  if (count > shown) process.stdout.write(`  ${said.more({ count: count - shown })}\n`);
  process.stdout.write(`${said.rejects({ path: relative(process.cwd(), path) })}\n`);
}

function reasonIn(outcome: unknown): string {
  const reasons = issuesOf(outcome).map(({ diagnostics, details }) => {
    const text = typeof diagnostics === 'string' ? diagnostics : details?.text;
    return typeof text === 'string' ? text : '';
  });
  return reasons.filter((text) => text !== '').join(' · ');
}
