/** Heads of the trail of requests of an environment, stored outside the database: they show if the trail was truncated. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatHead, parseHead, type KeptHead } from '@dhp/trail/heads';
import type { Context } from './context.ts';

export type EnvironmentName = 'playground' | 'production';

/** Whether the server of an environment keeps a trail of requests. */
export function keepsTrail({ DHP_AUDIT: given }: Context['settings'], environment: EnvironmentName): boolean {
  return given === undefined ? environment === 'production' : given === 'on';
}

/** The environments that an installation has. */
export function servedEnvironments({ DHP_PRODUCTION: production }: Context['settings']): readonly EnvironmentName[] {
  return production === true ? ['playground', 'production'] : ['playground'];
}

/** Storage of heads, the oldest first. */
export interface TrailHeads {
  /** @throws Error if the stored heads cannot be read */
  read(): readonly KeptHead[];
  /** Stores a head: one a day, and the last. @returns false for one before the last stored head: the trail was truncated */
  keep(head: KeptHead): boolean;
}

const mostHeads = 400;
const day = 86_400_000;

export function trailHeadsOf(
  { settings, data }: Pick<Context, 'settings' | 'data'>,
  environment: EnvironmentName,
): TrailHeads {
  const path = `${settings.DHP_AUDIT_HEADS ?? join(data.path, 'audit.heads')}.${environment}`;
  let kept: readonly KeptHead[] | undefined;
  return {
    read: () => (kept = readHeads(path)),
    keep(head) {
      kept ??= readHeads(path);
      const last = kept.at(-1);
      if (last !== undefined && head.position <= last.position)
        return head.position === last.position && head.signature.equals(last.signature);
      const isSameDay = kept.length > 1 && dayOf(kept.at(-2)!) === dayOf(last!);
      kept = [...(isSameDay ? kept.slice(0, -1) : kept), head].slice(-mostHeads);
      const temporary = `${path}.${String(process.pid)}.tmp`;
      writeFileSync(temporary, kept.map((one) => `${formatHead(one)}\n`).join(''), { mode: 0o600 });
      renameSync(temporary, path);
      return true;
    },
  };
}

function dayOf({ made }: KeptHead): number {
  return Math.floor(made / day);
}

/** @throws Error for a line that is not a head */
function readHeads(path: string): KeptHead[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  return text.split('\n').flatMap((line) => {
    if (line === '') return [];
    const head = parseHead(line);
    if (head === undefined) throw new Error(`${path} has a line that is no head of a trail: ${line.slice(0, 100)}`);
    return [head];
  });
}
