/** `dhp session …`: sessions of people. Signing out takes effect at once, in every running process. */
import { openSessions, shownSession, type Session, type Sessions } from '@dhp/administration';
import type { Command, Values } from '../cli.ts';
import { results } from '../results.ts';
import { print, table } from '../output.ts';
import { everyPage, json, reason, reasonOf, textOf, withSso } from './shared.ts';

function work<T>(values: Values, act: (sessions: Sessions) => Promise<T>): Promise<T> {
  return withSso(values, (sql) => act(openSessions(sql, { reason: reasonOf(values) })));
}

const columns = ['SESSION ID', 'USER NAME', 'BEGAN', 'LAST USED', 'ADDRESS', 'CLIENTS'];

function row({ sessionId, username, began, lastUsed, address, clients }: Session): string[] {
  return [sessionId, username, began.toISOString(), lastUsed.toISOString(), address ?? '', clients.join(' ')];
}

const list: Command = {
  name: 'session list',
  summary: 'List sessions, the last used first',
  options: {
    user: { type: 'string', value: 'USER_NAME', help: 'whose' },
    client: { type: 'string', value: 'CLIENT_ID', help: 'used for this client' },
    address: { type: 'string', value: 'NETWORK', help: 'from this address or network, such as 10.1.0.0/16' },
    json,
  },
  examples: ['dhp session list --user aziza', 'dhp session list --address 198.51.100.0/24 --json'],
  run: async (values) => {
    const filter = {
      username: textOf(values, 'user'),
      clientId: textOf(values, 'client'),
      address: textOf(values, 'address'),
    };
    const sessions = await work(values, (store) => everyPage((page) => store.search({ ...filter, ...page })));
    if (values['json'] === true) print({ sessions: sessions.map(shownSession) });
    else if (sessions.length === 0) process.stdout.write(`${results().session.none}\n`);
    else process.stdout.write(table(columns, sessions.map(row)));
    return 0;
  },
};

const end: Command = {
  name: 'session end',
  summary: 'End a session and its tokens; its clients are told',
  argument: 'SESSION_ID',
  options: { reason, json },
  run: async (values, sessionId) => {
    await work(values, (sessions) => sessions.end(sessionId));
    if (values['json'] === true) print({ session_id: sessionId, ended: true });
    else process.stdout.write(`${results().session.ended({ session: sessionId })}\n`);
    return 0;
  },
};

const signOut: Command = {
  name: 'user sign-out',
  summary: 'Sign a person out everywhere: all sessions, all tokens',
  argument: 'USER_NAME',
  options: { reason, json },
  run: async (values, username) => {
    const ended = await work(values, (sessions) => sessions.endAllOf(username));
    if (values['json'] === true) print({ username, ended });
    else process.stdout.write(`${results().session.signedOut({ user: username, count: ended })}\n`);
    return 0;
  },
};

export const sessionCommands: readonly Command[] = [list, end, signOut];
