/**
 * Heads of the audit chain, stored outside the database and signed with a key that is not in it: they show whether the chain was cut or
 * rewritten by somebody who can write to the database, or an older backup was restored.
 */
import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Sql } from '@dhp/postgres';
import { selectLastLink, selectLinkAt } from '../store/links.ts';

export interface AuditHead {
  position: number;
  /** In hexadecimal. */
  hash: string;
  /** When it was the head, in milliseconds since 1970. */
  time: number;
  /** HMAC-SHA256 of the rest, in base64url. */
  mac: string;
}

/** Storage of heads, the oldest first. */
export interface AuditHeads {
  /** @throws Error if the stored heads are unreadable */
  read(): readonly AuditHead[];
  write(heads: readonly AuditHead[]): void;
  readonly key: Buffer;
}

/** One a day is kept, this many; and the last. */
const mostHeads = 400;
const day = 86_400_000;

/** @param secret DHP_SECRET_KEY */
export function auditHeadKey(secret: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', 'dhp audit heads', 32));
}

/** A text file with one head on each line. It is replaced as a whole, so that a crash leaves the previous one. */
export function auditHeadFile(path: string, secret: Buffer): AuditHeads {
  return {
    key: auditHeadKey(secret),
    read() {
      let text: string;
      try {
        text = readFileSync(path, 'utf8');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
        throw error;
      }
      return text.split('\n').flatMap((line) => (line === '' ? [] : [parseHead(line) ?? unreadable]));
    },
    write(heads) {
      const temporary = `${path}.${String(process.pid)}.tmp`;
      writeFileSync(temporary, heads.map((head) => `${formatHead(head)}\n`).join(''), { mode: 0o600 });
      renameSync(temporary, path);
    },
  };
}

/** No key has signed it. */
const unreadable: AuditHead = { position: 0, hash: '', time: 0, mac: '' };

export function formatHead({ position, hash, time, mac }: AuditHead): string {
  return ['v1', position, hash, time, mac].join('.');
}

export function parseHead(text: string): AuditHead | undefined {
  const [, position, hash, time, mac] = /^v1\.(\d{1,15})\.([0-9a-f]{64})\.(\d{1,15})\.([\w-]{43})$/.exec(text) ?? [];
  if (mac === undefined) return undefined;
  return { position: Number(position), hash: hash!, time: Number(time), mac };
}

export function signHead(key: Buffer, o: Omit<AuditHead, 'mac'>): AuditHead {
  return { ...o, mac: macOf(key, o) };
}

export function isGenuine(key: Buffer, head: AuditHead): boolean {
  const [given, right] = [Buffer.from(head.mac), Buffer.from(macOf(key, head))];
  return given.length === right.length && timingSafeEqual(given, right);
}

function macOf(key: Buffer, { position, hash, time }: Omit<AuditHead, 'mac'>): string {
  return createHmac('sha256', key).update(['dhp audit head', position, hash, time].join('\n')).digest('base64url');
}

/**
 * Stores the current head, if the last stored one is in the chain: a stored head is never replaced for a chain without it.
 * @returns whether it was in the chain
 */
export async function keepHead(sql: Sql, heads: AuditHeads, now: Date): Promise<boolean> {
  const kept = heads.read();
  const last = kept.at(-1);
  if (last !== undefined) {
    if (!isGenuine(heads.key, last)) return false;
    const link = await selectLinkAt(sql, last.position);
    if (link?.hash.toString('hex') !== last.hash) return false;
  }
  const { position, hash } = await selectLastLink(sql);
  if (position === 0 || position === last?.position) return true;
  const head = signHead(heads.key, { position, hash: hash.toString('hex'), time: now.getTime() });
  const isSameDay = kept.length > 1 && Math.floor(kept.at(-2)!.time / day) === Math.floor(last!.time / day);
  heads.write([...(isSameDay ? kept.slice(0, -1) : kept), head].slice(-mostHeads));
  return true;
}
