/** Sessions, and all that came of them. */
import type { Input } from '@dhp/sso-kit/input';
import type { Act, AdminContext } from './act.ts';
import { paging, textMember } from './members.ts';
import { shownSession } from './shapes.ts';

// prettier-ignore
export const sessionActs: readonly Act[] = [
  { method: 'POST', path: '/clients/{client_id}/sign-out', scope: 'admin/sessions.write', summary: 'End all tokens of a client and all that people gave it; it is told', answers: 'Ended',
    run: async ({ sessions }, input) => ({ ended: await sessions.endAllOfClient(input.part('client_id')) }) },
  { method: 'GET', path: '/sessions', scope: 'admin/sessions.read', summary: 'List and search sessions, the one used last first', answers: 'Sessions',
    takes: { username: textMember('whose'), address: textMember('an address or a network such as 10.1.0.0/16'), client_id: textMember('used for this client'), ...paging }, run: listSessions },
  { method: 'DELETE', path: '/sessions/{session_id}', scope: 'admin/sessions.write', summary: 'End a session and what came of it; its clients are told', status: 204,
    run: async ({ sessions }, input) => sessions.end(input.part('session_id')) },
  { method: 'POST', path: '/users/{username}/sign-out', scope: 'admin/sessions.write', summary: 'Sign a person out everywhere: sessions and tokens end', answers: 'Ended',
    run: async ({ sessions }, input) => ({ ended: await sessions.endAllOf(input.part('username')) }) },
];

async function listSessions({ sessions }: AdminContext, input: Input): Promise<unknown> {
  const [username, address, clientId] = [input.text('username'), input.text('address'), input.text('client_id')];
  const { items, ...rest } = await sessions.search({ username, address, clientId, ...input.page() });
  return { ...rest, sessions: items.map(shownSession) };
}
