/** The routes of the exports of an application. */
import type { FastifyReply } from 'fastify';
import { applicationOf, queryOf, send, type Routes } from '../applications/answers.ts';
import type { Page } from '../page/layout.ts';
import type { RequestContext } from '../session/routes.ts';
import type { Shell } from '../shell.ts';
import { bulkMessages } from '../texts/bulk.ts';
import { kickOff, typedExport } from './export-form.ts';
import { exportPage, exportsPage } from './export-pages.ts';
import { isShown, type Callers, type NotAnswered } from './fhir.ts';
import { endJob, foundJob, listedJobs, shownApplication, statusOf, takeFile, type Parts } from './found.ts';
import { jobIdIn, manifestOf } from './read.ts';

export const exportRoutes =
  (callers: Callers) =>
  (shell: Shell, { show, take }: Routes): void => {
    const parts = { shell, callers };
    show('/:client/exports', (context, page) => showExports(parts, context, page));
    take('/:client/exports', (context, page) => startExport(parts, context, page));
    show('/:client/exports/:job', (context, page) => showExport(parts, context, page));
    take('/:client/exports/:job', (context, page) => endExport(parts, context, page));
    show('/:client/exports/:job/files/:file', (context) => takeFile(parts, context));
  };

async function showExports(parts: Parts, context: RequestContext, page: Page): Promise<FastifyReply> {
  const application = await applicationOf(context);
  const notice = queryOf(context, 'notice') === 'ended' ? bulkMessages[page.language].gone : undefined;
  const jobs = isShown(application) ? await listedJobs(parts, context, application) : undefined;
  return send(parts.shell, context, exportsPage(page, { application, jobs, notice }));
}

async function startExport(parts: Parts, context: RequestContext, page: Page): Promise<FastifyReply> {
  const application = await shownApplication(context);
  const typed = typedExport(context.form);
  const call = kickOff(typed);
  const caller = await parts.callers(context, application, call);
  const begun = 'not' in caller ? caller : await caller.call(call);
  const id = 'not' in begun ? undefined : jobIdIn(begun.headers);
  if (id !== undefined) return parts.shell.goTo(context.reply, `/applications/${application.client_id}/exports/${id}`);
  const refusal: NotAnswered = 'not' in begun ? begun : { not: 'away' };
  const jobs = await listedJobs(parts, context, application);
  return send(parts.shell, context, exportsPage(page, { application, jobs, typed, refusal }), statusOf(refusal));
}

async function showExport(parts: Parts, context: RequestContext, page: Page): Promise<FastifyReply> {
  const application = await shownApplication(context);
  const found = await foundJob(parts, context, application);
  if ('not' in found)
    return send(parts.shell, context, exportsPage(page, { application, jobs: found }), statusOf(found));
  const { job, caller } = found;
  const result = job.state === 'ended' ? await manifestOf(caller, job) : undefined;
  return send(parts.shell, context, exportPage(page, { application, job, result }));
}

async function endExport(parts: Parts, context: RequestContext, page: Page): Promise<FastifyReply> {
  const application = await shownApplication(context);
  const refusal = await endJob(parts, context, application);
  if (refusal === undefined)
    return parts.shell.goTo(context.reply, `/applications/${application.client_id}/exports?notice=ended`);
  const jobs = await listedJobs(parts, context, application);
  return send(parts.shell, context, exportsPage(page, { application, jobs, refusal }), statusOf(refusal));
}
