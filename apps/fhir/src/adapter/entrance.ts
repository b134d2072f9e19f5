/** The way of every request over HTTP to the pipeline, by whichever adapter it comes. */
import { channel } from 'node:diagnostics_channel';
import { arrivalChannel, type HttpReply } from '../contract/http.ts';
import { patchTypes } from '../http/content-type.ts';
import type { Cors } from '../http/cors.ts';
import { nameRequest } from '../http/request-id.ts';
import type { Misses } from '../pipeline/misses.ts';
import { arrive, pathOf, type ArrivingRequest, type Done, type ServeSettings } from './arrival.ts';
import { recordWhenOver } from './records.ts';

/** Addresses that load balancers and the portal request all the time. */
const uncounted: ReadonlySet<string> = new Set(['/healthz', '/readyz']);

const arrivals = channel(arrivalChannel);

export interface EntranceSettings {
  readonly serving: ServeSettings;
  readonly basePath: string;
  readonly misses: Misses;
  readonly cors: Cors;
  readonly securityHeaders: Readonly<Record<string, string>>;
  readonly clock: () => Date;
}

/**
 * Takes a request: it is recorded, named, counted and given to the pipeline.
 * @param next is called when its body is to be read, or with the failure; not for what was answered
 */
export type Entrance = (request: ArrivingRequest, reply: HttpReply, next: Done) => void;

export function entrance({ serving, basePath, misses, cors, securityHeaders, clock }: EntranceSettings): Entrance {
  const { pipeline, limits } = serving;
  return (request, reply, next) => {
    if (arrivals.hasSubscribers) arrivals.publish({ request, reply });
    // Before anything that may refuse it.
    if (pipeline.isRecorded) recordWhenOver(request, reply, pipeline, clock);
    nameRequest(request, reply);
    reply.headers(securityHeaders);
    cors.mark(request, reply);
    const path = pathOf(request, basePath);
    if (request.method === 'OPTIONS') {
      if (!cors.answerPreflight(request, reply)) sendOptions(misses, path, reply, next);
      return;
    }
    const tooMany = uncounted.has(path) ? undefined : limits.admitAddress(request, reply);
    if (tooMany === undefined) arrive({ request, reply }, path, serving, next);
    else next(tooMany);
  };
}

/** An address takes this, for everybody. https://www.rfc-editor.org/rfc/rfc9110#name-options */
function sendOptions(misses: Misses, path: string, reply: HttpReply, done: Done): void {
  const methods = misses.methodsAt(path);
  if (methods.length === 0) {
    done(misses.explain('OPTIONS', path));
    return;
  }
  reply.code(204);
  reply.header('allow', [...methods, 'OPTIONS'].join(', '));
  if (methods.includes('PATCH')) reply.header('accept-patch', patchTypes.join(', '));
  reply.send();
}
