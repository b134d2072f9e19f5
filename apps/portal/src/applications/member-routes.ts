/** Routes of the members of an organisation. */
import type { FastifyReply } from 'fastify';
import type { Page } from '../page/layout.ts';
import type { RequestContext } from '../session/routes.ts';
import type { Shell } from '../shell.ts';
import { bodyOf, partOf, send, settled, type Routes } from './answers.ts';
import { invitationPage, joinPage, membersPage } from './members-pages.ts';
import type { Invitation, Members } from './shapes.ts';

export function addMemberRoutes(shell: Shell, { show, take }: Routes): void {
  show('/organizations/:id', async (context, page) =>
    send(shell, context, membersPage(page, await membersOf(context))),
  );
  // Target of a sign-in that began at a form of that page.
  for (const form of ['invite', 'take-back', 'members/:member'])
    show(`/organizations/:id/${form}`, async (context) => shell.goTo(context.reply, `/applications${pathOf(context)}`));
  take('/organizations/:id/invite', (context, page) => invite(shell, context, page));
  take('/organizations/:id/take-back', (context, page) => carryOut(shell, context, page, '/take-back', {}));
  take('/organizations/:id/members/:member', (context, page) => {
    const act = context.form.get('act') ?? '';
    const member = `/members/${encodeURIComponent(partOf(context, 'member'))}`;
    return act === 'remove'
      ? carryOut(shell, context, page, `${member}/remove`, {})
      : carryOut(shell, context, page, `${member}/role`, { role: act });
  });
  show('/join/:token', async (context, page) => {
    const token = partOf(context, 'token');
    return send(shell, context, joinPage(page, bodyOf(await context.ask<Invitation>('/invitation', { token })), token));
  });
  take('/join/:token', async (context) => {
    bodyOf(await context.ask('/join', { token: partOf(context, 'token') }));
    return shell.goTo(context.reply, '/applications');
  });
}

const pathOf = (context: RequestContext): string => `/organizations/${encodeURIComponent(partOf(context, 'id'))}`;

const membersOf = async (context: RequestContext): Promise<Members> =>
  bodyOf(await context.ask<Members>(pathOf(context)));

async function invite(shell: Shell, context: RequestContext, page: Page): Promise<FastifyReply> {
  const asked = { role: context.form.get('role') ?? '' };
  const made = settled(await context.ask<{ token: string }>(`${pathOf(context)}/invitations`, asked));
  const organization = await membersOf(context);
  if ('refusal' in made) return send(shell, context, membersPage(page, organization, made.refusal), 409);
  const link = `${shell.options.urls.portal}/applications/join/${made.body.token}`;
  return send(shell, context, invitationPage(page, organization, link), 201);
}

/** An act about members, after which the page is shown again; a member who has left sees the list of organisations. */
async function carryOut(
  shell: Shell,
  context: RequestContext,
  page: Page,
  act: string,
  asked: Readonly<Record<string, unknown>>,
): Promise<FastifyReply> {
  const done = settled(await context.ask(`${pathOf(context)}${act}`, asked));
  if ('refusal' in done) return send(shell, context, membersPage(page, await membersOf(context), done.refusal), 409);
  const left = await context.ask(pathOf(context));
  return shell.goTo(context.reply, left.kind === 'refused' ? '/applications' : `/applications${pathOf(context)}`);
}
