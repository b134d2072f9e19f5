/**
 * Hints between the processes of an environment that there may be new work. Hints may be lost: users of them also check by themselves now
 * and then.
 */
import { typeNumber } from '@dhp/fhir-model';
import type { Sql } from '@dhp/postgres';
import { listen, type Listener } from '@dhp/postgres/listen';
import { hint, hintChannels, type HintChannel } from './statements/hints.ts';

export interface Hints {
  /** Listens until closed, on the one connection that all listeners share. @param heard called when there may be something */
  listen(channel: HintChannel, heard: Hearer): Listener;
  /** As `listen`, but only while that connection is open for others. */
  overhear(channel: HintChannel, heard: Hearer): Pick<Listener, 'isListening'>;
  /**
   * Notifies all processes that resources of these types were written (undefined: of any type): at once, and then for all following writes
   * together. Never waits, never fails.
   */
  readonly written: (types?: readonly string[]) => void;
  close(): void;
}

/** @param types numbers of the types that were written; undefined: any type, or a hint of another channel */
type Hearer = (types: ReadonlySet<number> | undefined) => void;

/** Milliseconds between two hints about writes: a process that writes without pause sends 50 a second. */
const between = 20;

/** @param sql a pool whose commits need not be durable */
export function createHints(url: string, sql: Sql): Hints {
  const hearers = new Map<HintChannel, Set<Hearer>>(hintChannels.map((channel) => [channel, new Set()]));
  let listener: Listener | undefined;
  let listening = 0;
  let timer: NodeJS.Timeout | undefined;
  /** Types written since the last hint; `all`: any type. */
  let owed: Set<number> | 'all' = new Set();

  const heard = (channel: string | undefined, told = ''): void => {
    const types = told === '' ? undefined : new Set(told.split(',').map(Number));
    for (const [of, all] of hearers) if (channel === undefined || channel === of) for (const tell of all) tell(types);
  };
  const open = (): Listener =>
    (listener ??= listen(url, { channels: hintChannels, applicationName: 'dhp fhir hints', heard }));

  function owe(types: ReadonlySet<number> | undefined): void {
    if (types === undefined || owed === 'all') owed = 'all';
    else for (const type of types) owed.add(type);
  }

  function tellWritten(): void {
    const told = owed === 'all' ? '' : [...owed].join(',');
    owed = new Set();
    timer = setTimeout(() => {
      timer = undefined;
      if (owed === 'all' || owed.size > 0) tellWritten();
    }, between).unref();
    hint(sql, 'dhp writes', told).catch(() => undefined);
  }

  return {
    listen(channel, hearer) {
      const shared = open();
      listening += 1;
      hearers.get(channel)!.add(hearer);
      return {
        get isListening() {
          return shared.isListening;
        },
        close() {
          if (!hearers.get(channel)!.delete(hearer)) return;
          listening -= 1;
          if (listening > 0) return;
          listener?.close();
          listener = undefined;
        },
      };
    },
    overhear(channel, hearer) {
      hearers.get(channel)!.add(hearer);
      return {
        get isListening() {
          return listener?.isListening === true;
        },
      };
    },
    written(names) {
      const types = names && new Set(names.map((name) => typeNumber(name)!));
      for (const tell of hearers.get('dhp writes')!) tell(types);
      owe(types);
      if (timer === undefined) tellWritten();
    },
    close() {
      clearTimeout(timer);
      listener?.close();
    },
  };
}
