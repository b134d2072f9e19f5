/** `dhp log …`: the log level of the servers on every node, for a limited time. docs/operations/metrics.md */
import { insertAuditEvents } from '@dhp/audit';
import { operatingSystemUser } from '@dhp/sso-kit';
import { UsageError, type Command, type Values } from '../cli.ts';
import { openContext, withOwnedDatabase } from '../context.ts';
import type { DatabaseName } from '../databases.ts';
import type { LogLevel } from '../log/control.ts';
import { endLevel, storeLevel } from '../log/stored-level.ts';
import { serverNames, type ServerName } from '../processes/messages.ts';
import { silent } from '../progress.ts';
import { results } from '../results.ts';
import { accessLogShare } from '../settings/values.ts';
import { servedEnvironments } from '../trail-heads.ts';
import { print } from '../output.ts';
import { json, reason, reasonOf, textOf, wholeNumber, words } from './shared.ts';

const levels: readonly LogLevel[] = ['error', 'warn', 'info', 'debug'];
/** Minutes: a forgotten level ends after a day at most. */
const [usual, most] = [15, 1440];

const required = { ...reason, required: true };

const level: Command = {
  name: 'log level',
  summary: 'Set the level of the log at the servers of every node, for a while; then the settings count again',
  argument: 'LEVEL',
  options: {
    minutes: { type: 'string', value: 'N', help: 'for how long, up to 1440 (15)' },
    access: { type: 'string', value: 'SHARE', help: 'of the access log meanwhile: off, json, or a share such as 10%' },
    server: { type: 'string', value: 'NAME', help: 'of sso, playground, production, portal alone', list: ',' },
    reason: required,
    json,
  },
  examples: ["dhp log level debug --minutes 10 --server playground --reason 'searches are slow since noon'"],
  run: async (values, given) => {
    const chosen = levels.find((one) => one === given);
    if (chosen === undefined)
      throw new UsageError(results().usage.oneOf({ option: 'level', given, values: levels.join(', ') }));
    const minutes = wholeNumber(values, 'minutes') ?? usual;
    if (minutes > most) throw new UsageError(results().log.minutes({ given: minutes, most }));
    const access = textOf(values, 'access');
    const share = access === undefined ? undefined : accessLogShare(access);
    const servers = serversOf(values);
    const [by, why] = [`cli:${operatingSystemUser()}`, reasonOf(values)!];
    const about = [chosen, ...(access === undefined ? [] : ['access', access]), 'minutes', minutes, ...servers].join(
      ' ',
    );
    const set = { level: chosen, servers, by, reason: why, minutes, ...(share !== undefined && { share }) };
    let until: Date | undefined;
    await inEach({ event: 'log.level-set', by, reason: `${about}: ${why}` }, async (sql, name) => {
      until = await storeLevel(sql, name, set);
    });
    if (values['json'] === true)
      print({ level: chosen, ...(share !== undefined && { access_share: share }), servers, until });
    else process.stdout.write(`${results().log.set({ level: chosen, until: until!.toISOString() })}\n`);
    return 0;
  },
};

const end: Command = {
  name: 'log end',
  summary: 'Have the settings say again what is logged, before the time is over',
  options: { reason: required, json },
  examples: ["dhp log end --reason 'it was found'"],
  run: async (values) => {
    const ended: boolean[] = [];
    const by = `cli:${operatingSystemUser()}`;
    await inEach({ event: 'log.level-ended', by, reason: reasonOf(values)! }, async (sql, name) => {
      ended.push(await endLevel(sql, name));
    });
    if (values['json'] === true) print({ ended: ended.includes(true) });
    else process.stdout.write(`${ended.includes(true) ? results().log.ended : results().log.none}\n`);
    return 0;
  },
};

/** @throws UsageError */
function serversOf(values: Values): readonly ServerName[] {
  const given = words(values['server']);
  const unknown = given.find((one) => !(serverNames as readonly string[]).includes(one));
  if (unknown !== undefined)
    throw new UsageError(results().usage.oneOf({ option: 'server', given: unknown, values: serverNames.join(', ') }));
  return given.length === 0 ? serverNames : serverNames.filter((one) => given.includes(one));
}

type Work = Parameters<typeof withOwnedDatabase<void>>[2];

/** In the database of the SSO, whose trail records it first, and of each environment: a node reads one that it has. */
async function inEach(
  {
    event,
    by,
    reason: why,
  }: { readonly event: 'log.level-set' | 'log.level-ended'; readonly by: string; readonly reason: string },
  act: (sql: Parameters<Work>[0], name: DatabaseName) => Promise<void>,
): Promise<void> {
  const context = openContext(silent);
  await withOwnedDatabase(context, 'sso', async (sql) => {
    await insertAuditEvents(sql, [{ recorded: new Date(), event, actor: by, reason: why }]);
    await act(sql, 'sso');
  });
  for (const name of servedEnvironments(context.settings))
    await withOwnedDatabase(context, name, (sql) => act(sql, name));
}

export const logCommands: readonly Command[] = [level, end];
