import type { Session } from '../driver/sql.ts';

/** Reasons for which an upgrade ends; the command line has a sentence for each. */
export type UpgradeFailure =
  'upgrade-in-use' | 'upgrade-newer' | 'upgrade-no-programs' | 'upgrade-no-room' | 'upgrade-schema' | 'upgrade-differs';

/** The message is for the operator; `kind` is for code that translates it. */
export class UpgradeError extends Error {
  override readonly name = 'UpgradeError';
  readonly kind: UpgradeFailure;
  constructor(kind: UpgradeFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

/** Both sides of a copy: a session in the same database of each server. */
export interface Sides {
  readonly from: Session;
  readonly to: Session;
}

/** Of the sessions on both sides; the replica role skips triggers and foreign keys, which were checked on the old server. */
export const sessionSettings = {
  statement_timeout: 0,
  idle_in_transaction_session_timeout: 0,
  search_path: 'pg_catalog',
  timezone: 'UTC',
  datestyle: 'ISO',
  intervalstyle: 'postgres',
  session_replication_role: 'replica',
};
