/** The row of a Consent in `fhir.consent`: its refusals, in hashes of the index. */
import { readConsent, type Criteria, type Refusal } from '@dhp/consent';
import type { JsonResource } from '@dhp/fhir-search';
import { consentHash, consentVerbs } from '@dhp/search-index/consents';
import { hash64 } from '@dhp/search-index/keys';
import { timeText } from '@dhp/search-index/sql';
import { ownHash } from '../own-hash.ts';
import type { ConsentRow } from '../statements/consents.ts';
import { consentGist } from './consent-gist.ts';
import { actorKinds, consentParts, earlierPart, finite } from './consent-parts.ts';

/** Grows when the rows change their meaning: rows of an earlier definition are made again. */
export const consentDefinition = 6;

export interface ConsentRowOptions {
  readonly timeZone: string;
  readonly ownBases: readonly string[];
}

/** A bit of `names`, beside those of kinds of actors: it is active, and leads to no patient of this server. */
export const ofNobody = 8;

const nothing: Omit<ConsentRow, 'own'> = {
  ...{ pat: null, national: false, dated: 0, since: null, until: null, whole: 0, refuses: null, grantees: null },
  ...{ parts: null, names: 0, may: null },
};

/**
 * Returns the row of a version of a Consent.
 * @param resource undefined: it is deleted
 * @param upd time of storing, ms since 1970: used if the Consent has no date
 */
export function consentRow(
  id: string,
  resource: JsonResource | undefined,
  upd: number,
  options: ConsentRowOptions,
): ConsentRow {
  const own = ownHash('Consent', id);
  const read = resource === undefined ? undefined : readConsent(resource, options);
  if (read === undefined) return { own, ...nothing, names: resource?.['status'] === 'active' ? ofNobody : 0 };
  return {
    own,
    pat: String(hash64(`Patient/${read.patient}`)),
    national: read.national,
    // A date in the future would outrank every later consent.
    dated: Math.min(read.dated ?? upd, upd),
    since: finite(read.since),
    until: finite(read.until),
    whole: read.refusals.filter(isWhole).reduce((verbs, { all }) => verbs | verbsRefusedBy(all), 0),
    ...provisionsOf(read.refusals.filter((refusal) => !isWhole(refusal))),
    grantees: read.grantees.length === 0 ? null : read.grantees.map((each) => String(consentHash.actor(each))),
  };
}

function provisionsOf(refusals: readonly Refusal[]): Pick<ConsentRow, 'refuses' | 'parts' | 'names' | 'may'> {
  if (refusals.length === 0) return { refuses: null, parts: null, names: 0, may: null };
  return {
    may: mayOf(refusals),
    refuses: refusals.map(({ all, except }) => ({
      all: all.map((each) => earlierPart(each, { excepts: false })),
      except: except.map((each) => earlierPart(each, { excepts: true })),
    })),
    parts: consentParts(refusals),
    names: actorKinds(refusals),
  };
}

function mayOf(refusals: readonly Refusal[]): ConsentRow['may'] {
  const gist = consentGist(refusals);
  if (gist === undefined) return null;
  const { actors, dates, types, spared = null } = gist;
  const [low, high] = dates === undefined ? [null, null] : [timeText(dates.low), timeText(dates.high)];
  return { actors, types, spared, low, high };
}

/** Whether it refuses the whole record, to everyone and at all times. */
function isWhole({ all, except }: Refusal): boolean {
  return except.length === 0 && all.every(isOpen);
}

function isOpen({ since, until, actors, purposes, data }: Criteria): boolean {
  return (
    since === -Infinity && until === Infinity && actors === undefined && purposes === undefined && data.length === 0
  );
}

/** Refusing reads refuses writes, too. */
function verbsRefusedBy(all: readonly Criteria[]): number {
  return all.every(({ actions }) => actions === undefined || actions.includes('read'))
    ? consentVerbs.read | consentVerbs.write
    : consentVerbs.write;
}
