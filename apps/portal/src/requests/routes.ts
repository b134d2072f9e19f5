/** The route of the requests of an application. */
import type { FastifyReply } from 'fastify';
import { applicationOf, bodyOf, partOf, queryOf, send, type Routes } from '../applications/answers.ts';
import type { Page } from '../page/layout.ts';
import type { RequestContext } from '../session/routes.ts';
import type { Answer } from '../session/sso.ts';
import type { Shell } from '../shell.ts';
import { askedIn, questionOf } from './asked.ts';
import { requestsPage, type Shown } from './page.ts';
import type { LogAnswer } from './shapes.ts';

export function addRequestRoutes(shell: Shell, { show }: Pick<Routes, 'show'>): void {
  show('/:client/requests', (context, page) => showRequests(shell, context, page));
}

/** The application is looked up first: a person who is not a member of its organisation finds nothing. */
async function showRequests(shell: Shell, context: RequestContext, page: Page): Promise<FastifyReply> {
  const application = await applicationOf(context);
  const asked = askedIn((name) => queryOf(context, name));
  const now = Date.now();
  const path = `/applications/${encodeURIComponent(partOf(context, 'client'))}/requests?${questionOf(asked, now).toString()}`;
  const answer = await context.ask<LogAnswer>(path);
  return send(shell, context, requestsPage(page, { application, asked, answer: shownAnswer(answer), now }));
}

/** A refusal in the form of the page; other failures are thrown, as on the other pages. */
function shownAnswer(answer: Answer<LogAnswer>): Shown['answer'] {
  if (answer.kind !== 'refused' || answer.status === 404) return bodyOf(answer);
  return answer.reason === 'environment-away' ? 'away' : { wrong: answer.message };
}
