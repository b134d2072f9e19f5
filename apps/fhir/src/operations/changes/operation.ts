/** `$changes`: every version in the order of commits, as the caller sees it, for those who follow. docs/decisions/0099-change-feed.md */
import { changesGrow } from '../../access/seen-changes.ts';
import type { Answer } from '../../contract/answer.ts';
import type { Call, Services } from '../../contract/interaction.ts';
import type { Input, Operation } from '../operation.ts';
import { longestWait, mostCount, readAsked, type Asked } from './asked.ts';
import { changesBundle } from './bundle.ts';
import { eventsOf } from './events.ts';
import { pageBehind, type Page } from './page.ts';
import { pause } from './waiters.ts';

/** Fails with `changes-cursor-invalid`, `changes-cursor-gone`, `too-many-requests`, and as a search of a type that is named. */
async function changes(services: Services, call: Call, input: Input): Promise<Answer> {
  const asked = await readAsked(services, call, input);
  if (!asked.asEvents && asked.wait === 0)
    return answerOf(services, call, asked, await pageBehind(services, call, asked, asked.behind));
  const leave = services.changes.waiters.enter(call.access!.clientId);
  try {
    if (asked.asEvents) return eventsOf(services, call, asked, await pageBehind(services, call, asked, asked.behind));
    return await answerOf(services, call, asked, await awaitedPage(services, call, asked));
  } finally {
    leave();
  }
}

async function answerOf(services: Services, call: Call, asked: Asked, page: Page): Promise<Answer> {
  const { answer } = await changesBundle(services, asked, page, call.budget);
  // A connection that is idle from now on would hold up the end of the server.
  const last = services.isClosing() ? { connection: 'close' } : {};
  return { ...answer, headers: { ...answer.headers, ...last, 'cache-control': 'private, no-store' } };
}

/** The first page that has anything, or an empty one when the time is over: no sooner where it was looked in vain at much that the caller does not see. */
async function awaitedPage(services: Services, call: Call, asked: Asked): Promise<Page> {
  const { stopwatch, isClosing } = services;
  const until = stopwatch() + asked.wait;
  let page = await pageBehind(services, call, asked, asked.behind);
  while (page.changes.length === 0 && stopwatch() < until && !isClosing()) {
    if (page.isSpent) {
      await pause(services, until);
      break;
    }
    if (page.isAtEnd)
      await changesGrow(services, { types: asked.types, ended: page.ended, milliseconds: until - stopwatch() });
    await services.requireStanding(call.access!);
    // Waiting is no work.
    call.budget.startTime(stopwatch);
    page = await pageBehind(services, call, asked, page.place);
  }
  return page;
}

export const changesOperation: Operation = {
  id: 'changes',
  code: 'changes',
  isOwn: true,
  title: 'What has changed, in order',
  description:
    'Every version that was stored or deleted, in the order of commits, as far as the caller may search it at this moment: a Bundle of type ' +
    'history, whose link "next" leads on. The feed has no end: an empty Bundle says that there is nothing more now. With Accept: ' +
    'text/event-stream the Bundles come as server-sent events.',
  affectsState: false,
  levels: ['system'],
  types: 'Resource',
  permission: 'types',
  isLive: true,
  parameters: [
    {
      ...{ name: 'after', use: 'in', min: 0, max: '1', type: 'string' },
      documentation:
        'The cursor of an answer, as its link "next" has it: what comes behind. "now": nothing but what comes from now on. Absent: from the first version on.',
    },
    {
      ...{ name: '_count', use: 'in', min: 0, max: '1', type: 'integer' },
      documentation: `At most so many versions, up to ${mostCount} (default 100). There may be fewer although more follow.`,
    },
    {
      ...{ name: '_type', use: 'in', min: 0, max: '*', type: 'code' },
      documentation:
        'Only resources of these types, which may be separated by commas. Default: all that the token gives.',
    },
    {
      ...{ name: 'patient', use: 'in', min: 0, max: '1', type: 'string' },
      documentation: 'Only what is in the compartment of this Patient.',
    },
    {
      ...{ name: 'wait', use: 'in', min: 0, max: '1', type: 'integer' },
      documentation: `Seconds to wait where nothing is new, up to ${longestWait} (default 0).`,
    },
    { name: 'return', use: 'out', min: 1, max: '1', type: 'Bundle', documentation: 'A Bundle of type history.' },
  ],
  run: changes,
};
