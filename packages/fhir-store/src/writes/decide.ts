import type { Current } from '../statements/look.ts';
import type { WriteOutcome } from '../versions.ts';

/** Kind and preconditions of a write, as far as the current version decides about it. */
export type Request =
  | { readonly kind: 'create' }
  | {
      readonly kind: 'update';
      readonly ifMatch?: readonly number[] | '*' | undefined;
      readonly requireMatch: boolean;
      readonly createAllowed: boolean;
      readonly method?: 'PUT' | 'PATCH' | undefined;
    }
  | { readonly kind: 'delete'; readonly ifMatch?: readonly number[] | undefined };

/** Knowledge of the current version: not looked up yet, no longer valid, known to be absent, or the version. */
export type Known = 'unasked' | 'unknown' | 'absent' | Current;

export type WriteStep =
  /** Read the current version first. */
  | { readonly step: 'look' }
  /** Store the first version. */
  | { readonly step: 'insert' }
  /** Store the version behind `ver`, if that is still the current one (`created`: and is a deletion; else: and is not). */
  | { readonly step: 'replace'; readonly ver: number; readonly kind: 'created' | 'updated' | 'deleted' }
  /** Nothing is to be stored. */
  | {
      readonly step: 'end';
      readonly outcome: Exclude<WriteOutcome, { version: unknown }> | { kind: 'already-deleted' };
    };

/** The next step of a write. A pure function with the whole semantics of If-Match, update as create and repeated deletes. */
export function decide(request: Request, known: Known): WriteStep {
  switch (request.kind) {
    case 'create':
      return { step: 'insert' };
    case 'update':
      return decideUpdate(request, known);
    case 'delete':
      return decideDelete(request, known);
  }
}

/** https://hl7.org/fhir/R5/http.html#update and #concurrency */
function decideUpdate(request: Request & { kind: 'update' }, known: Known): WriteStep {
  const { ifMatch } = request;
  if (known === 'unknown') return { step: 'look' };
  if (known === 'unasked') return expecting(ifMatch, 'updated');
  if (known === 'absent') {
    return request.createAllowed && ifMatch === undefined ? { step: 'insert' } : end({ kind: 'not-found' });
  }
  if (known.deleted) {
    // No representation is current, so If-Match cannot hold (RFC 9110, 13.1.1); the version numbers continue.
    if (!request.createAllowed || ifMatch !== undefined) return end({ kind: 'not-found' });
    return { step: 'replace', ver: known.ver, kind: 'created' };
  }
  if (ifMatch === undefined && request.requireMatch) return end({ kind: 'match-required', current: known.ver });
  if (!matches(ifMatch, known.ver)) return end({ kind: 'version-mismatch', current: known.ver });
  return { step: 'replace', ver: known.ver, kind: 'updated' };
}

/** https://hl7.org/fhir/R5/http.html#delete */
function decideDelete(request: Request & { kind: 'delete' }, known: Known): WriteStep {
  if (known === 'unknown') return { step: 'look' };
  if (known === 'unasked') return expecting(request.ifMatch, 'deleted');
  if (known === 'absent') return end({ kind: 'not-found' });
  if (known.deleted) return end({ kind: 'already-deleted' });
  if (!matches(request.ifMatch, known.ver)) return end({ kind: 'version-mismatch', current: known.ver });
  return { step: 'replace', ver: known.ver, kind: 'deleted' };
}

/** With one version in If-Match that must be the current one: the statement checks it, and no look is needed before. */
function expecting(ifMatch: readonly number[] | '*' | undefined, kind: 'updated' | 'deleted'): WriteStep {
  if (ifMatch === undefined || ifMatch === '*' || ifMatch.length !== 1 || !isVersion(ifMatch[0]!))
    return { step: 'look' };
  return { step: 'replace', ver: ifMatch[0]!, kind };
}

/** Beyond, the database could not even compare. */
export const highestVersion = 2 ** 31 - 1;

export function isVersion(version: number): boolean {
  return Number.isInteger(version) && version > 0 && version <= highestVersion;
}

function matches(ifMatch: readonly number[] | '*' | undefined, ver: number): boolean {
  return ifMatch === undefined || ifMatch === '*' || ifMatch.includes(ver);
}

function end(outcome: (WriteStep & { step: 'end' })['outcome']): WriteStep {
  return { step: 'end', outcome };
}
