/** The parameters of searches that are too long for the address of a page. */
import { hash } from 'node:crypto';
import type { Sql } from '@dhp/postgres';
import { keepSearch, readKeptSearch } from './statements/kept-search.ts';
import { guarded } from './store-unavailable.ts';

export interface KeptSearches {
  /** As `StoreAdmin.keepSearch`. */
  readonly keepSearch: (owner: string, parameters: string) => Promise<string>;
  /** As `StoreAdmin.keptSearch`. */
  readonly keptSearch: (name: string) => Promise<string | undefined>;
}

/** Limits for one owner: searches, and bytes of their parameters. The least recently requested ones are removed first. */
const most = { searches: 100, bytes: 32 * 1024 * 1024 };

/** @param sql a pool whose commits nobody waits for: a crash of PostgreSQL empties the table in any case */
export function createKeptSearches(sql: Sql): KeptSearches {
  return {
    keepSearch: (owner, parameters) =>
      guarded(async () => {
        const name = hash('sha256', `${owner.length}\n${owner}\n${parameters}`, 'buffer').subarray(0, nameLength);
        await keepSearch(sql, { hash: name, owner: hash('sha256', owner, 'buffer'), parameters }, most);
        return name.toString('base64url');
      }),
    async keptSearch(name) {
      const bytes = Buffer.from(name, 'base64url');
      const isName = bytes.length === nameLength && bytes.toString('base64url') === name;
      return isName ? guarded(() => readKeptSearch(sql, bytes)) : undefined;
    },
  };
}

/** Bytes: too many for anybody to guess. */
const nameLength = 24;
