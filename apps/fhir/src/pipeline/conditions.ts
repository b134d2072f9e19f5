/**
 * The fifth step: conditional headers, and the permitted age of an answer. A header that the route does not support and that changes the
 * request's meaning is refused, never ignored.
 */
import { fail } from '../http/errors.ts';
import { statedFreshness } from './freshness.ts';
import type { PipelineSettings } from './settings.ts';
import type { Exchange } from '../contract/exchange.ts';

/** Names of the conditional headers, and the members of `Bundle.entry.request` that replace them. */
const names = {
  'if-match': { shown: 'If-Match', member: 'ifMatch' },
  'if-unmodified-since': { shown: 'If-Unmodified-Since', member: '' },
  'if-none-match': { shown: 'If-None-Match', member: 'ifNoneMatch' },
  'if-none-exist': { shown: 'If-None-Exist', member: 'ifNoneExist' },
} as const;

const ofRequests = ['if-match', 'if-unmodified-since', 'if-none-exist', 'if-none-match'] as const;
const ofEntries = ['if-match', 'if-none-match', 'if-none-exist'] as const;

/** Fails with `header-unsupported`, for an entry with `entry-unsupported`, and as `statedFreshness` does. */
export function conditions(exchange: Exchange, { services }: PipelineSettings): void {
  const { target, request } = exchange;
  const { headers, entry } = request;
  if (entry === undefined) exchange.freshness = statedFreshness(headers, services);
  if (target === undefined) return;
  const { method, interaction, conditions: honoured } = target.route;
  for (const header of entry === undefined ? ofRequests : ofEntries) {
    if (headers[header] === undefined || (honoured as readonly string[]).includes(header)) continue;
    // On a read it may be ignored without harm: the whole answer is sent.
    if (header === 'if-none-match' && method === 'GET') continue;
    const { shown, member } = names[header];
    if (entry === undefined)
      fail('header-unsupported', { name: shown }, { diagnostics: `${interaction} does not support ${shown}.` });
    const diagnostics = `${interaction} does not support ${member} in a Bundle yet.`;
    fail(
      'entry-unsupported',
      { entry: `Bundle.entry[${entry.index}]` },
      { diagnostics, expression: `request.${member}` },
    );
  }
}
