/** Routes of the members of an organisation. */
import type { FastifyReply } from 'fastify';
import type { Page } from '../page/layout.ts';
import type { Visit } from '../session/routes.ts';
import type { Shell } from '../shell.ts';
import { bodyOf, partOf, send, settled, type Routes } from './answers.ts';
import { invitationPage, joinPage, membersPage } from './members-pages.ts';
import type { Invitation, Members } from './shapes.ts';

export function addMemberRoutes(shell: Shell, { show, take }: Routes): void {
  show('/organizations/:id', async (visit, page) => send(shell, visit, membersPage(page, await membersOf(visit))));
  // Where a sign-in leads back to that began at a form of that page.
  for (const form of ['invite', 'take-back', 'members/:member'])
    show(`/organizations/:id/${form}`, async (visit) => shell.goTo(visit.reply, `/applications${pathOf(visit)}`));
  take('/organizations/:id/invite', (visit, page) => invite(shell, visit, page));
  take('/organizations/:id/take-back', (visit, page) => carryOut(shell, visit, page, '/take-back', {}));
  take('/organizations/:id/members/:member', (visit, page) => {
    const act = visit.form.get('act') ?? '';
    const member = `/members/${encodeURIComponent(partOf(visit, 'member'))}`;
    return act === 'remove'
      ? carryOut(shell, visit, page, `${member}/remove`, {})
      : carryOut(shell, visit, page, `${member}/role`, { role: act });
  });
  show('/join/:token', async (visit, page) => {
    const token = partOf(visit, 'token');
    return send(shell, visit, joinPage(page, bodyOf(await visit.ask<Invitation>('/invitation', { token })), token));
  });
  take('/join/:token', async (visit) => {
    bodyOf(await visit.ask('/join', { token: partOf(visit, 'token') }));
    return shell.goTo(visit.reply, '/applications');
  });
}

const pathOf = (visit: Visit): string => `/organizations/${encodeURIComponent(partOf(visit, 'id'))}`;

const membersOf = async (visit: Visit): Promise<Members> => bodyOf(await visit.ask<Members>(pathOf(visit)));

async function invite(shell: Shell, visit: Visit, page: Page): Promise<FastifyReply> {
  const asked = { role: visit.form.get('role') ?? '' };
  const made = settled(await visit.ask<{ token: string }>(`${pathOf(visit)}/invitations`, asked));
  const organization = await membersOf(visit);
  if ('refusal' in made) return send(shell, visit, membersPage(page, organization, made.refusal), 409);
  const link = `${shell.options.urls.portal}/applications/join/${made.body.token}`;
  return send(shell, visit, invitationPage(page, organization, link), 201);
}

/** An act about members, after which the page is shown again; who has left sees the list of organisations. */
async function carryOut(
  shell: Shell,
  visit: Visit,
  page: Page,
  act: string,
  asked: Readonly<Record<string, unknown>>,
): Promise<FastifyReply> {
  const done = settled(await visit.ask(`${pathOf(visit)}${act}`, asked));
  if ('refusal' in done) return send(shell, visit, membersPage(page, await membersOf(visit), done.refusal), 409);
  const left = await visit.ask(pathOf(visit));
  return shell.goTo(visit.reply, left.kind === 'refused' ? '/applications' : `/applications${pathOf(visit)}`);
}
