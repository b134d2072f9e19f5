/** The sessions of people as operators see and end them: used by the command line, the admin API and the operators' pages. */
import { isIP } from 'node:net';
import type { Sql } from '@dhp/postgres';
import {
  transact,
  AdministrationError,
  operatingSystemUser,
  countOf,
  pageOf,
  unknownPlace,
  type Page,
  type PageRequest,
} from '@dhp/sso-kit';
import { usernameOf, AccountError } from '@dhp/accounts';
import { ClientError } from '@dhp/clients/fields';
import { selectAccountByName } from '@dhp/accounts/rows';
import { insertAuditEvents } from '@dhp/audit';
import { selectClient } from '@dhp/clients/rows';
import {
  endAllOfClient,
  endEverything,
  endSession,
  selectSessionOwner,
  selectSessionPage,
  type FoundSessionRow,
  type SessionFilter,
} from '@dhp/grants';

export interface Session {
  sessionId: string;
  username: string;
  began: Date;
  lastUsed: Date;
  address: string | null;
  userAgent: string | null;
  /** Ids of the clients that it has been used for. */
  clients: string[];
}

export interface Sessions {
  /** Returns sessions that have not ended, the most recently used first. */
  search(filter: SessionFilter & PageRequest): Promise<Page<Session>>;
  /** Ends the session and all tokens that were issued in it, and notifies its clients. */
  end(sessionId: string): Promise<void>;
  /** Signs the person out everywhere: ends all sessions and all tokens. @returns how many sessions were ended */
  endAllOf(username: string): Promise<number>;
  /**
   * Ends all tokens of the client and all grants that people gave it, and notifies the client. @returns in how many sessions it was used
   */
  endAllOfClient(clientId: string): Promise<number>;
}

/** @throws AdministrationError, AccountError or ClientError, with a message for the administrator, when there is no such thing */
export function openSessions(
  sql: Sql,
  options: { actor?: string; clock?: () => Date; reason?: string | undefined } = {},
): Sessions {
  const { actor = `cli:${operatingSystemUser()}`, clock = () => new Date(Date.now()), reason } = options;
  return {
    async search({ username, address, clientId, ...page }) {
      if (address !== undefined && !isNetwork(address)) {
        throw new AdministrationError(
          'invalid-value',
          `address: "${address}" is not an address or a network (10.1.0.0/16)`,
        );
      }
      const count = countOf(page);
      const filter = { username: username === undefined ? undefined : usernameOf(username), address, clientId };
      const found = await selectSessionPage(sql, filter, { count, after: page.after }, clock());
      if (found === undefined) throw unknownPlace(page.after!);
      return pageOf(found.rows, { total: found.total, count, idOf: (row) => row.session_uid, shown: toSession });
    },
    async end(sessionId) {
      await transact(sql, async (transaction) => {
        const now = clock();
        const accountId = await selectSessionOwner(transaction, sessionId);
        if (accountId === undefined || !(await endSession(transaction, accountId, sessionId, now))) {
          throw new AdministrationError('unknown-session', `There is no session "${sessionId}"`);
        }
        await insertAuditEvents(transaction, [{ recorded: now, event: 'session.ended', actor, reason, accountId }]);
      });
    },
    endAllOfClient(clientId) {
      return transact(sql, async (transaction) => {
        const now = clock();
        if ((await selectClient(transaction, clientId)) === undefined) {
          throw new ClientError('unknown-client', `There is no client "${clientId}"`);
        }
        const ended = await endAllOfClient(transaction, clientId, now);
        await insertAuditEvents(transaction, [{ recorded: now, event: 'client.signed-out', actor, reason, clientId }]);
        return ended;
      });
    },
    endAllOf(username) {
      return transact(sql, async (transaction) => {
        const now = clock();
        const account = await selectAccountByName(transaction, usernameOf(username));
        if (account === undefined) throw new AccountError('unknown-account', `There is no account "${username}"`);
        const { account_id: accountId } = account;
        const ended = await endEverything(transaction, accountId, now);
        await insertAuditEvents(transaction, [
          { recorded: now, event: 'account.signed-out', actor, reason, accountId },
        ]);
        return ended;
      });
    },
  };
}

/** Whether the text is an IP address or a network in CIDR notation. */
export function isNetwork(text: string): boolean {
  const [address = '', bits = '0', ...more] = text.split('/');
  const version = isIP(address);
  return version !== 0 && more.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128);
}

function toSession(row: FoundSessionRow): Session {
  return {
    sessionId: row.session_uid,
    username: row.username,
    began: row.began_at,
    lastUsed: row.last_used_at,
    address: row.address,
    userAgent: row.user_agent,
    clients: row.clients,
  };
}
