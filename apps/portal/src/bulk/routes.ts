/** The routes of the exports of an application. */
import type { FastifyReply } from 'fastify';
import { applicationOf, queryOf, send, type Routes } from '../applications/answers.ts';
import type { Page } from '../page/layout.ts';
import type { Visit } from '../session/routes.ts';
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
    show('/:client/exports', (visit, page) => showExports(parts, visit, page));
    take('/:client/exports', (visit, page) => startExport(parts, visit, page));
    show('/:client/exports/:job', (visit, page) => showExport(parts, visit, page));
    take('/:client/exports/:job', (visit, page) => endExport(parts, visit, page));
    show('/:client/exports/:job/files/:file', (visit) => takeFile(parts, visit));
  };

async function showExports(parts: Parts, visit: Visit, page: Page): Promise<FastifyReply> {
  const application = await applicationOf(visit);
  const notice = queryOf(visit, 'notice') === 'ended' ? bulkMessages[page.language].gone : undefined;
  const jobs = isShown(application) ? await listedJobs(parts, visit, application) : undefined;
  return send(parts.shell, visit, exportsPage(page, { application, jobs, notice }));
}

async function startExport(parts: Parts, visit: Visit, page: Page): Promise<FastifyReply> {
  const application = await shownApplication(visit);
  const typed = typedExport(visit.form);
  const call = kickOff(typed);
  const caller = await parts.callers(visit, application, call);
  const begun = 'not' in caller ? caller : await caller.call(call);
  const id = 'not' in begun ? undefined : jobIdIn(begun.headers);
  if (id !== undefined) return parts.shell.goTo(visit.reply, `/applications/${application.client_id}/exports/${id}`);
  const refusal: NotAnswered = 'not' in begun ? begun : { not: 'away' };
  const jobs = await listedJobs(parts, visit, application);
  return send(parts.shell, visit, exportsPage(page, { application, jobs, typed, refusal }), statusOf(refusal));
}

async function showExport(parts: Parts, visit: Visit, page: Page): Promise<FastifyReply> {
  const application = await shownApplication(visit);
  const found = await foundJob(parts, visit, application);
  if ('not' in found) return send(parts.shell, visit, exportsPage(page, { application, jobs: found }), statusOf(found));
  const { job, caller } = found;
  const result = job.state === 'ended' ? await manifestOf(caller, job) : undefined;
  return send(parts.shell, visit, exportPage(page, { application, job, result }));
}

async function endExport(parts: Parts, visit: Visit, page: Page): Promise<FastifyReply> {
  const application = await shownApplication(visit);
  const refusal = await endJob(parts, visit, application);
  if (refusal === undefined)
    return parts.shell.goTo(visit.reply, `/applications/${application.client_id}/exports?notice=ended`);
  const jobs = await listedJobs(parts, visit, application);
  return send(parts.shell, visit, exportsPage(page, { application, jobs, refusal }), statusOf(refusal));
}
