/** The routes of the imports of an application. */
import type { FastifyReply } from 'fastify';
import { applicationOf, queryOf, send, type Routes } from '../applications/answers.ts';
import type { Application } from '../applications/shapes.ts';
import { isShown, jsonOf, type Caller, type Callers, type NotAnswered } from '../bulk/fhir.ts';
import { endJob, foundJob, listedJobs, shownApplication, statusOf, takeFile, type Parts } from '../bulk/found.ts';
import type { Job } from '../bulk/jobs.ts';
import { jobIdIn } from '../bulk/read.ts';
import type { Page } from '../page/layout.ts';
import type { RequestContext } from '../session/routes.ts';
import type { Shell } from '../shell.ts';
import { importsMessages } from '../texts/imports.ts';
import { importCall, typedImport } from './form.ts';
import { importPage, importsPage, type ShownImport, type ShownImports } from './pages.ts';
import { importResultIn, rejectsIn } from './result.ts';

/** Rejected lines that a page shows. */
const mostRejects = 20;

export const importRoutes =
  (callers: Callers) =>
  (shell: Shell, { show, take, receive }: Routes): void => {
    const parts = { shell, callers };
    show('/:client/imports', (context, page) => showImports(parts, context, page));
    receive('/:client/imports', (context, page) => startImport(parts, context, page));
    show('/:client/imports/:job', (context, page) => showImport(parts, context, page));
    take('/:client/imports/:job', (context, page) => endImport(parts, context, page));
    show('/:client/imports/:job/files/:file', (context) => takeFile(parts, context));
  };

async function showImports(parts: Parts, context: RequestContext, page: Page): Promise<FastifyReply> {
  const application = await applicationOf(context);
  const notice = queryOf(context, 'notice') === 'ended' ? importsMessages[page.language].gone : undefined;
  const jobs = isShown(application) ? await listedJobs(parts, context, application) : undefined;
  const tooLarge = queryOf(context, 'notice') === 'too-large' && ({ refusal: 'too-large' } as const);
  return send(parts.shell, context, importsPage(page, { application, jobs, notice, ...tooLarge }));
}

async function startImport(parts: Parts, context: RequestContext, page: Page): Promise<FastifyReply> {
  const application = await shownApplication(context);
  const call = importCall(context.form);
  if (call === undefined) return again(parts, context, page, { application, refusal: 'nothing' });
  const caller = await parts.callers(context, application, call);
  const begun = 'not' in caller ? caller : await caller.call(call);
  const id = 'not' in begun ? undefined : jobIdIn(begun.headers);
  if (id !== undefined) return parts.shell.goTo(context.reply, `/applications/${application.client_id}/imports/${id}`);
  return again(parts, context, page, { application, refusal: 'not' in begun ? begun : { not: 'away' } });
}

/** Shows the form again, with the error. */
async function again(
  parts: Parts,
  context: RequestContext,
  page: Page,
  o: { readonly application: Application; readonly refusal: NonNullable<ShownImports['refusal']> },
): Promise<FastifyReply> {
  const jobs = await listedJobs(parts, context, o.application);
  const status = typeof o.refusal === 'string' ? 400 : statusOf(o.refusal);
  return send(parts.shell, context, importsPage(page, { ...o, jobs, typed: typedImport(context.form) }), status);
}

async function showImport(parts: Parts, context: RequestContext, page: Page): Promise<FastifyReply> {
  const application = await shownApplication(context);
  const found = await foundJob(parts, context, application);
  if ('not' in found)
    return send(parts.shell, context, importsPage(page, { application, jobs: found }), statusOf(found));
  const { job, caller } = found;
  const result = job.state === 'ended' ? await resultOf(caller, job) : undefined;
  return send(parts.shell, context, importPage(page, { application, job, result }));
}

async function resultOf(caller: Caller, { id }: Job): Promise<ShownImport['result']> {
  const answered = await caller.call({ method: 'GET', path: `/$job/${id}`, headers: { accept: '*/*' } });
  if ('not' in answered) return answered;
  const told = importResultIn(jsonOf(answered));
  if (told.rejects === 0) return { told, rejects: [] };
  const file = await caller.call({ method: 'GET', path: `/$job/${id}/rejects.ndjson`, headers: { accept: '*/*' } });
  return 'not' in file ? file : { told, rejects: rejectsIn(file.text, mostRejects) };
}

async function endImport(parts: Parts, context: RequestContext, page: Page): Promise<FastifyReply> {
  const application = await shownApplication(context);
  const refusal: NotAnswered | undefined = await endJob(parts, context, application);
  if (refusal === undefined)
    return parts.shell.goTo(context.reply, `/applications/${application.client_id}/imports?notice=ended`);
  return again(parts, context, page, { application, refusal });
}
