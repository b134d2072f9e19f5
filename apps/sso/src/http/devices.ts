/**
 * In which browsers a person has signed in: a cookie of the browser's own, which says nothing but that it is the same one. Of a sign-in
 * with another browser the person is told.
 */
import { hash, randomBytes } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Sql } from '@dhp/postgres';
import type { Tell } from '../messages/notices.ts';
import { notingDevice } from '../store/devices.ts';
import { change as make } from '../unit-of-work.ts';
import type { Language } from './language.ts';

export interface Devices {
  /** After a sign-in. */
  seen(accountId: string, language: Language, request: FastifyRequest, reply: FastifyReply): void;
}

const maxAge = 400 * 86_400; // as long as browsers keep a cookie

export function openDevices(o: {
  sql: Sql;
  secure: boolean;
  tell: Tell;
  clock: () => Date;
  onFault: (error: unknown) => void;
}): Devices {
  const name = o.secure ? '__Host-device' : 'device';
  const known = new RegExp(`(?:^|; )${name}=([A-Za-z0-9_-]{32})(?:;|$)`);

  return {
    seen(accountId, language, request, reply) {
      const device = known.exec(request.headers.cookie ?? '')?.[1] ?? randomBytes(24).toString('base64url');
      const flags = `Path=/; Max-Age=${String(maxAge)}; HttpOnly; SameSite=Lax${o.secure ? '; Secure' : ''}`;
      // Beside the cookies of the engine: they are kept together with the answer.
      reply.raw.appendHeader('Set-Cookie', `${name}=${device}; ${flags}`);
      const noted = { accountId, deviceHash: hash('sha256', device, 'buffer'), language, now: o.clock() };
      const change = notingDevice(o.sql, noted, () => o.tell(accountId, 'new-device'));
      make(o.sql, 'device', change).catch(o.onFault);
    },
  };
}
