/**
 * Change of the e-mail address by the person: it takes effect when a link sent to the new address is opened by the signed-in person. The
 * old address is notified, with a link that reverts the change and ends what was begun meanwhile.
 */
import type { Session, Sql } from '@dhp/postgres';
import { insertAuditEvents } from '@dhp/audit';
import { endEverything } from '@dhp/grants';
import type { Hold } from '@dhp/grants/holds';
import type { Language } from '@dhp/negotiation';
import { AccountError } from '../fields/account-error.ts';
import { personFields } from '../fields/person-fields.ts';
import type { Queue } from '../messages/outbox.ts';
import { lockAccount, selectAccount } from '../store/accounts.ts';
import { deleteFactorsSince } from '../store/factors.ts';
import { deletePasswordSince, updateEmail } from '../store/own-account.ts';
import {
  deleteLaterUndoLinks,
  deleteOwnLinks,
  deleteUndoLinksSinceLeaving,
  selectOwnLink,
  takeOwnLink,
} from '../store/own-links.ts';
import { deletePasswordLinks } from '../store/password-links.ts';
import { takeAttempt, type ThrottlePolicy } from '../store/throttle.ts';
import { ownMessages } from '../texts/own.ts';
import { confirmEmailPath, confirmSeconds, hashOf, makeOwnLink, undoEmailPath, undoSeconds } from './link.ts';
import { transact } from '@dhp/sso-kit';

/** Three messages an hour to addresses that the person enters, so that nobody is bothered in the name of the platform. */
const linksPerPerson: ThrottlePolicy = { free: 3, firstDelay: 900, longestDelay: 3600, forgets: 1200 };

/** A notice without a link is of use for a day. */
const noticeSeconds = 86_400;

export interface EmailChange {
  /**
   * Sends the link that confirms the address.
   * @param hold of the session in which it is requested @throws EndedMeanwhile if that has ended
   */
  ask(
    accountId: string,
    given: string,
    language: Language,
    hold?: Hold,
  ): Promise<'sent' | 'invalid' | 'same' | 'too-often'>;
  /**
   * The address that a link would set for the account of the signed-in person; undefined if the link is invalid or belongs to another
   * account. It is valid while the credentials are those at the time of the request: an act that has ended everything since has also ended
   * the link.
   */
  asked(accountId: string, token: string): Promise<string | undefined>;
  /**
   * @param hold of the session in which it is confirmed @throws EndedMeanwhile if that has ended
   * @returns whether the address is that of the account now
   */
  confirm(accountId: string, token: string, language: Language, hold?: Hold): Promise<boolean>;
  /** Whether a link that reverts a change is valid. */
  canUndo: (token: string) => Promise<boolean>;
  /**
   * Restores the former address; ends sessions, tokens, password links, and sign-in methods that were added since the change, including a
   * password set since then. @returns whether it was done
   */
  undo: (token: string) => Promise<boolean>;
}

