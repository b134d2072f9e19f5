/**
 * The signing keys over time: a new one is published, signs later, and the previous one leaves the JWKS when nothing that it signed is
 * valid any more. Used by the command line, the admin API, the operators' pages, and by every node for due changes.
 */
import type { Session, Sql } from '@dhp/postgres';
import { AdministrationError, operatingSystemUser } from '@dhp/sso-kit';
import { insertAuditEvents } from '@dhp/audit';
import {
  insertSigningKey,
  lockSigningKeys,
  retireOtherSigningKeys,
  retireSigningKey,
  selectSigningKeys,
  type SigningAlgorithm,
  type SigningKeyRow,
} from './key-rows.ts';
import { algorithms } from './key-ring.ts';
import { newSigningKeyRow } from './signing-key.ts';

/** How long a new key is only published: longer than anyone may keep the JWKS (its max-age) plus one look at the table. */
export const publishAheadSeconds = 900;

/**
 * How long a key stays in the JWKS after it has signed for the last time: as long as an access token is valid, with a tolerance for clocks;
 * id_tokens come back at sign-out long after they have expired, so their key stays a day.
 */
const keptSeconds: Readonly<Record<SigningAlgorithm, number>> = { ES256: 3600 + 300, RS256: 86_400 };

export interface KeyInfo {
  kid: string;
  alg: SigningAlgorithm;
  /** Published: it will sign. Verifying: it has signed, and its signatures may still be valid. */
  state: 'published' | 'signing' | 'verifying';
  created: Date;
  signsFrom: Date;
  /** When it leaves the JWKS; absent while it has no successor. */
  retires?: Date;
}

export interface Keys {
  /** Returns the keys in the JWKS, the newest first. */
  list(): Promise<KeyInfo[]>;
  /**
   * Makes the successor of the key that signs now. With `atOnce` it signs as soon as a node sees it, and the earlier ones leave the JWKS:
   * their signatures are refused from then on. This is for a compromised key.
   */
  rotate(alg: SigningAlgorithm, o?: { atOnce?: boolean }): Promise<KeyInfo>;
  /** Takes a key that no longer signs out of the JWKS before its time. */
  retire(kid: string): Promise<void>;
}

export interface KeysOptions {
  /** 32 bytes. */
  encryptionKey: Buffer;
  actor?: string;
  reason?: string | undefined;
  clock?: () => Date;
  /** Default `publishAheadSeconds`. */
  publishAhead?: number | undefined;
}

/** @throws AdministrationError, with a message for the administrator, when the act is not possible */
export function openKeys(sql: Sql, o: KeysOptions): Keys {
  const { actor = `cli:${operatingSystemUser()}`, clock = () => new Date(Date.now()), reason } = o;
  const record = (transaction: Session, event: 'key.added' | 'key.retired', what: string): Promise<void> =>
    insertAuditEvents(transaction, [
      { recorded: clock(), event, actor, reason: reason === undefined ? what : `${what}: ${reason}` },
    ]);

  return {
    async list() {
      const now = clock();
      const rows = await selectSigningKeys(sql, now);
      return rows.map((row) => toInfo(row, rows, now));
    },
    rotate(alg, { atOnce = false } = {}) {
      return locked(sql, async (transaction) => {
        const row = await addKey(transaction, alg, { ...o, clock, atOnce });
        await record(transaction, 'key.added', `${alg} ${row.kid}${atOnce ? ', at once' : ''}`);
        return toInfo(row, await selectSigningKeys(transaction, clock()), clock());
      });
    },
    retire(kid) {
      return locked(sql, async (transaction) => {
        const now = clock();
        const rows = await selectSigningKeys(transaction, now);
        const row = rows.find((one) => one.kid === kid);
        if (row === undefined) throw new AdministrationError('unknown-key', `There is no signing key "${kid}"`);
        if (toInfo(row, rows, now).state !== 'verifying') {
          const cure = 'rotate first, or rotate at once when it is known to others';
          throw new AdministrationError('invalid-key', `"${kid}" signs, now or soon: ${cure}`);
        }
        await retireSigningKey(transaction, kid, now);
        await record(transaction, 'key.retired', `${row.alg} ${kid}`);
      });
    },
  };
}

/**
 * Makes the keys whose time has come: of many nodes only one does. A key is made ahead, so that each signs for `intervalSeconds`.
 * @returns the new keys
 */
export async function rotateWhenDue(
  sql: Sql,
  o: { encryptionKey: Buffer; clock: () => Date; intervalSeconds: number; publishAhead?: number | undefined },
): Promise<string[]> {
  const ahead = o.publishAhead ?? publishAheadSeconds;
  const due = (rows: readonly SigningKeyRow[]): SigningAlgorithm[] =>
    algorithms.filter((alg) => {
      const newest = rows.find((row) => row.alg === alg);
      const follows = newest === undefined ? 0 : newest.signs_from.getTime() + o.intervalSeconds * 1000;
      return follows <= o.clock().getTime() + ahead * 1000;
    });
  if (due(await selectSigningKeys(sql, o.clock())).length === 0) return [];
  return locked(sql, async (transaction) => {
    const made: string[] = [];
    for (const alg of due(await selectSigningKeys(transaction, o.clock()))) {
      const { kid } = await addKey(transaction, alg, { ...o, atOnce: false });
      made.push(kid);
      const reason = `${alg} ${kid}: the one before is old`;
      await insertAuditEvents(transaction, [{ recorded: o.clock(), event: 'key.added', actor: 'rotation', reason }]);
    }
    return made;
  });
}

async function addKey(
  sql: Session,
  alg: SigningAlgorithm,
  o: { encryptionKey: Buffer; clock: () => Date; atOnce: boolean; publishAhead?: number | undefined },
): Promise<SigningKeyRow> {
  const created = o.clock();
  const ahead = o.publishAhead ?? publishAheadSeconds;
  const signsFrom = o.atOnce ? created : new Date(created.getTime() + ahead * 1000);
  const row = await newSigningKeyRow(alg, o.encryptionKey, { created, signsFrom });
  await insertSigningKey(sql, row);
  const at = o.atOnce ? created : new Date(signsFrom.getTime() + keptSeconds[alg] * 1000);
  await retireOtherSigningKeys(sql, { alg, but: row.kid, at });
  return row;
}

function locked<T>(sql: Sql, work: (transaction: Session) => Promise<T>): Promise<T> {
  return sql.begin(async (begun) => {
    await lockSigningKeys(begun);
    return work(begun);
  });
}

function toInfo(row: SigningKeyRow, rows: readonly SigningKeyRow[], now: Date): KeyInfo {
  const signing = rows.find(({ alg, signs_from: from }) => alg === row.alg && from <= now);
  const state = row.signs_from > now ? 'published' : row.kid === signing?.kid ? 'signing' : 'verifying';
  return {
    kid: row.kid,
    alg: row.alg,
    state,
    created: row.created_at,
    signsFrom: row.signs_from,
    ...(row.retires_at === null ? {} : { retires: row.retires_at }),
  };
}
