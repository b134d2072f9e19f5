/** Actions of people on the pages, for the rows about them. */
import { setTimeout as delay } from 'node:timers/promises';
import { totpCode, totpStep } from '@dhp/accounts/testing';
import { until } from '@dhp/postgres/testing';
import { authorizeAddress, pkce, type Browser, type Page } from '../../apps/sso/test/browser.ts';
import type { Asked } from './authenticator.ts';
import { spaRequest } from './expect.ts';
import { issuer, type Query, type World } from './world.ts';

/** The first page of a sign-in at the browser application. */
export function begin(w: World, browser: Browser, query: Query = {}): Promise<Page> {
  return browser.get(authorizeAddress(spaRequest(w, { ...pkce().query, ...query })));
}

export function enter(browser: Browser, page: Page, username: string, password: string): Promise<Page> {
  return browser.submit(page, { username, password }, 'login');
}

/** Says yes where it is asked. @returns the code for the application, or undefined while the sign-in goes on at a page */
export async function codeAfter(browser: Browser, page: Page): Promise<string | undefined> {
  const last = page.text.includes('value="allow"') ? await browser.submit(page, {}, 'allow') : page;
  return last.address.startsWith(issuer) ? undefined : (new URL(last.address).searchParams.get('code') ?? undefined);
}

export const asksForPassword = ({ text }: Page): boolean => text.includes('name="password"');

/** The key that a page shows to set codes up. */
export function secretOn({ text }: Page): Buffer {
  const [, shown = ''] = /<code>([A-Z2-7 ]{30,})<\/code>/.exec(text) ?? [];
  const bits = Array.from(shown.replaceAll(' ', ''), (letter) =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'),
  ).join('');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}

export const codeOf = (secret: Buffer, now: Date, ahead = 0): string => totpCode(secret, totpStep(now) + ahead);

/** Returns the question of a page to the authenticator, as an honest browser at this server would pass it on. */
export function askedOn({ text }: Page): Asked {
  const [, json = '{}'] = /data-passkey="([^"]*)"/.exec(text) ?? [];
  const plain = json.replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
  const { challenge } = JSON.parse(plain) as { challenge: string };
  const { origin, hostname } = new URL(issuer);
  return { challenge, origin, rpId: hostname };
}

export interface Recorded {
  event: string;
  reason: string | null;
  client_id: string | null;
  account_id: string | null;
  actor: string | null;
  address: string | null;
  correlation_id: string | null;
}

/** Runs an act. @returns what the audit trail has of it when nothing more comes, and all of it as text */
export async function recordedOf(w: World, act: () => Promise<unknown>): Promise<{ events: Recorded[]; text: string }> {
  const rows = (after: string): Promise<Recorded[]> => w.sql<Recorded[]>`
    select event, reason, client_id, account_id::text, actor, host(address) as address, correlation_id,
           e::text as whole from sso.audit_event e where id > ${after}::bigint and event not like 'message.%' order by id`;
  // A message of a row before is recorded when it is sent, which may be now; or, when that row had the clock ahead, much later.
  await until('all messages are sent', async () => {
    const now = w.clock.now();
    await w.sql`update sso.message set next_attempt_at = ${now} where attempts = 0 and next_attempt_at > ${now}`;
    return (await w.sql`select 1 from sso.message limit 1`).length === 0;
  });
  const last = await settled(() => lastEvent(w));
  await act();
  await until('an event is recorded', async () => (await lastEvent(w)) !== last);
  await settled(() => lastEvent(w)); // a second event of the same act would be written by now
  const events = await rows(last);
  return { events, text: JSON.stringify(events) };
}

async function lastEvent(w: World): Promise<string> {
  const [last] = await w.sql<{ id: string }[]>`select coalesce(max(id), 0)::text as id from sso.audit_event`;
  return last!.id;
}

/** @returns what is read, once it has stayed the same for a tenth of a second */
async function settled(read: () => Promise<string>): Promise<string> {
  for (let value = await read(); ;) {
    await delay(100);
    const now = await read();
    if (now === value) return now;
    value = now;
  }
}
