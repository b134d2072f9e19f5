/** Follows the log level that is set in a database, in `dhp start`, and passes it to the processes of this node. */
import { connect } from '@dhp/postgres';
import { listen } from '@dhp/postgres/listen';
import type { DatabaseName } from '../databases.ts';
import type { LogChange } from './control.ts';
import { levelChannel, readLevel } from './stored-level.ts';

export interface FollowOptions<Server extends string> {
  readonly name: DatabaseName;
  /** Of its owner. */
  readonly url: string;
  /** @param change `{}`: as the settings say */
  readonly tell: (server: Server, change: LogChange) => void;
  readonly servers: readonly Server[];
  /** Milliseconds between two checks without a notification (default one minute), since a notification may be lost. */
  readonly lookEvery?: number;
}

/** Milliseconds. */
const readPatience = 5_000;
/** A timer of Node cannot be longer. */
const longestTimer = 2 ** 31 - 1;

/**
 * Checks at once, at each notification, and now and then. A level ends when its time is over, even while the database is unavailable.
 * @returns a function that stops it
 */
export function followLevel<Server extends string>({
  name,
  url,
  tell,
  servers,
  lookEvery = 60_000,
}: FollowOptions<Server>): () => Promise<void> {
  let looking: Promise<void> = Promise.resolve();
  let isAsked = false;
  let isEnded = false;
  let over: NodeJS.Timeout | undefined;
  const told = new Map<Server, string>();

  function tellAll(of: (server: Server) => LogChange): void {
    for (const server of servers) {
      const change = of(server);
      const text = JSON.stringify(change);
      if ((told.get(server) ?? '{}') === text) continue;
      told.set(server, text);
      tell(server, change);
    }
  }

  async function look(): Promise<void> {
    const sql = connect(url, {
      ...{ max: 1, applicationName: 'dhp log', readOnly: true, statementTimeout: readPatience, commits: 'unwatched' },
    });
    try {
      const stored = await readLevel(sql, name);
      clearTimeout(over);
      tellAll((server) => {
        if (stored?.servers.includes(server) !== true) return {};
        const { level, share } = stored;
        return { ...(level !== undefined && { level }), ...(share !== undefined && { share }) };
      });
      if (stored === undefined) return;
      over = setTimeout(
        () => {
          tellAll(() => ({}));
        },
        Math.min(longestTimer, 1000 * stored.secondsLeft),
      ).unref();
    } finally {
      await sql.end({ timeout: 1 }).catch(() => undefined);
    }
  }

  /** One check at a time; a notification during a check causes another one after it. */
  function ask(): void {
    if (isAsked || isEnded) return;
    isAsked = true;
    looking = looking.then(async () => {
      isAsked = false;
      // An unavailable database is checked again at a notification, or at the next interval.
      if (!isEnded) await look().catch(() => undefined);
    });
  }

  const listener = listen(url, { channels: [levelChannel], applicationName: 'dhp log', heard: ask });
  const timer = setInterval(ask, lookEvery).unref();
  ask();
  return async () => {
    isEnded = true;
    clearInterval(timer);
    clearTimeout(over);
    listener.close();
    await looking;
  };
}
