/** Settings that are sent with each transaction of a connection behind a pooler, because the pooler keeps none for its client. */
import { createHash, randomBytes } from 'node:crypto';
import type { Pooled } from './link.ts';

/**
 * @param settings of PostgreSQL, by name. They apply only within each transaction: the next one on the same session of the server may
 * belong to another client.
 */
export function pooledOf(settings: Readonly<Record<string, string>>): Pooled {
  const calls = Object.entries(settings).map(([name, value]) => `set_config(${quoted(name)}, ${quoted(value)}, true)`);
  const text = `select pg_catalog.pg_backend_pid() as pid, ${calls.map((call) => `pg_catalog.${call}`).join(', ')}`;
  const mark = markOf(createHash('sha256').update(text).digest('hex').slice(0, 8));
  const pooled: Pooled = {
    settings: text,
    mark,
    renew: () => {
      pooled.mark = markOf(randomBytes(6).toString('hex'));
    },
  };
  return pooled;
}

/** On a separate line: the statement may end with a comment. */
function markOf(name: string): string {
  return `\n/* dhp ${name} */`;
}

/** An SQL literal that does not depend on `standard_conforming_strings`: names and values of settings contain no backslash. */
function quoted(text: string): string {
  if (/[\\\0]/.test(text)) throw new TypeError(`The setting ${JSON.stringify(text)} cannot be sent through a pooler`);
  return `'${text.replaceAll("'", "''")}'`;
}
