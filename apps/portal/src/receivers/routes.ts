/** The routes of test receivers. The playground stores them; the SSO forwards requests on behalf of the person. */
import type { FastifyReply } from 'fastify';
import { bodyOf, partOf, queryOf, send, Unasked, type Routes } from '../applications/answers.ts';
import type { Page } from '../page/layout.ts';
import type { RequestContext } from '../session/routes.ts';
import type { Answer } from '../session/sso.ts';
import type { Shell } from '../shell.ts';
import { receiversMessages } from '../texts/receivers.ts';
import { receiverPage, receiversPage } from './pages.ts';
import type { ReceiversAnswer } from './shapes.ts';

const path = '/test-receivers';

export function addReceiverRoutes(shell: Shell, { show, take }: Routes): void {
  show('/receivers', (context, page) => showAll(shell, context, page));
  take('/receivers', (context, page) => make(shell, context, page));
  show('/receivers/:id', (context, page) => showOne(shell, context, page));
  take('/receivers/:id', (context, page) => change(shell, context, page));
}

async function showAll(shell: Shell, context: RequestContext, page: Page): Promise<FastifyReply> {
  const isRemoved = queryOf(context, 'notice') === 'removed';
  const notice = isRemoved ? receiversMessages[page.language].removed : undefined;
  return send(shell, context, receiversPage(page, { receivers: await receiversOf(context), notice }));
}

async function make(shell: Shell, context: RequestContext, page: Page): Promise<FastifyReply> {
  const made = await context.ask<{ id: string }>(path, {});
  if (made.kind === 'done') return shell.goTo(context.reply, `/applications/receivers/${made.body.id}`);
  const isTooMany = made.kind === 'refused' && made.reason.startsWith('too-many');
  if (!isTooMany && !isAway(made)) bodyOf(made);
  const receivers = isTooMany ? await receiversOf(context) : undefined;
  return send(shell, context, receiversPage(page, { receivers, isTooMany }), 409);
}

async function showOne(shell: Shell, context: RequestContext, page: Page): Promise<FastifyReply> {
  const answer = await context.ask<ReceiversAnswer>(`${path}/${idOf(context)}`);
  if (isAway(answer)) return send(shell, context, receiversPage(page, { receivers: undefined }), 503);
  const { receivers, notifications = [] } = bodyOf(answer);
  const [receiver] = receivers ?? [];
  if (receiver === undefined) throw new Unasked('not-found');
  const notice = queryOf(context, 'notice') === 'set' ? receiversMessages[page.language].answer.done : undefined;
  return send(shell, context, receiverPage(page, { receiver, notifications, notice }));
}

async function change(shell: Shell, context: RequestContext, page: Page): Promise<FastifyReply> {
  const id = idOf(context);
  const isRemoval = context.form.get('act') === 'remove';
  const body = isRemoval ? {} : { answer: context.form.get('answer') ?? '' };
  const done = await context.ask(`${path}/${id}/${isRemoval ? 'remove' : 'answer'}`, body);
  if (isAway(done)) return send(shell, context, receiversPage(page, { receivers: undefined }), 503);
  bodyOf(done);
  return shell.goTo(
    context.reply,
    isRemoval ? '/applications/receivers?notice=removed' : `/applications/receivers/${id}?notice=set`,
  );
}

const isAway = (answer: Answer<unknown>): boolean => answer.kind === 'refused' && answer.reason === 'environment-away';

async function receiversOf(context: RequestContext): Promise<ReceiversAnswer['receivers'] | undefined> {
  const answer = await context.ask<ReceiversAnswer>(path);
  return isAway(answer) ? undefined : bodyOf(answer).receivers;
}

/** @throws Unasked if the part is not the id of a receiver */
function idOf(context: RequestContext): string {
  const id = partOf(context, 'id');
  if (!/^[\da-f-]{36}$/.test(id)) throw new Unasked('not-found');
  return id;
}