export function openEmailChange(o: { sql: Sql; queue: Queue; issuer: string; clock: () => Date }): EmailChange {
  const { sql, clock } = o;
  const named = (token: string, purpose: 'confirm-email' | 'undo-email') =>
    ({ tokenHash: hashOf(token), purpose, now: clock() }) as const;

  return {
    async ask(accountId, given, language, hold) {
      const email = addressOf(given);
      const account = await selectAccount(sql, accountId);
      if (email === undefined || account === undefined) return 'invalid';
      if (email === account.email) return 'same';
      const now = clock();
      if ((await takeAttempt(sql, `own-email:${accountId}`, linksPerPerson, now)) !== undefined) return 'too-often';
      await transact(sql, async (transaction) => {
        await hold?.(transaction);
        await deleteOwnLinks(transaction, accountId, 'confirm-email');
        const expires = new Date(now.getTime() + confirmSeconds * 1000);
        const token = await makeOwnLink(transaction, { accountId, purpose: 'confirm-email', email, now, expires });
        const { subject, text } = ownMessages[language].confirm;
        const link = `${o.issuer}${confirmEmailPath}?token=${token}`;
        const message = { to: email, subject, text: text({ link, username: account.username }), accountId };
        await o.queue(transaction, { ...message, seconds: confirmSeconds });
        const event = { recorded: now, event: 'email-link.asked', actor: `account:${accountId}`, accountId } as const;
        await insertAuditEvents(transaction, [event]);
      });
      return 'sent';
    },
    asked,
    async confirm(accountId, token, language, hold) {
      if ((await asked(accountId, token)) === undefined) return false;
      const now = clock();
      return transact(sql, async (transaction) => {
        await hold?.(transaction);
        // Locked first: a concurrent act that ends the link happens either before or after this one.
        const account = await lockAccount(transaction, accountId);
        const link = await takeOwnLink(transaction, named(token, 'confirm-email'));
        if (link === undefined || account === undefined || link.account_id !== accountId) return false;
        await updateEmail(transaction, accountId, link.email, now);
        // A password link was sent to the former address.
        await deletePasswordLinks(transaction, accountId);
        await insertAuditEvents(transaction, [
          { recorded: now, event: 'account.changed', actor: `account:${accountId}`, accountId, reason: 'email' },
        ]);
        const isBack = await deleteUndoLinksSinceLeaving(transaction, { accountId, email: link.email!, now });
        if (account.email !== null) await tellFormer(transaction, account.email, accountId, { language, isBack });
        return true;
      });
    },
    canUndo: async (token) => (await selectOwnLink(sql, named(token, 'undo-email'))) !== undefined,
    undo: (token) => undo(sql, token, clock()),
  };

  async function asked(accountId: string, token: string): Promise<string | undefined> {
    const link = await selectOwnLink(sql, named(token, 'confirm-email'));
    return link?.account_id === accountId ? (link.email ?? undefined) : undefined;
  }

  /**
   * Links to earlier addresses stay valid: after several changes in a row, each replaced address can be restored. An address that was
   * replaced by an earlier one gets no link: it may be the one of a thief, whose link would end the owner's new password and factors.
   */
  async function tellFormer(
    transaction: Session,
    former: string,
    accountId: string,
    { language, isBack }: { language: Language; isBack: boolean },
  ): Promise<void> {
    const now = clock();
    if (isBack) {
      const told = { to: former, ...ownMessages[language].changedBack, accountId, seconds: noticeSeconds };
      return o.queue(transaction, told);
    }
    const expires = new Date(now.getTime() + undoSeconds * 1000);
    const token = await makeOwnLink(transaction, { accountId, purpose: 'undo-email', email: former, now, expires });
    const { subject, text } = ownMessages[language].changed;
    const link = `${o.issuer}${undoEmailPath}?token=${token}`;
    await o.queue(transaction, { to: former, subject, text: text({ link }), accountId, seconds: undoSeconds });
  }
}

function undo(sql: Sql, token: string, now: Date): Promise<boolean> {
  return transact(sql, async (transaction) => {
    const link = await takeOwnLink(transaction, { tokenHash: hashOf(token), purpose: 'undo-email', now });
    if (link === undefined) return false;
    const { account_id: accountId, email, created_at: since } = link;
    await updateEmail(transaction, accountId, email, now);
    await deletePasswordLinks(transaction, accountId);
    // A link that sets one went to the new address. The owner sets another by a link to this one.
    await deletePasswordSince(transaction, accountId, { since, now });
    await deleteOwnLinks(transaction, accountId, 'confirm-email');
    // After two changes there is also a link to the first of the new addresses.
    await deleteLaterUndoLinks(transaction, accountId, since);
    // Otherwise a thief could return with a passkey added meanwhile, and would control the second factor.
    await deleteFactorsSince(transaction, accountId, since);
    await endEverything(transaction, accountId, now);
    const reason = 'email, by a link to the former one';
    await insertAuditEvents(transaction, [
      { recorded: now, event: 'account.changed', actor: `account:${accountId}`, accountId, reason },
    ]);
    return true;
  });
}

function addressOf(given: string): string | undefined {
  try {
    return personFields.email.check(given);
  } catch (error) {
    if (error instanceof AccountError) return undefined;
    throw error;
  }
}
