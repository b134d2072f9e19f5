import { isIP } from 'node:net';
import { reject } from './setting.ts';

/**
 * As Fastify's `trustProxy`. A number trusts that many hops, counted from the socket (hop 0), so that the address is the one
 * that the outermost trusted proxy has appended, whatever the caller wrote before it.
 */
export function trustProxy(text: string): boolean | string[] | ((address: string, hop: number) => boolean) {
  if (text === 'on' || text === 'off') return text === 'on';
  if (/^[1-9]\d?$/.test(text)) return (_address, hop) => hop < Number(text);
  const list = text.split(',').map((part) => part.trim());
  for (const part of list) {
    const [address = '', bits, ...rest] = part.split('/');
    const family = isIP(address);
    const isNetwork = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
    if (family === 0 || !isNetwork || rest.length > 0) {
      reject(`has ${JSON.stringify(part)}, which is no IP address and no network such as 10.0.0.0/8`);
    }
  }
  return list;
}
