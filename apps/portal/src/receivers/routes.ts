/** The routes of test receivers. The playground keeps them; the SSO asks it in the name of the person. */
import type { FastifyReply } from 'fastify';
import { bodyOf, partOf, queryOf, send, Unasked, type Routes } from '../applications/answers.ts';
import type { Page } from '../page/layout.ts';
import type { Visit } from '../session/routes.ts';
import type { Answer } from '../session/sso.ts';
import type { Shell } from '../shell.ts';
import { receiversMessages } from '../texts/receivers.ts';
import { receiverPage, receiversPage } from './pages.ts';
import type { ReceiversAnswer } from './shapes.ts';

const path = '/test-receivers';

export function addReceiverRoutes(shell: Shell, { show, take }: Routes): void {
  show('/receivers', (visit, page) => showAll(shell, visit, page));
  take('/receivers', (visit, page) => make(shell, visit, page));
  show('/receivers/:id', (visit, page) => showOne(shell, visit, page));
  take('/receivers/:id', (visit, page) => change(shell, visit, page));
}

async function showAll(shell: Shell, visit: Visit, page: Page): Promise<FastifyReply> {
  const isRemoved = queryOf(visit, 'notice') === 'removed';
  const notice = isRemoved ? receiversMessages[page.language].removed : undefined;
  return send(shell, visit, receiversPage(page, { receivers: await receiversOf(visit), notice }));
}

async function make(shell: Shell, visit: Visit, page: Page): Promise<FastifyReply> {
  const made = await visit.ask<{ id: string }>(path, {});
  if (made.kind === 'done') return shell.goTo(visit.reply, `/applications/receivers/${made.body.id}`);
  const isTooMany = made.kind === 'refused' && made.reason.startsWith('too-many');
  if (!isTooMany && !isAway(made)) bodyOf(made);
  const receivers = isTooMany ? await receiversOf(visit) : undefined;
  return send(shell, visit, receiversPage(page, { receivers, isTooMany }), 409);
}

async function showOne(shell: Shell, visit: Visit, page: Page): Promise<FastifyReply> {
  const answer = await visit.ask<ReceiversAnswer>(`${path}/${idOf(visit)}`);
  if (isAway(answer)) return send(shell, visit, receiversPage(page, { receivers: undefined }), 503);
  const { receivers, notifications = [] } = bodyOf(answer);
  const [receiver] = receivers ?? [];
  if (receiver === undefined) throw new Unasked('not-found');
  const notice = queryOf(visit, 'notice') === 'set' ? receiversMessages[page.language].answer.done : undefined;
  return send(shell, visit, receiverPage(page, { receiver, notifications, notice }));
}

async function change(shell: Shell, visit: Visit, page: Page): Promise<FastifyReply> {
  const id = idOf(visit);
  const isRemoval = visit.form.get('act') === 'remove';
  const body = isRemoval ? {} : { answer: visit.form.get('answer') ?? '' };
  const done = await visit.ask(`${path}/${id}/${isRemoval ? 'remove' : 'answer'}`, body);
  if (isAway(done)) return send(shell, visit, receiversPage(page, { receivers: undefined }), 503);
  bodyOf(done);
  return shell.goTo(
    visit.reply,
    isRemoval ? '/applications/receivers?notice=removed' : `/applications/receivers/${id}?notice=set`,
  );
}

const isAway = (answer: Answer<unknown>): boolean => answer.kind === 'refused' && answer.reason === 'environment-away';

async function receiversOf(visit: Visit): Promise<ReceiversAnswer['receivers'] | undefined> {
  const answer = await visit.ask<ReceiversAnswer>(path);
  return isAway(answer) ? undefined : bodyOf(answer).receivers;
}

/** @throws Unasked for what is no id of one */
function idOf(visit: Visit): string {
  const id = partOf(visit, 'id');
  if (!/^[\da-f-]{36}$/.test(id)) throw new Unasked('not-found');
  return id;
}
