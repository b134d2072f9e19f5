/**
 * Notifies clients of sign-outs (OpenID Connect Back-Channel Logout 1.0) outside of the sign-out request: the person does not wait for a
 * slow client, and an unreachable client is notified later. Clients do not wait for each other: each has a few concurrent requests.
 */
import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import type { Sql } from '@dhp/postgres';
import type { KeyRing } from '@dhp/signing-keys';
import type { Outbound } from '@dhp/outbound';
import type { AuditEvent } from '@dhp/audit';
import {
  claimLogoutNotices,
  deleteLogoutNotice,
  postponeLogoutNotice,
  type LogoutNotice,
} from '../store/logout-notices.ts';

export interface NoticeOptions {
  sql: Sql;
  keys: KeyRing;
  issuer: string;
  outbound: Outbound;
  clock: () => Date;
  record: (event: Omit<AuditEvent, 'recorded' | 'address'>) => void;
  onFault: (error: unknown) => void;
  /** Seconds between two looks at the table. */
  pollSeconds: number;
}

/** Seconds until a client that did not answer is notified again; after the last attempt the notice is given up. */
const pauses = [5, 30, 120, 600, 3600, 6 * 3600, 12 * 3600];

const claimSeconds = 60;
/** Concurrent notices: to one client, which may never answer, and to all. Each may take as long as `Outbound` allows. */
const together = { ofClient: 4, all: 100 };

/** @returns a function that stops it, after the notices under way have finished */
export function sendLogoutNotices(o: NoticeOptions): () => Promise<void> {
  /** Notices under way, by client. */
  const underWay = new Map<Promise<void>, string>();
  let looking: Promise<void> | undefined;
  let again = false;
  let ended = false;

  function isAsked(): boolean {
    const was = again && !ended;
    again = false;
    return was;
  }
  async function look(): Promise<void> {
    while (isAsked()) {
      const limit = together.all - underWay.size;
      if (limit <= 0) return;
      const now = o.clock();
      const until = new Date(now.getTime() + claimSeconds * 1000);
      // A client gets its next notices after it has answered the previous ones.
      const of = { limit, perClient: together.ofClient, but: [...new Set(underWay.values())] };
      for (const notice of await claimLogoutNotices(o.sql, { now, until, ...of })) begin(notice);
    }
  }
  function begin(notice: LogoutNotice): void {
    const { client_id: clientId } = notice;
    const sending: Promise<void> = send(notice, o)
      .catch(o.onFault)
      .finally(() => {
        underWay.delete(sending);
        if (![...underWay.values()].includes(clientId)) wake();
      });
    underWay.set(sending, clientId);
  }
  function wake(): void {
    again = true;
    if (ended) return;
    looking ??= look()
      .catch(o.onFault)
      .finally(() => (looking = undefined));
  }
  const timer = setInterval(wake, o.pollSeconds * 1000).unref();

  return async () => {
    ended = true;
    clearInterval(timer);
    await looking;
    await Promise.all(underWay.keys());
  };
}

async function send(notice: LogoutNotice, o: NoticeOptions): Promise<void> {
  const { id, client_id: clientId, account_id: accountId, attempts, uri } = notice;
  if (uri === null) return deleteLogoutNotice(o.sql, id);
  const reason = await tell(uri, notice, o);
  if (reason === undefined) {
    o.record({ event: 'logout.told', clientId, accountId });
    return deleteLogoutNotice(o.sql, id);
  }
  const pause = pauses[attempts - 1];
  o.record({ event: pause === undefined ? 'logout.given-up' : 'logout.not-told', clientId, accountId, reason });
  if (pause === undefined) return deleteLogoutNotice(o.sql, id);
  return postponeLogoutNotice(o.sql, id, new Date(o.clock().getTime() + pause * 1000));
}

/** @returns why the client was not notified; undefined if it was */
async function tell(uri: string, notice: LogoutNotice, o: NoticeOptions): Promise<string | undefined> {
  try {
    const body = new URLSearchParams({ logout_token: await logoutToken(notice, o) }).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const { status } = await o.outbound(uri, { method: 'POST', headers, body });
    return status === 200 || status === 204 ? undefined : `answered ${String(status)}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Signed when it is sent, since it is valid for only two minutes (section 2.4). */
function logoutToken({ client_id: clientId, account_id: sub, sid }: LogoutNotice, o: NoticeOptions): Promise<string> {
  const { kid, privateKey } = o.keys.signing('RS256');
  const now = Math.floor(o.clock().getTime() / 1000);
  const events = { 'http://schemas.openid.net/event/backchannel-logout': {} };
  return new SignJWT({ iss: o.issuer, aud: clientId, sub, sid, events, jti: randomUUID(), iat: now, exp: now + 120 })
    .setProtectedHeader({ alg: 'RS256', typ: 'logout+jwt', kid })
    .sign(privateKey);
}
