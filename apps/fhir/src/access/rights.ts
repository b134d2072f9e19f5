/** The rights of a caller in writing, so that a job runs by them, and their name, by which its owner is known again. */
import { hash } from 'node:crypto';
import { formatScope, parseScope, trailRight, type ResourceScope } from '@dhp/smart-scopes';
import type { Access, Claimed } from '../contract/access.ts';

type Kept = Omit<
  Access,
  'scopes' | 'narrowed' | 'unenforced' | 'reasons' | 'identifierTypes' | 'purpose' | 'emergency'
>;

/** Rights as JSON. The token itself is not among them, nor the purpose that a request states, which each request states again. */
export interface WrittenRights extends Kept {
  readonly scopes: readonly string[];
  readonly narrowed: readonly string[];
  readonly unenforced: readonly string[];
  readonly identifierTypes: readonly string[] | 'all';
}

export function writtenRights(access: Access): WrittenRights {
  const { scopes, narrowed, unenforced, identifierTypes, reasons: _, purpose: __, emergency: ___, ...kept } = access;
  return {
    ...kept,
    ...{
      scopes: scopes.map(formatScope),
      narrowed: narrowed.map(formatScope),
      unenforced: unenforced.map(formatScope),
    },
    identifierTypes: typeof identifierTypes === 'string' ? identifierTypes : [...identifierTypes],
  };
}

/** The same again: members that JSON leaves out were undefined. */
export function readRights(written: WrittenRights): Access {
  const { scopes, narrowed, unenforced, identifierTypes, ...kept } = written;
  const claimed = kept.claimed ?? claimsOfSystem(written);
  return {
    ...kept,
    ...(claimed !== undefined && { claimed }),
    scopes: scopesIn(scopes),
    narrowed: scopesIn(narrowed),
    unenforced: scopesIn(unenforced),
    reasons: new Map(),
    identifierTypes: typeof identifierTypes === 'string' ? identifierTypes : new Set(identifierTypes),
  };
}

/**
 * Name of a client and person with these rights. Another token of the same has the same one; a token with other scopes, roles or patient
 * has another, so that a job gives nobody more than the own token would.
 */
export function ownerOf(access: Access): Buffer {
  // The token, and the moments that it tells of, differ from token to token.
  const { token: _, expiresAt: __, claimed: ___, twoFactorsAt, launched, positions, ...rights } = writtenRights(access);
  const all: Readonly<Record<string, unknown>> = {
    ...rights,
    positions: positions.map((one) => JSON.stringify(one)),
    hasTwoFactors: twoFactorsAt !== undefined,
    isEmergency: launched !== undefined,
  };
  const members = Object.keys(all)
    .sort()
    .map((name) => [name, sorted(all[name])]);
  return hash('sha256', JSON.stringify(members), 'buffer');
}

/** The words of a client's token, where they were not kept: rights of a system are as its token says. */
function claimsOfSystem(written: WrittenRights): Claimed | undefined {
  const { authority, scopes, narrowed, unenforced, positions, mayExplain, readsTrail } = written;
  if (authority !== 'system') return undefined;
  const words = [...(mayExplain ? ['dhp.explain'] : []), ...(readsTrail === 'as-system' ? [trailRight] : [])];
  const organization = positions[0]?.organization;
  return {
    scopes: [...scopes, ...narrowed, ...unenforced, ...words],
    ...(organization !== undefined && { organization }),
  };
}

function sorted(value: unknown): unknown {
  return Array.isArray(value) ? value.map(String).sort() : (value ?? null);
}

function scopesIn(written: readonly string[]): ResourceScope[] {
  return written.map((text) => {
    const scope = parseScope(text);
    if (scope === undefined) throw new Error('a scope of a job cannot be read');
    return scope;
  });
}
