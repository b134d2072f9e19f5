/** The progress of an import: stored beside its results, so that the next run continues. */
import { mkdir, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../cli.ts';
import { spokenLanguage } from '../locale.ts';
import { exchangeMessages } from '../texts/exchange.ts';
import { keepJson, keptJson } from './kept-json.ts';
import { rowsIn, type Row } from './rows.ts';
import type { Sources } from './sources.ts';

interface Totals {
  created: number;
  updated: number;
  unchanged: number;
  /** Lines of parts that the server had already imported as a whole. */
  before: number;
  rejected: number;
  /** Rejected lines for which the server has stored no reason. */
  notKept: number;
}

/** Lines that were sent to the server, in a separate file until their results are known. */
interface SentPart {
  /** Undefined if it must be sent again. */
  job?: string;
  readonly size: number;
  /** The place behind it. */
  readonly to: { readonly file: number; readonly line: number };
}

interface ImportState extends Sources {
  readonly server: string;
  readonly client: string;
  readonly mode: string;
  /** 0: the files; above: the lines that waited in the previous pass. */
  pass: number;
  /** Position of the pass; for waiting lines, `line` counts rows. */
  at: { readonly file: number; readonly line: number };
  /** Lines of this pass that were settled. */
  settled: number;
  part?: SentPart;
  /** Bytes of a part; fewer if the server accepts no more. */
  partBytes: number;
  addressesJob?: string;
  addressesDone: boolean;
  readonly totals: Totals;
  /** Bytes of the files that count. */
  rejects: number;
  waiting: number;
  /** Of the file that the pass reads. */
  waited: number;
}

const mostBytes = 16 * 1024 ** 2;

export interface Results {
  readonly folder: string;
  readonly state: ImportState;
  /** Names that waiting lines would write. */
  readonly names: Set<string>;
  readonly rejectsPath: string;
  readonly partPath: string;
  /** Of the pass that reads it. */
  readonly waitingPath: (pass: number) => string;
  keep(): Promise<void>;
  /** Removes everything except the rejects. */
  clear(): Promise<void>;
}

type Asked = Sources & Pick<ImportState, 'server' | 'client' | 'mode'>;

/** A new one, or that of the previous run. @throws UsageError if the folder contains that of another import */
export async function openResults(folder: string, asked: Asked, nameOf: (row: Row) => string): Promise<Results> {
  const said = exchangeMessages[spokenLanguage()];
  const path = join(folder, 'state.json');
  const kept = (await keptJson(path).catch(() => null)) as ImportState | null | undefined;
  if (kept === null || (kept !== undefined && typeof kept.totals !== 'object'))
    throw new UsageError(said.damaged({ path }));
  const of = ({ server, client, mode, files, addresses }: Asked): string =>
    JSON.stringify([server, client, mode, files, addresses]);
  if (kept !== undefined && of(kept) !== of(asked)) throw new UsageError(said.otherImport({ folder }));
  const state: ImportState = kept ?? {
    ...asked,
    ...{ pass: 0, at: { file: 0, line: 0 }, settled: 0, partBytes: mostBytes, addressesDone: false },
    totals: { created: 0, updated: 0, unchanged: 0, before: 0, rejected: 0, notKept: 0 },
    ...{ rejects: 0, waiting: 0, waited: 0 },
  };
  const results: Results = {
    ...{
      folder,
      state,
      names: new Set<string>(),
      rejectsPath: join(folder, 'rejects.ndjson'),
      partPath: join(folder, 'part.ndjson'),
    },
    waitingPath: (pass) => join(folder, `waiting-${pass}.ndjson`),
    keep: () => keepJson(path, state),
    async clear() {
      for (const name of [path, results.partPath]) await rm(name, { force: true });
      for (let pass = 0; pass <= state.pass + 1; pass += 1) await rm(results.waitingPath(pass), { force: true });
      if (state.rejects > 0) return;
      await rm(results.rejectsPath, { force: true });
      // Others may have put something there.
      await rmdir(folder).catch(() => undefined);
    },
  };
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw new UsageError(said.unreadable({ path: folder, reason: (error as Error).message }));
  });
  if (kept === undefined) {
    await writeFile(results.rejectsPath, '', { mode: 0o600 });
    await results.keep();
  }
  for await (const row of rowsIn(results.waitingPath(state.pass + 1), state.waiting)) results.names.add(nameOf(row));
  return results;
}
