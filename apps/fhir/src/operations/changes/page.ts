/**
 * One page of the feed of changes: the changes that the caller sees, and the position after all that were read.
 * docs/decisions/0099-change-feed.md
 */
import type { Budget } from '@dhp/budget';
import { seenChanges, storedChanges } from '../../access/seen-changes.ts';
import type { Change, FeedPlace } from '../../contract/changes.ts';
import type { Call, Services } from '../../contract/interaction.ts';
import { failure } from '../../http/errors.ts';
import { fromStore } from '../../http/store-failure.ts';
import type { Asked } from './asked.ts';
import { ofPatient } from './of-patient.ts';

export interface Page {
  readonly changes: readonly Change[];
  readonly place: FeedPlace;
  /** Whether all that there is was looked at. */
  readonly isAtEnd: boolean;
  /** The request cannot pay for another look. */
  readonly isSpent: boolean;
  /** For a caller that waits for more. */
  readonly ended: bigint;
}

/** Changes that are looked at for a page, seen or not. */
const mostLooked = 5_000;
/** Changes that one statement is about where not all of them are seen. */
const chunk = 250;
/** How many are looked at first; then twice as many each time, up to a chunk. */
const glance = 16;
/** Bytes of contents: a change that is larger stands alone. */
const mostBytes = 8 * 1024 ** 2;

/**
 * Fails with `changes-cursor-gone` if the position no longer exists, and as a search does.
 * @throws BudgetSpent if a single change costs more than is left
 */
export async function pageBehind(
  services: Services,
  call: Call,
  { types, patient, count }: Asked,
  from: FeedPlace | undefined,
): Promise<Page> {
  const { budget } = call;
  const seesAll = patient === undefined && types.every((type) => services.rules?.('s', type) === true);
  const shown: Change[] = [];
  let [behind, looked, bytes] = [from, 0, 0];
  for (let size = seesAll ? count : glance; ;) {
    const limit = seesAll ? Math.min(size, count - shown.length) : size;
    const page = await storedChanges(services, { behind, types, limit, bytes: mostBytes - bytes });
    if (page === undefined) throw gone();
    const { place, hasMore, ended, changes } = page;
    budget.take(changes.length, '$changes');
    const meant = patient === undefined ? changes : await ofPatient(services, call, changes, patient);
    const seen = await fromStore(() => seenChanges(services, meant), scope);
    const room = count - shown.length;
    shown.push(...seen.slice(0, room));
    // The rest is looked at again: in it there may be more than a page has room for.
    if (seen.length > room)
      return { ...{ changes: shown, isAtEnd: false, isSpent: false, ended }, place: placeOf(place, shown.at(-1)!) };
    behind = place;
    looked += changes.length;
    bytes += seen.reduce((sum, { content }) => sum + content.length, 0);
    size = Math.min(2 * size, chunk, affordable(budget, looked));
    const [isSpent, isFull] = [size < 1, shown.length === count || bytes >= mostBytes || looked >= mostLooked];
    if (!hasMore || isFull || isSpent) return { changes: shown, place, isAtEnd: !hasMore, isSpent, ended };
  }
}

function placeOf({ server }: FeedPlace, { position }: Change): FeedPlace {
  return { server, position };
}

const scope = { path: '/$changes', interaction: '$changes', of: '*' };

/** Changes that another look may be at, if they cost at most twice as much as those that were looked at. */
function affordable(budget: Budget, looked: number): number {
  if (looked === 0) return chunk;
  const { rows = Infinity } = budget.limits;
  const { work, rows: taken } = budget.used;
  return Math.floor(Math.min((budget.workLeft * looked) / (2 * Math.max(work, 1)), rows - taken));
}

function gone(): ReturnType<typeof failure> {
  const diagnostics =
    'The database was replaced, restored or lost its last transactions since the cursor was given out, so that nobody knows what you lack. ' +
    'Begin again: GET $changes without after brings every version from the first one on. To take what is stored now instead, ask for ' +
    '$changes?after=now, then for an export ($export), and go on behind the cursor of that answer.';
  return failure('changes-cursor-gone', {}, { diagnostics, expression: 'http.after' });
}
