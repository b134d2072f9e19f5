/** Common parts of the pages of jobs: the application, its jobs, one job, ending it, and its files. */
import type { FastifyReply } from 'fastify';
import { applicationOf, partOf, Unasked } from '../applications/answers.ts';
import type { Application } from '../applications/shapes.ts';
import type { RequestContext } from '../session/routes.ts';
import type { Shell } from '../shell.ts';
import { requireShown, type Caller, type Callers, type NotAnswered } from './fhir.ts';
import { isFileName, type Job } from './jobs.ts';
import { passOn } from './pass-on.ts';
import { jobsOf, ownJobs } from './read.ts';

export interface Parts {
  readonly shell: Shell;
  readonly callers: Callers;
}

/** @throws Unasked if the pages do not show the application's data */
export async function shownApplication(context: RequestContext): Promise<Application> {
  const application = await applicationOf(context);
  requireShown(application);
  return application;
}

export async function listedJobs(
  { callers }: Pick<Parts, 'callers'>,
  context: RequestContext,
  application: Application,
): Promise<readonly Job[] | NotAnswered> {
  const caller = await callers(context, application, ownJobs);
  return 'not' in caller ? caller : jobsOf(caller);
}

interface Found {
  readonly job: Job;
  readonly caller: Caller;
}

/** @throws Unasked for a job that the application has not */
export async function foundJob(
  { callers }: Pick<Parts, 'callers'>,
  context: RequestContext,
  application: Application,
): Promise<Found | NotAnswered> {
  const id = jobIdOf(context);
  const caller = await callers(context, application, ownJobs);
  if ('not' in caller) return caller;
  const jobs = await jobsOf(caller);
  if ('not' in jobs) return jobs;
  const job = jobs.find((one) => one.id === id);
  if (job === undefined) throw new Unasked('not-found');
  return { job, caller };
}

/** Ends a job, or removes its result. @returns why it is still there */
export async function endJob(
  { callers }: Pick<Parts, 'callers'>,
  context: RequestContext,
  application: Application,
): Promise<NotAnswered | undefined> {
  const call = { method: 'DELETE', path: `/$job/${jobIdOf(context)}` } as const;
  const caller = await callers(context, application, call);
  const done = 'not' in caller ? caller : await caller.call(call);
  const isGone = !('not' in done) || (done.not === 'refused' && done.status === 404);
  return isGone ? undefined : done;
}

/** Passes on a file from the server, which decides about access and records it; a part of it for `Range`. */
export async function takeFile({ shell, callers }: Parts, context: RequestContext): Promise<FastifyReply> {
  const application = await shownApplication(context);
  const file = partOf(context, 'file');
  if (!isFileName(file)) throw new Unasked('not-found');
  const { range } = context.request.headers;
  const headers = { accept: '*/*', 'accept-encoding': 'identity', ...(range !== undefined && { range }) };
  const call = { method: 'GET', path: `/$job/${jobIdOf(context)}/${file}`, headers } as const;
  const caller = await callers(context, application, call);
  const passed = 'not' in caller ? caller : await passOn(shell, context, caller, call);
  if (!('not' in passed)) return passed;
  const isAway = passed.not === 'away' || (passed.not === 'refused' && passed.status >= 500);
  throw new Unasked(isAway ? 'away' : 'not-found');
}

/** @throws Unasked if the part is not an id of a job */
function jobIdOf(context: RequestContext): string {
  const id = partOf(context, 'job');
  if (!/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/.test(id)) throw new Unasked('not-found');
  return id;
}

/** Status of a page that says why nothing was done. */
export const statusOf = (why: NotAnswered): number =>
  why.not === 'away' ? 503 : why.not === 'token' ? 409 : why.status;
