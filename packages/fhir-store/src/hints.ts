/** Hints between the processes of an environment that there is something to look for. They may be lost: who relies on one looks by itself now and then. */
import type { Sql } from '@dhp/postgres';
import { listen, type Listener } from '@dhp/postgres/listen';
import { hint, hintChannels, type HintChannel } from './statements/hints.ts';

export interface Hints {
  /** Listens, on the one connection that all who listen share, until it is closed. @param heard there may be something */
  listen(channel: HintChannel, heard: () => void): Listener;
  /** As `listen`, where that connection is there for others. */
  overhear(channel: HintChannel, heard: () => void): Pick<Listener, 'isListening'>;
  /** Tells all processes that something was written: at once, and of what follows together. Never waits, never fails. */
  readonly written: () => void;
  close(): void;
}

/** Milliseconds between two hints that something was written: a process that writes without a rest tells it 50 times a second. */
const between = 20;

/** @param sql whose commits are waited for by nobody */
export function createHints(url: string, sql: Sql): Hints {
  const hearers = new Map<HintChannel, Set<() => void>>(hintChannels.map((channel) => [channel, new Set()]));
  let listener: Listener | undefined;
  let listening = 0;
  let timer: NodeJS.Timeout | undefined;
  let isOwed = false;

  const heard = (channel: string | undefined): void => {
    for (const [of, all] of hearers) if (channel === undefined || channel === of) for (const tell of all) tell();
  };
  const open = (): Listener =>
    (listener ??= listen(url, { channels: hintChannels, applicationName: 'dhp fhir hints', heard }));

  function tellWritten(): void {
    timer = setTimeout(() => {
      timer = undefined;
      if (isOwed) tellWritten();
      isOwed = false;
    }, between).unref();
    hint(sql, 'dhp writes').catch(() => undefined);
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
    written() {
      heard('dhp writes');
      if (timer === undefined) tellWritten();
      else isOwed = true;
    },
    close() {
      clearTimeout(timer);
      listener?.close();
    },
  };
}
