/** Jobs of the environments: work that runs beside requests. docs/jobs.md */
import type { Input } from '@dhp/sso-kit/input';
import type { JobAt, JobsAt } from '../access/access-answers.ts';
import type { Act, AdminContext } from './act.ts';

const path = '/jobs/{environment}';
const write = 'admin/jobs.write';

// prettier-ignore
export const jobActs: readonly Act[] = [
  { method: 'GET', path, scope: 'admin/jobs.read', summary: 'List the jobs of an environment, the newest first, and how far each is', answers: 'Jobs',
    run: async ({ access }, input) => shownJobs(await access.ask(input.environmentIn('environment'), 'jobs')) },
  { method: 'POST', path: `${path}/{id}/cancel`, scope: write, summary: 'End a job, or remove its answer; who asked for it finds it no more', status: 204,
    run: ({ access }, input) => change(access, 'cancel', input) },
  { method: 'POST', path: `${path}/{id}/retry`, scope: write, summary: 'Have a job tried again that has failed for a reason of the server, or waits after such a failure', status: 204,
    run: ({ access }, input) => change(access, 'retry', input) },
];

function change(access: AdminContext['access'], act: 'cancel' | 'retry', input: Input): Promise<void> {
  return access.changeJob(input.environmentIn('environment'), act, input.part('id'));
}

function shownJobs({ jobs, index, hasMore }: JobsAt): Record<string, unknown> {
  return { jobs: jobs.map(shownJob), index, has_more: hasMore };
}

/** As `dhp job list --json` has it. */
function shownJob({ id, state, stops, about, client, kind, attempt, done, share, ...times }: JobAt): object {
  const { asked, began, expires, status } = times;
  return {
    ...{ job_id: id, state: stops ? 'ending' : state, about, client_id: client, kind, attempt, bytes: done },
    ...(share !== null && { share }),
    asked_at: asked,
    ...(began !== null && { began_at: began }),
    ...(status !== null && { status }),
    kept_until: expires,
  };
}
