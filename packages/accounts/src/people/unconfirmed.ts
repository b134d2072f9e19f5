/**
 * Links to identity systems and records that wait for an operator, because an old rule made them from data that any client could write.
 * Each is confirmed or rejected with a reason (docs/decisions/0016-identity-proof.md).
 */
import type { Session, Sql } from '@dhp/postgres';
import {
  transact,
  AdministrationError,
  operatingSystemUser,
  countOf,
  pageOf,
  type Page,
  type PageRequest,
} from '@dhp/sso-kit';
import { selectAccountByName, type AccountRow, type Identity } from '../store/accounts.ts';
import { insertAuditEvents, type AuditEvent } from '@dhp/audit';
import {
  confirmIdentity,
  confirmLink,
  countUnconfirmedAccounts,
  rejectIdentity,
  rejectLink,
  selectUnconfirmed,
  selectUnconfirmedAccounts,
} from '../store/identity-proof.ts';
import { endEverything } from '@dhp/grants';
import { AccountError, usernameOf } from './validate.ts';

/** A link by the id of its identity system, or a record. */
export type ProofName = { upstream: string } | { identity: Identity };

export interface UnconfirmedPerson {
  accountId: string;
  username: string;
  name: string;
  links: { upstream: string; linked: Date }[];
  identities: Identity[];
}

export interface UnconfirmedProofs {
  /** Lists people by user name; `after` is a user name. */
  list(asked: PageRequest): Promise<Page<UnconfirmedPerson>>;
  of(username: string): Promise<UnconfirmedPerson>;
  /** It counts from now on. */
  confirm(username: string, what: ProofName): Promise<void>;
  /** Rejects it permanently. If it was a link, sessions and tokens of the person end. */
  reject(username: string, what: ProofName): Promise<void>;
}

/** @throws AccountError or AdministrationError from every function, with a message for the administrator */
export function openUnconfirmed(
  sql: Sql,
  options: { actor?: string; clock?: () => Date; reason?: string | undefined } = {},
): UnconfirmedProofs {
  const { actor = `cli:${operatingSystemUser()}`, clock = () => new Date(Date.now()), reason } = options;

  async function rowOf(transaction: Session, username: string): Promise<AccountRow> {
    const row = await selectAccountByName(transaction, usernameOf(username));
    if (row === undefined) throw new AccountError('unknown-account', `There is no account "${username}"`);
    return row;
  }

  async function decide(
    username: string,
    what: ProofName,
    event: AuditEvent['event'],
    work: (transaction: Session, accountId: string) => Promise<'done' | 'none' | 'taken'>,
  ): Promise<void> {
    if (reason === undefined || reason.trim() === '') {
      throw new AdministrationError('invalid-value', 'Say why: the audit trail keeps the reason of each decision');
    }
    await transact(sql, async (transaction) => {
      const { account_id: accountId } = await rowOf(transaction, username);
      const done = await work(transaction, accountId);
      if (done === 'none')
        throw new AdministrationError('unknown-proof', `"${username}" has no unconfirmed ${shown(what)}`);
      if (done === 'taken') {
        throw new AdministrationError('settled', `${shown(what)} is settled otherwise by now: reject it`);
      }
      const why = `${shown(what)}: ${reason}`;
      await insertAuditEvents(transaction, [{ recorded: clock(), event, actor, accountId, reason: why }]);
    });
  }

  async function personOf(row: { account_id: string; username: string; name: string }): Promise<UnconfirmedPerson> {
    const { links, identities } = await selectUnconfirmed(sql, row.account_id);
    return {
      ...{ accountId: row.account_id, username: row.username, name: row.name, identities },
      links: links.map(({ upstream, linked_at: linked }) => ({ upstream, linked })),
    };
  }

  return {
    async list({ count: asked, after }) {
      const count = countOf({ count: asked });
      const rows = await selectUnconfirmedAccounts(sql, { count, after });
      const total = await countUnconfirmedAccounts(sql);
      const people = await Promise.all(rows.map(personOf));
      return pageOf(people, { total, count, idOf: (one) => one.username, shown: (one) => one });
    },
    of: async (username) => personOf(await rowOf(sql, username)),
    confirm: (username, what) =>
      decide(username, what, isLink(what) ? 'account.link-confirmed' : 'account.record-confirmed', (transaction, id) =>
        isLink(what) ? confirmLink(transaction, id, what.upstream) : confirmIdentity(transaction, id, what.identity),
      ),
    reject: (username, what) =>
      decide(
        username,
        what,
        isLink(what) ? 'account.link-rejected' : 'account.record-rejected',
        async (transaction, id) => {
          const was = isLink(what)
            ? await rejectLink(transaction, id, what.upstream)
            : await rejectIdentity(transaction, id, what.identity);
          if (was && isLink(what)) await endEverything(transaction, id, clock());
          return was ? 'done' : 'none';
        },
      ),
  };
}

function isLink(what: ProofName): what is { upstream: string } {
  return 'upstream' in what;
}

function shown(what: ProofName): string {
  if (isLink(what)) return what.upstream;
  const { environment, type, fhir_id: id } = what.identity;
  return `${environment} ${type}/${id}`;
}
