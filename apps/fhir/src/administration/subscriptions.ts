/** Subscriptions of this environment, for operators: the Single Sign-On server has asked whether they may. docs/notifications.md */
import type { ListedSubscription } from '@dhp/fhir-store/subscriptions';
import { inParallel } from '../conditional/in-parallel.ts';
import type { Services } from '../contract/interaction.ts';
import { settleStatus } from '../subscriptions/settle-status.ts';
import { type Asked, optionalText, textIn } from './asked.ts';
import { Problem } from './problem.ts';

/** Subscriptions of one list. */
const limit = 200;
/** Resources that are read at a time. */
const readers = 16;

const wellFormed = /^[A-Za-z\d.-]{1,64}$/;

/**
 * Those whose events wait longest, then the last changed, and the totals of all. Only the origin of a receiver is shown: a path can be a
 * secret.
 */
export async function listedSubscriptions({ unguarded }: Services, asked: Asked): Promise<unknown> {
  const id = optionalText(asked, 'id');
  const isNone = id !== undefined && !wellFormed.test(id);
  const [found, figures] = await Promise.all([
    isNone ? [] : unguarded.subscriptions.list(limit + 1, { id, first: 'waiting' }),
    unguarded.subscriptions.figures(),
  ]);
  const some = found.slice(0, limit);
  const resources = new Map<string, { topic: string | null; origin: string | null }>();
  await inParallel(some, readers, async (one) => {
    const version = await unguarded.read('Subscription', one.id);
    const text = version?.deleted === false ? version.content.toString('utf8') : '{}';
    const { topic, endpoint } = JSON.parse(text) as Readonly<Record<string, unknown>>;
    const url = typeof endpoint === 'string' ? URL.parse(endpoint) : null;
    resources.set(one.id, { topic: typeof topic === 'string' ? topic : null, origin: url?.origin ?? null });
  });
  const subscriptions = some.map((one) => ({ ...shown(one), ...resources.get(one.id) }));
  return { subscriptions, figures, hasMore: found.length > limit };
}

function shown({ owner, failure, ...one }: ListedSubscription): object {
  const [client, person] = owner === null ? [] : (JSON.parse(owner) as string[]);
  return { ...one, person: person === client ? null : (person ?? null), failure: failure?.text ?? null };
}

/** Twice is as once, as on the command line. */
export async function pauseDeliveries({ unguarded }: Services, asked: Asked): Promise<unknown> {
  const id = idIn(asked);
  const isChanged = await unguarded.subscriptions.pause(id);
  if (isChanged === undefined) throw unknownOne(id);
  return { id, isChanged };
}

export async function resumeDeliveries({ unguarded }: Services, asked: Asked): Promise<unknown> {
  const id = idIn(asked);
  const isChanged = await unguarded.subscriptions.resume(id);
  if (isChanged === undefined) throw unknownOne(id);
  return { id, isChanged };
}

const turnedOff = 'An operator of the server has turned it off. Ask why, and request it again when you may.';

/** The owner reads in `$status` who did it, and may request it again; its deliveries wait then where they are held back too. */
export async function turnOff({ unguarded }: Services, asked: Asked): Promise<unknown> {
  const id = idIn(asked);
  const [standing] = await unguarded.subscriptions.standing([id]);
  if (standing === undefined || (standing.wanted ?? standing.status) === 'off') throw unknownOne(id);
  const { request } = standing;
  const isDecided = await unguarded.subscriptions.decide({ id, request }, { wanted: 'off', reason: turnedOff });
  if (!isDecided) throw unknownOne(id);
  await settleStatus(unguarded, { id, request, wanted: 'off' });
  return { id };
}

function idIn(asked: Asked): string {
  const id = textIn(asked, 'id');
  if (wellFormed.test(id)) return id;
  throw unknownOne(id.slice(0, 64));
}

function unknownOne(id: string): Problem {
  return new Problem(404, 'unknown-subscription', `There is no subscription ${id} to which this can be done now.`);
}
