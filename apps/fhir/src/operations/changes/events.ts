/** The feed of changes as server-sent events. https://html.spec.whatwg.org/multipage/server-sent-events.html */
import { BudgetSpent } from '@dhp/budget';
import { changesGrow } from '../../access/seen-changes.ts';
import { patientsIn } from '../../audit/patients-in.ts';
import type { Answer } from '../../contract/answer.ts';
import type { Call, Services } from '../../contract/interaction.ts';
import { eventStream } from '../../http/accept.ts';
import { Failure } from '../../http/errors.ts';
import type { Asked } from './asked.ts';
import { changesBundle } from './bundle.ts';
import { pageBehind, type Page } from './page.ts';
import { pause } from './waiters.ts';

/**
 * Milliseconds after which a stream ends; its client reconnects, and its token is checked again. A client that has spent its budget on
 * changes that it may not see waits until then: the delay looks like a time without changes.
 */
const lifetime = 60_000;
/** Milliseconds between signs of life, which tell the place where nothing else does. */
const pulse = 15_000;
/** Changes after which a stream ends, so that the cost of one request is bounded. */
const mostTold = 20_000;

/** An answer that continues: an event for each page that is not empty; its data is the Bundle, its id the cursor after it. */
export function eventsOf(services: Services, call: Call, asked: Asked, first: Page): Answer {
  const headers = { 'content-type': eventStream, 'cache-control': 'private, no-store', 'x-accel-buffering': 'no' };
  // It ends with the stream: idle, it would hold up the end of the server.
  return {
    status: 200,
    headers: { ...headers, connection: 'close' },
    stream: events(services, call, asked, first),
    isNoted: true,
  };
}

/** A client that reconnects gets the failure with its status. */
async function* events(services: Services, call: Call, asked: Asked, first: Page): AsyncGenerator<Buffer> {
  let leave: (() => void) | undefined;
  try {
    // Here, since who goes away before never begins.
    leave = services.changes.waiters.enter(call.access!.clientId);
    yield Buffer.from('retry: 1000\n\n');
    yield* pages(services, call, asked, first);
  } catch (error) {
    if (!(error instanceof BudgetSpent) && !(error instanceof Failure)) throw error;
  } finally {
    leave?.();
  }
}

async function* pages(services: Services, call: Call, asked: Asked, first: Page): AsyncGenerator<Buffer> {
  const { stopwatch, clock, isClosing } = services;
  const access = call.access!;
  const end = stopwatch() + Math.min(lifetime, access.expiresAt - clock().getTime());
  let [page, told, beat] = [first, 0, stopwatch() + pulse];
  for (;;) {
    if (page.changes.length > 0) {
      yield await eventOf(services, call, asked, page);
      // They are recorded by now.
      call.recording?.patients.clear();
      told += page.changes.length;
    }
    if (told >= mostTold) return;
    const next = Math.min(beat, end);
    if (page.isSpent) await pause(services, next);
    else if (page.isAtEnd) {
      const milliseconds = Math.max(0, next - stopwatch());
      await changesGrow(services, { types: asked.types, ended: page.ended, milliseconds });
    }
    if (stopwatch() >= next || isClosing()) {
      beat += pulse;
      yield Buffer.from(`:\nid: ${services.changes.cursors.seal(page.place)}\n\n`);
      if (stopwatch() >= end || isClosing()) return;
    }
    await services.requireStanding(access);
    // Waiting is no work.
    call.budget.startTime(stopwatch);
    page = page.isSpent ? { ...page, changes: [] } : await pageBehind(services, call, asked, page.place);
  }
}

async function eventOf(services: Services, { budget, recording }: Call, asked: Asked, page: Page): Promise<Buffer> {
  const held = budget.part({}, 'request');
  try {
    const { answer, cursor } = await changesBundle(services, asked, page, held);
    const body = Buffer.from(answer.body!);
    if (recording !== undefined) patientsIn(body, services.baseUrl, recording.patients);
    return Buffer.concat([Buffer.from(`id: ${cursor}\ndata: `), inLines(body), Buffer.from('\n\n')]);
  } finally {
    held.end();
  }
}

/** Each line of the data has its own field in the event; line breaks within JSON are white space. */
function inLines(body: Buffer): Buffer {
  if (!body.includes(0x0a) && !body.includes(0x0d)) return body;
  return Buffer.from(
    body
      .toString('utf8')
      .split(/\r\n|\r|\n/)
      .join('\ndata: '),
  );
}
