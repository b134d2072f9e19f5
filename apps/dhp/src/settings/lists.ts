/** Readers of lists separated by commas. Each throws a ConfigurationError whose message completes `NAME=value …`. */
import { reject, wants } from './setting.ts';
import { baseUrl, wholeNumber } from './values.ts';
import { isIP } from 'node:net';

/** `*`, or origins as browsers send them: scheme, host and port, nothing after. */
export function origins(text: string): '*' | string[] {
  if (text === '*') return text;
  const list = text.split(',').map((part) => part.trim());
  for (const origin of list) {
    if (!URL.canParse(origin) || new URL(origin).origin !== origin) {
      return reject(wants().origin({ given: origin }));
    }
  }
  return list;
}

/** `none`, or environments separated by commas. */
export function identityEnvironments(text: string): ('playground' | 'production')[] {
  if (text.trim() === 'none') return [];
  return text.split(',').map((part) => {
    const name = part.trim();
    if (name === 'playground' || name === 'production') return name;
    return reject(wants().environments({ given: name }));
  });
}

/** `none`, or days separated by commas. */
export function daysBefore(text: string): number[] {
  if (text.trim() === 'none') return [];
  return text.split(',').map((part) => wholeNumber(1, 365)(part.trim()));
}

/** Packages, apart by commas: names with or without a version, or paths. */
export function packageList(text: string): string[] {
  const list = text.split(',').map((part) => part.trim());
  if (list.includes('')) return reject(wants().packages);
  return list;
}

/** Base URLs, apart by commas. */
export function baseUrls(text: string): string[] {
  return text.split(',').map((part) => baseUrl(part.trim()));
}

/** `Patient=https://…,Organization=https://…` */
export function profilesByType(text: string): ReadonlyMap<string, string> {
  const pairs = text.split(',').map((part) => part.trim());
  const wrong = pairs.find((pair) => !/^[A-Z][A-Za-z]+=[a-z][a-z0-9+.-]*:\S+$/.test(pair));
  if (wrong !== undefined) {
    return reject(wants().profile({ given: wrong }));
  }
  return new Map(
    pairs.map((pair): [string, string] => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  );
}

/** Hosts as in a URL: `keys.example.uz` or `127.0.0.1:9010`. */
export function hosts(text: string): string[] {
  const list = text.split(',').map((part) => part.trim());
  for (const host of list) {
    if (
      !URL.canParse(`https://${host}`) ||
      ![new URL(`https://${host}`).host, `${new URL(`https://${host}`).hostname}:443`].includes(host)
    ) {
      return reject(wants().host({ given: host }));
    }
  }
  return list;
}

/** Groups of people, and the types of their records. */
const groups = {
  patients: 'Patient',
  relatives: 'RelatedPerson',
  'health-workers': 'Practitioner',
  administrators: 'administrator',
} as const;

/** A list of groups such as `health-workers`, as the types of their records; platform administrators have none. */
export function secondFactorRoles(text: string): (typeof groups)[keyof typeof groups][] {
  if (text.trim() === 'nobody') return [];
  return text.split(',').map((part) => {
    const name = part.trim();
    if (Object.hasOwn(groups, name)) return groups[name as keyof typeof groups];
    return reject(wants().group({ name, groups: Object.keys(groups).join(', ') }));
  });
}

const secondsIn = { m: 60, h: 3600 } as const;
const sessionLimit = /^\s*([a-z][a-z0-9-]{0,63})=(\d{1,4})([mh])\/(\d{1,4})([mh])\s*$/;

/** `GROUP=IDLE/LONGEST`, apart by commas, such as `administrators=1h/12h,family-doctor=30m/10h`: in seconds by group. */
export function sessionLimits(text: string): ReadonlyMap<string, { idle: number; absolute: number }> {
  if (text.trim() === 'none') return new Map();
  return new Map(
    text.split(',').map((part): [string, { idle: number; absolute: number }] => {
      const [, group = '', idle, idleUnit, longest, longestUnit] = sessionLimit.exec(part) ?? [];
      const seconds = (number: string | undefined, unit: string | undefined): number =>
        Number(number) * secondsIn[unit as keyof typeof secondsIn];
      const limits = { idle: seconds(idle, idleUnit), absolute: seconds(longest, longestUnit) };
      const isInOrder = limits.idle >= 300 && limits.idle <= limits.absolute && limits.absolute <= 720 * 3600;
      if (group !== '' && isInOrder) return [group, limits];
      return reject(wants().sessionLimit({ given: part.trim() }));
    }),
  );
}

/**
 * As Fastify's `trustProxy`. A number trusts that many hops, counted from the socket (hop 0), so that the address is the one that the
 * outermost trusted proxy has appended, whatever the caller wrote before it.
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
      reject(wants().address({ given: JSON.stringify(part) }));
    }
  }
  return list;
}
