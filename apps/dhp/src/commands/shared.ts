/** Shared by the commands about the Single Sign-On: their options, and opening its database. */
import type { Sql } from '@dhp/postgres';
import { openMessages, type Messages } from '@dhp/accounts/messages';
import { publicUrls } from '../addresses.ts';
import { openContext, withSsoDatabase, type Context } from '../context.ts';
import { UsageError, type Option, type Values } from '../cli.ts';
import { progressOn, silent } from '../progress.ts';
import { results } from '../results.ts';

export const json: Option = { type: 'boolean', help: 'print one JSON object' };
export const reason: Option = { type: 'string', value: 'TEXT', help: 'why, for the audit trail' };
export const environment: Option = {
  type: 'string',
  value: 'NAME',
  help: 'playground (the default) or production',
};

/** Opens the database of the SSO for one piece of work. */
export function withSso<T>(values: Values, act: (sql: Sql, context: Context) => Promise<T>): Promise<T> {
  const context = openContext(values['json'] === true ? silent : progressOn(process.stderr, 1000));
  return withSsoDatabase(context, (sql) => act(sql, context));
}

/** Messages to people; a running platform sends the queued ones, now or later. */
export function messagesOf(sql: Sql, { settings, data }: Context): Messages {
  return openMessages({
    sql,
    encryptionKey: settings.DHP_SECRET_KEY ?? data.secretKey(),
    issuer: publicUrls(settings, data.ports()).sso,
    defaultLanguage: settings.DHP_DEFAULT_LANGUAGE ?? 'uz',
    timeZone: settings.DHP_TIME_ZONE ?? 'Asia/Tashkent',
  });
}

/** @throws UsageError for an unknown environment */
export function environmentOf(values: Values): 'playground' | 'production' {
  const given = values['environment'] ?? 'playground';
  if (given === 'playground' || given === 'production') return given;
  throw new UsageError(results().usage.environment({ given: String(given) }));
}

export function reasonOf(values: Values): string | undefined {
  return typeof values['reason'] === 'string' ? values['reason'] : undefined;
}

/** Splits the value of an option at spaces and commas. */
export function words(value: string | boolean | undefined): string[] {
  return typeof value === 'string' ? value.split(/[\s,]+/).filter((word) => word !== '') : [];
}

/** @throws UsageError for a text that is not a whole number from 1 up */
export function wholeNumber(values: Values, name: string): number | undefined {
  const given = values[name];
  if (given === undefined) return undefined;
  if (typeof given === 'string' && /^[1-9]\d{0,9}$/.test(given)) return Number(given);
  throw new UsageError(results().usage.wholeNumber({ option: name, given: String(given) }));
}

export function textOf(values: Values, name: string): string | undefined {
  return typeof values[name] === 'string' ? values[name] : undefined;
}

/** All pages of a list. */
export async function everyPage<Item>(
  read: (page: { count: number; after?: string }) => Promise<{ items: Item[]; next?: string }>,
): Promise<Item[]> {
  const all: Item[] = [];
  for (let next: string | undefined, isFirst = true; isFirst || next !== undefined; isFirst = false) {
    const page = await read({ count: 500, ...(next === undefined ? {} : { after: next }) });
    all.push(...page.items);
    next = page.next;
  }
  return all;
}
