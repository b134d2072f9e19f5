/** Cookies of the portal that no script reads and no other site sends with a form. */
import type { FastifyReply } from 'fastify';

export interface Cookies {
  read(header: string | undefined, name: CookieName): string | undefined;
  /** Until the browser ends. */
  set(reply: FastifyReply, name: CookieName, value: string): void;
  remove(reply: FastifyReply, name: CookieName): void;
}

export type CookieName = 'dhp_portal' | 'dhp_portal_way';

/** @param portal the public URL: over https a prefix keeps other hosts from setting the cookies (RFC 6265bis section 4.1.3) */
export function cookiesOf(portal: string): Cookies {
  const { pathname: path, protocol } = new URL(portal);
  const isSecure = protocol === 'https:';
  const prefix = isSecure ? (path === '/' ? '__Host-' : '__Secure-') : '';
  const flags = `Path=${path}; HttpOnly; SameSite=Lax${isSecure ? '; Secure' : ''}`;
  const add = (reply: FastifyReply, text: string): void => void reply.header('set-cookie', text);
  return {
    read(header, name) {
      const pairs = (header ?? '').split(';').map((pair) => pair.trim());
      return pairs.find((pair) => pair.startsWith(`${prefix}${name}=`))?.slice(prefix.length + name.length + 1);
    },
    set: (reply, name, value) => add(reply, `${prefix}${name}=${value}; ${flags}`),
    remove: (reply, name) => add(reply, `${prefix}${name}=; Max-Age=0; ${flags}`),
  };
}
