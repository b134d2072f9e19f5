/**
 * What a process remembers of a database is true of one server and of what that server has stored. After a failover that lost the last
 * commits, a restore to an earlier time, or with another server behind the same address, the memory may name what is not there, and no
 * statement fails because of it. So each part of the memory is held here, and all of it ends when a statement has run on another server.
 *
 * A server is told by the time at which its process began and by a table's number: both are another one after each of these events, and
 * after a plain restart, where nothing but speed is lost. Any role may ask for them in any statement, so no statement is made for it, and
 * who stores something can have the server compared in the same statement.
 */
export interface DatabaseMemory {
  /** The server that the memory is of, as statements name it; empty until one has been seen. */
  readonly server: string;
  /** The names of its parts. */
  readonly parts: ReadonlySet<string>;
  /**
   * Adds a part. What it returns gives the value, which is another one when the server is: who keeps a value over a statement keeps what was
   * of the server before, and what is written to it then is never read again.
   * @param empty makes the value for another server; `before` is that of the server before, for what is to be checked instead of forgotten
   */
  part<Value>(name: string, empty: (before: Value | undefined) => Value): () => Value;
  /** A statement has run on this server. */
  seen(server: string): void;
  /** Called when the server is another one, but for the first. */
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
