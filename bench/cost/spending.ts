/** Spending of single requests, which the processes of a platform write to a file. */
import { mkdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { spendingHeader, type Spending } from '../../tests/cost/spending.ts';
import type { Sent } from '../../tests/cost/shape.ts';

/**
 * Passes the path of the file to the processes. It does not begin with DHP_: it is no setting, and `dhp start` passes none of
 * those to its servers.
 */
export const spendingFile = 'COST_SPENDING_FILE';

/** Milliseconds after an answer within which its spending must be reported. */
const patience = 10_000;

export interface Teller {
  /** For the start of the platform. */
  readonly environment: Readonly<Record<string, string>>;
  readonly nodeOptions: readonly string[];
  /** Adds a name to the request, by which `spent` finds it. */
  readonly named: (sent: Sent) => Promise<Sent>;
  /** Waits until the spending is reported. @returns undefined for a request without a budget, such as all of the SSO */
  readonly spent: (sent: Sent) => Promise<Spending | undefined>;
}

/** @param folder in which the file is created */
export async function openTeller(folder: string): Promise<Teller> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, 'spending.jsonl');
  await writeFile(file, '');
  let number = 0;
  return {
    environment: { [spendingFile]: file },
    nodeOptions: ['--import', new URL('./tell-spending.ts', import.meta.url).href],
    async named(sent) {
      if (sent.server === 'sso') return sent;
      await truncate(file);
      return { ...sent, headers: { ...sent.headers, [spendingHeader]: String((number += 1)) } };
    },
    async spent({ headers }) {
      const name = headers?.[spendingHeader];
      return name === undefined ? undefined : toldOf(file, name);
    },
  };
}

async function toldOf(file: string, name: string): Promise<Spending | undefined> {
  const until = performance.now() + patience;
  do {
    for (const line of (await readFile(file, 'utf8')).split('\n').slice(0, -1)) {
      const told = JSON.parse(line) as Partial<Spending> & { readonly name: string };
      if (told.name === name) return told.work === undefined ? undefined : { work: told.work, rows: told.rows ?? 0 };
    }
    await delay(5);
  } while (performance.now() < until);
  throw new Error('the platform does not tell what a request has spent');
}
