/**
 * Which of several hosts is the primary, as found by all connections of this process.
 *
 * A primary that was given up may not know it: its machine was cut off from the others, or fencing has failed. It answers, calls itself a
 * primary, and confirms no commit. Each promotion begins a timeline with a higher number, which distinguishes it from its successor.
 * https://www.postgresql.org/docs/current/continuous-archiving.html#BACKUP-TIMELINES
 */

/** History of a database server that accepts writes. */
export interface Standing {
  /** The number that `initdb` gives a cluster and all its copies. */
  readonly system: string;
  readonly timeline: number;
}

/** Text of the statement that asks a primary for its standing. Every role may ask. */
export const standingStatement = `select (select system_identifier::text from pg_control_system()) as system,
  ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int as timeline`;

export class Lead {
  /** The host that had a session of the kind last: it is tried first. */
  best = 0;
  #standing: Standing | undefined;
  readonly #watchers = new Set<() => void>();

  /**
   * Whether a primary has an earlier timeline than another one that was seen: it has been given up. A newly created cluster does not count.
   */
  isDeposed({ system, timeline }: Standing): boolean {
    return system === this.#standing?.system && timeline < this.#standing.timeline;
  }

  /** Whether its timeline is later than all that were seen. */
  isLater({ system, timeline }: Standing): boolean {
    return system === this.#standing?.system && timeline > this.#standing.timeline;
  }

  /** Reports a primary that is not deposed. If it is a later one, all watchers leave the other hosts. */
  meet(at: number, standing: Standing): void {
    const isLater = this.isLater(standing);
    this.best = at;
    this.#standing = standing;
    if (isLater) for (const tell of this.#watchers) tell();
  }

  /**
   * @param leave closes the connections to hosts other than the best one
   * @returns a function that ends the watch
   */
  watch(leave: () => void): () => void {
    this.#watchers.add(leave);
    return () => void this.#watchers.delete(leave);
  }
}

/** One for each list of hosts, shared by all pools of the process. */
const leads = new Map<string, Lead>();

/** @param hosts in the order in which they are tried */
export function leadOf(hosts: readonly { readonly host: string; readonly port: number }[]): Lead {
  const key = hosts.map(({ host, port }) => `${host}:${String(port)}`).join();
  const lead = leads.get(key) ?? new Lead();
  leads.set(key, lead);
  return lead;
}
