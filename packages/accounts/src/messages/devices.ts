/**
 * The browsers in which people have signed in ("device cookies",
 * https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies). Attempts from a known browser are counted
 * separately, so strangers cannot use them up, and a person is notified of a sign-in with a new one.
 *
 * The cookie holds up to sixteen tokens, one for each person who signed in with this browser. A token is random and ends with a MAC over
 * the account id and the random part: it cannot be forged, and it is valid for one account only. The database stores its hash with the
 * account; without that row it is invalid.
 */
import { createHmac, createSecretKey, hash, randomBytes } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Sql } from '@dhp/postgres';
import type { Tell } from './notices.ts';
import { notingDevice } from '../store/devices.ts';
import { change as make } from '@dhp/sso-kit/request';
import { equal } from '@dhp/web-kit';
import { textLanguageOf, type Language } from '@dhp/negotiation';

export interface Devices {
  /** Hashes of the tokens that the browser sent; at most sixteen. */
  of(request: FastifyRequest): Buffer[];
  /**
   * After a sign-in: the browser is known to this account from now on.
   * @param notify whether to send the notice of a new browser (default true); false if another message reports the same event
   */
  seen(accountId: string, language: Language, request: FastifyRequest, reply: FastifyReply, notify?: boolean): void;
}

const maxAge = 400 * 86_400; // the longest time for which browsers keep a cookie
const mostTokens = 16;
const tokenLength = 32;
const randomLength = 22;

export function openDevices(o: {
  sql: Sql;
  /** Signs tokens. */
  key: Buffer;
  secure: boolean;
  tell: Tell;
  clock: () => Date;
  onFault: (error: unknown) => void;
}): Devices {
  const key = createSecretKey(o.key);
  const name = o.secure ? '__Host-device' : 'device';
  const cookie = new RegExp(
    `(?:^|; )${name}=([A-Za-z0-9_.-]{${String(tokenLength)},${String((tokenLength + 1) * mostTokens)}})(?:;|$)`,
  );

  const tokensOf = (request: FastifyRequest): string[] =>
    (cookie.exec(request.headers.cookie ?? '')?.[1] ?? '')
      .split('.')
      .filter((token) => token.length === tokenLength)
      .slice(0, mostTokens);

  function tokenFor(accountId: string, random = randomBytes(16).toString('base64url')): string {
    const mac = createHmac('sha256', key).update(`${accountId} ${random}`).digest('base64url');
    return random + mac.slice(0, tokenLength - randomLength);
  }

  return {
    of: (request) => tokensOf(request).map(hashOf),
    seen(accountId, language, request, reply, notify = true) {
      const sent = tokensOf(request);
      const own = sent.find((token) => equal(token, tokenFor(accountId, token.slice(0, randomLength))));
      const token = own ?? tokenFor(accountId);
      const kept = [token, ...sent.filter((one) => one !== token)].slice(0, mostTokens);
      const flags = `Path=/; Max-Age=${String(maxAge)}; HttpOnly; SameSite=Lax${o.secure ? '; Secure' : ''}`;
      // Appended to the cookies of the engine, with which it is sent.
      reply.raw.appendHeader('Set-Cookie', `${name}=${kept.join('.')}; ${flags}`);
      const noted = {
        accountId,
        deviceHash: hashOf(token),
        sent: sent.map(hashOf),
        language: textLanguageOf(language),
        now: o.clock(),
      };
      const change = notingDevice(o.sql, noted, () => {
        if (notify) o.tell(accountId, 'new-device');
      });
      make(o.sql, 'device', change).catch(o.onFault);
    },
  };
}

function hashOf(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}
