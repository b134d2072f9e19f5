/**
 * Closing an account at the person's request. It is closed at once, with all sessions, tokens and consents; some days later, if nobody has
 * reopened it, the personal data is erased. The row of the account stays without a name, since the audit trail refers to it.
 */
import type { Sql } from '@dhp/postgres';
import { insertAuditEvents } from '@dhp/audit';
import { endEverything } from '@dhp/grants';
import type { Hold } from '@dhp/grants/holds';
import { selectApplications, type ApplicationRow } from '@dhp/grants/applications';
import type { Language } from '@dhp/negotiation';
import { transact, locales } from '@dhp/sso-kit';
import type { Queue } from '../messages/outbox.ts';
import { lockAccount, selectAccount } from '../store/accounts.ts';
import { deleteFactors } from '../store/factors.ts';
import {
  deleteConsents,
  eraseRows,
  hasOffice,
  isLastAdministrator,
  lockAdministrators,
  lockOwnedOrganizations,
  selectErasable,
  selectOffices,
  selectSolelyOwned,
  updateClosed,
  updateErased,
  updateReopened,
  type Office,
} from '../store/own-account.ts';
import { deleteOwnLinks, selectOwnLink, takeOwnLink } from '../store/own-links.ts';
import { deletePasswordLinks } from '../store/password-links.ts';
import { ownMessages } from '../texts/own.ts';
import { hashOf, makeOwnLink, reopenPath } from './link.ts';

export interface Consequences {
  /** Applications that lose their access. */
  applications: readonly ApplicationRow[];
  offices: readonly Office[];
  /** The name stays with the records of access to patients' records. */
  keepsName: boolean;
  /** Nobody else administers the platform: the account cannot be closed. */
  isLastAdministrator: boolean;
  /** Organisations of developers that would have no owner: the account cannot be closed. */
  solelyOwned: readonly string[];
}

export interface Closing {
  /** Days within which it can be reopened. */
  readonly days: number;
  consequencesFor(accountId: string): Promise<Consequences>;
  /**
   * @param hold of the session in which it is closed @throws EndedMeanwhile if that has ended
   * @returns the address that reopens it, and until when; undefined if the account stays unchanged because it belongs to the last
   * administrator or a sole owner, or is disabled
   */
  close(accountId: string, language: Language, hold?: Hold): Promise<{ link: string; until: Date } | undefined>;
  canReopen: (token: string) => Promise<boolean>;
  /** @returns whether the account is open again */
  reopen: (token: string) => Promise<boolean>;
}

/** @param o.queue absent if no messages are sent */
export function openClosing(o: {
  sql: Sql;
  queue: Queue | undefined;
  issuer: string;
  timeZone: string;
  days: number;
  clock: () => Date;
}): Closing {
  const { sql, clock, days } = o;
  const named = (token: string) => ({ tokenHash: hashOf(token), purpose: 'reopen', now: clock() }) as const;

  return {
    days,
    consequencesFor: async (accountId) => ({
      applications: await selectApplications(sql, accountId),
      offices: await selectOffices(sql, accountId),
      keepsName: await hasOffice(sql, accountId),
      isLastAdministrator: await isLastAdministrator(sql, accountId),
      solelyOwned: (await selectSolelyOwned(sql, accountId)).map(({ name }) => name),
    }),
    close(accountId, language, hold) {
      const now = clock();
      const until = new Date(now.getTime() + days * 86_400_000);
      return transact(sql, async (transaction) => {
        await lockAdministrators(transaction);
        await lockOwnedOrganizations(transaction, accountId);
        // Locked: nobody can make the person an owner before this is done.
        const account = await lockAccount(transaction, accountId);
        await hold?.(transaction);
        if (account === undefined || (await isLastAdministrator(transaction, accountId))) return undefined;
        if ((await selectSolelyOwned(transaction, accountId)).length > 0) return undefined;
        // If an operator has disabled the account meanwhile, its person must not be able to reopen it.
        const closed = { now, eraseAfter: until, reason: 'closed by the person' };
        if (!(await updateClosed(transaction, accountId, closed))) return undefined;
        await endEverything(transaction, accountId, now);
        await deleteConsents(transaction, accountId);
        await deletePasswordLinks(transaction, accountId);
        // A link from an earlier closing, after which someone else has reopened the account, may be in a mailbox that the person no longer
        // uses.
        await deleteOwnLinks(transaction, accountId, 'reopen');
        const made = { accountId, purpose: 'reopen', now, expires: until } as const;
        const link = `${o.issuer}${reopenPath}?token=${await makeOwnLink(transaction, made)}`;
        await insertAuditEvents(transaction, [
          { recorded: now, event: 'account.closed', actor: `account:${accountId}`, accountId },
        ]);
        if (account.email !== null && o.queue !== undefined) {
          const { subject, text } = ownMessages[language].closed;
          const words = text({ link, name: account.name, until: dayOf(until, language, o.timeZone) });
          const seconds = Math.max(days, 1) * 86_400;
          await o.queue(transaction, { to: account.email, subject, text: words, accountId, seconds });
        }
        return { link, until };
      });
    },
    canReopen: async (token) => (await selectOwnLink(sql, named(token))) !== undefined,
    reopen(token) {
      const now = clock();
      return transact(sql, async (transaction) => {
        const accountId = (await takeOwnLink(transaction, named(token)))?.account_id;
        if (accountId === undefined || !(await updateReopened(transaction, accountId, now))) return false;
        await insertAuditEvents(transaction, [
          { recorded: now, event: 'account.reopened', actor: `account:${accountId}`, accountId },
        ]);
        return true;
      });
    },
  };
}

function dayOf(at: Date, language: Language, timeZone: string): string {
  return new Intl.DateTimeFormat(locales[language], { dateStyle: 'long', timeZone }).format(at);
}

/**
 * Erases closed accounts whose days are over. The name stays if records of access to patients' records name the person.
 * @returns how many; call it again while it returns `limit`
 */
export function eraseClosed(sql: Sql, now: Date, limit: number): Promise<number> {
  return transact(sql, async (transaction) => {
    const due = await selectErasable(transaction, now, limit);
    for (const accountId of due) {
      const account = await selectAccount(transaction, accountId);
      const name = (await hasOffice(transaction, accountId)) ? account?.name : undefined;
      await eraseRows(transaction, accountId);
      await deleteFactors(transaction, accountId);
      await deletePasswordLinks(transaction, accountId);
      await deleteOwnLinks(transaction, accountId);
      await endEverything(transaction, accountId, now);
      await updateErased(transaction, accountId, { name, now, reason: 'erased by the person’s wish' });
      await insertAuditEvents(transaction, [
        { recorded: now, event: 'account.erased', actor: `account:${accountId}`, accountId },
      ]);
    }
    return due.length;
  });
}
