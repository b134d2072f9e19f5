/** Jobs of the environments at the operators' pages. They show and do the same as the administration API. */
import { canBeRetried } from '../access/access-answers.ts';
import { jobQuestion, jobsPage, jobsPath, type JobAsked } from '../pages/job-pages.ts';
import { jobActMessages } from '../texts/job-act.ts';
import type { OperatorController } from './controller.ts';
import type { OperatorContext } from './entry.ts';
import { accessServiceOf, environmentAt, ofEnvironments } from './environments.ts';

const acts = ['cancel', 'retry'] as const;

export function addJobs(controller: OperatorController): void {
  controller.show('/jobs', async (context) => {
    const found = await ofEnvironments(context, (environment) =>
      accessServiceOf(controller, context).ask(environment, 'jobs'),
    );
    const done = acts.find((act) => act === context.query.get('notice'));
    const notice = done && jobActMessages[context.options.language][done].done;
    return { page: jobsPage(found, { ...context.options, notice }) };
  });
  controller.ask<JobAsked>('/jobs/:environment/:id/:act', {
    find: (context) => findJob(controller, context),
    question: (asked, { options }, again) => jobQuestion(asked, options, again),
    async carryOut({ environment, job: { id }, act }, context, _form, reason) {
      const path = `/jobs/{environment}/{id}/${act}`;
      await controller.carryOut(context, { method: 'POST', path }, { parts: { environment, id }, reason });
      return { goTo: `${jobsPath}?notice=${act}` };
    },
  });
}

/** Undefined if the job does not exist or the act is not possible now. */
async function findJob(controller: OperatorController, context: OperatorContext): Promise<JobAsked | undefined> {
  const environment = environmentAt(controller, context);
  const act = acts.find((one) => one === context.part('act'));
  if (environment === undefined || act === undefined) return undefined;
  const { jobs } = await accessServiceOf(controller, context).ask(environment, 'jobs', { id: context.part('id') });
  const [job] = jobs;
  if (job === undefined || job.stops || (act === 'retry' && !canBeRetried(job, controller.clock()))) return undefined;
  return { environment, job, act };
}
