/** Jobs of this environment, for operators: the Single Sign-On server has asked whether they may. docs/jobs.md */
import type { Services } from '../contract/interaction.ts';
import { removeSoon } from '../job-files/orphans.ts';
import { type Asked, optionalText, textIn } from './asked.ts';
import { Problem } from './problem.ts';

/** Jobs of one list. */
const limit = 200;

const wellFormed = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

/** The newest, and work on the search index; they name no patient. */
export async function listJobs({ unguarded: { jobs } }: Services, asked: Asked): Promise<unknown> {
  const id = optionalText(asked, 'id');
  if (id !== undefined && !wellFormed.test(id)) return { jobs: [], index: [], hasMore: false };
  const [found, index] = await Promise.all([jobs.listJobs(limit + 1, id), jobs.listIndexJobs()]);
  return { jobs: found.slice(0, limit), index, hasMore: found.length > limit };
}

/** Of any owner, who finds it no more. */
export async function cancelJob({ unguarded, jobs, exports }: Services, asked: Asked): Promise<unknown> {
  const id = idIn(asked);
  if (!(await unguarded.jobs.stopJob(id)))
    throw new Problem(404, 'unknown-job', `There is no job ${id}, or it is ending already.`);
  jobs?.stopped(id);
  // Those of one that runs are removed by whoever makes them, when it has ended.
  await removeSoon(exports?.files, id);
  return { id };
}

/** One that waits after a failure is begun at once, and one that has failed for good again, with all its attempts. */
export async function retryJob({ unguarded }: Services, asked: Asked): Promise<unknown> {
  const id = idIn(asked);
  if (!(await unguarded.jobs.retryJob(id)))
    throw new Problem(
      404,
      'unknown-job',
      `There is no job ${id} that has failed for a reason of the server, or waits after such a failure.`,
    );
  return { id };
}

function idIn(asked: Asked): string {
  const id = textIn(asked, 'id');
  if (wellFormed.test(id)) return id;
  throw new Problem(404, 'unknown-job', `There is no job ${id.slice(0, 40)}.`);
}
