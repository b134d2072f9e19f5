/** People for the suites and the benchmark, each with a self-chosen password: one set by an operator must be changed at its first use. */
import type { Home } from './platform.ts';

/**
 * Invites a person and sets the password through the link of the invitation, as the person does.
 * @param words of `dhp user create` after the user name
 * @param sso address of the Single Sign-On
 */
export async function makePerson(
  { json }: Pick<Home, 'json'>,
  sso: string,
  { username, password }: { readonly username: string; readonly password: string },
  words: readonly string[],
): Promise<void> {
  const { invitation } = await json<{ invitation: string }>(['user', 'create', username, ...words, '--invite']);
  const token = new URL(invitation).searchParams.get('token')!;
  const body = new URLSearchParams({ token, new: password });
  const { status } = await fetch(`${sso}/password/new`, { method: 'POST', body });
  if (status !== 200) throw new Error(`no password for ${username}: ${String(status)}`);
}
