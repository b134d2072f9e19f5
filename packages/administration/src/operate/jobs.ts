/** Jobs of the environments at the operators' pages. What they show and do, the administration API does the same way. */
import { canBeRetried } from '../access/access-answers.ts';
import { jobQuestion, jobsPage, jobsPath, type JobAsked } from '../pages/job-pages.ts';
import { jobActMessages } from '../texts/job-act.ts';
import type { Desk } from './desk.ts';
import type { Visit } from './entry.ts';
import { accessDeskOf, environmentAt, ofEnvironments } from './environments.ts';

const acts = ['cancel', 'retry'] as const;

export function addJobs(desk: Desk): void {
  desk.show('/jobs', async (visit) => {
    const found = await ofEnvironments(visit, (environment) => accessDeskOf(desk, visit).ask(environment, 'jobs'));
    const done = acts.find((act) => act === visit.query.get('notice'));
    const notice = done && jobActMessages[visit.options.language][done].done;
    return { page: jobsPage(found, { ...visit.options, notice }) };
  });
  desk.ask<JobAsked>('/jobs/:environment/:id/:act', {
    find: (visit) => findJob(desk, visit),
    question: (asked, { options }, again) => jobQuestion(asked, options, again),
    async carryOut({ environment, job: { id }, act }, visit, _form, reason) {
      const path = `/jobs/{environment}/{id}/${act}`;
      await desk.carryOut(visit, { method: 'POST', path }, { parts: { environment, id }, reason });
      return { goTo: `${jobsPath}?notice=${act}` };
    },
  });
}

/** Undefined for one that is not there, or to which the act cannot be done now. */
async function findJob(desk: Desk, visit: Visit): Promise<JobAsked | undefined> {
  const environment = environmentAt(desk, visit);
  const act = acts.find((one) => one === visit.part('act'));
  if (environment === undefined || act === undefined) return undefined;
  const { jobs } = await accessDeskOf(desk, visit).ask(environment, 'jobs', { id: visit.part('id') });
  const [job] = jobs;
  if (job === undefined || job.stops || (act === 'retry' && !canBeRetried(job, desk.clock()))) return undefined;
  return { environment, job, act };
}
