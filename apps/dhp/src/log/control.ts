/** The log of a server's process: according to the settings, or temporarily to an operator's change. docs/operations/metrics.md */
import { toStandardError } from '../access-log.ts';

export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

/** A difference from the settings. */
export interface LogChange {
  readonly level?: LogLevel;
  /** Share of the access log, from 0 to 1. */
  readonly share?: number;
}

export interface LogControl {
  /** The level for loggers that are created now. */
  readonly level: LogLevel;
  /** The share of the access log at this moment. */
  readonly share: number;
  /** Applies the settings. */
  begin(settings: Required<LogChange>): void;
  /** Applies a change from now on. */
  change(change: LogChange): void;
  /** Updates the level of a logger; child loggers of requests under way keep theirs. */
  watch(logger: { level: string }): void;
}

const rank: Readonly<Record<LogLevel, number>> = { error: 50, warn: 40, info: 30, debug: 20 };

/** @param name of the server, as its lines have it */
export function createLogControl(name: string, write: (lines: string) => void = toStandardError): LogControl {
  let settings: Required<LogChange> = { level: 'warn', share: 0 };
  let changed: LogChange = {};
  const loggers: { level: string }[] = [];
  const levelNow = (): LogLevel => changed.level ?? settings.level;
  /** Ends the detailed lines that were begun at this level. */
  let end: (() => void) | undefined;
  let detailed: LogLevel | undefined;

  async function tell(): Promise<void> {
    const level = levelNow();
    if (level === detailed) return;
    detailed = level;
    end?.();
    end = undefined;
    if (rank[level] > rank.info) return;
    const { tellDetails } = await import('./details.ts');
    // It may have changed again meanwhile.
    if (detailed === level) end = tellDetails({ name, write, isDebug: level === 'debug' });
  }

  function apply(): void {
    for (const logger of loggers) logger.level = levelNow();
    void tell();
  }

  return {
    get level() {
      return levelNow();
    },
    get share() {
      return changed.share ?? settings.share;
    },
    begin(given) {
      settings = given;
      apply();
    },
    change(given) {
      changed = given;
      apply();
    },
    watch(logger) {
      loggers.push(logger);
      logger.level = levelNow();
    },
  };
}
