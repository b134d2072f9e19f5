/**
 * Holds everything that a process remembers of a database, and drops it all when a statement has run on another server.
 *
 * The memory is valid for one server and its stored rows. After a failover that lost the last commits, after a restore to an earlier time,
 * or with another server behind the same address, it may name rows that do not exist, and no statement fails because of it.
 *
 * A server is identified by the start time of its process and by the number of a table. Both change with each of these events. They also
 * change with a plain restart, where losing the memory only costs time. Every role may read both in any statement, so no separate statement
 * is needed; a statement that stores rows can compare the server at the same time.
 */
export interface DatabaseMemory {
  /** The server that the memory is of, as statements name it; empty until one has been seen. */
  readonly server: string;
  /** The names of its parts. */
  readonly parts: ReadonlySet<string>;
  /**
   * Adds a part. The returned function gives the value, which is a new one if the server has changed: code that keeps a value across a
   * statement keeps that of the previous server, and whatever it writes there is never read again.
   * @param empty makes the value for another server; `before` is that of the previous server, for values that are checked instead of
   * forgotten
   */
  part<Value>(name: string, empty: (before: Value | undefined) => Value): () => Value;
  /** A statement has run on this server. */
  seen(server: string): void;
  /** Called when the server has changed, but not for the first server. */
  onChange(listener: () => void): void;
}

export function createDatabaseMemory(): DatabaseMemory {
  const parts = new Set<string>();
  const listeners: (() => void)[] = [];
  let server = '';
  return {
    get server() {
      return server;
    },
    parts,
    part<Value>(name: string, empty: (before: Value | undefined) => Value) {
      parts.add(name);
      let of = server;
      let value = empty(undefined);
      return () => {
        if (of !== server) [of, value] = [server, empty(value)];
        return value;
      };
    },
    seen(other) {
      if (other === server) return;
      const isFirst = server === '';
      server = other;
      if (!isFirst) for (const listener of listeners) listener();
    },
    onChange: (listener) => void listeners.push(listener),
  };
}
