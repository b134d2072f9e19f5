/** `dhp audit request`: one request in the trails of all servers, joined by its id. */
import { selectAuditContents, type StoredEvent } from '@dhp/audit/find';
import { contentsOfRequest } from '@dhp/fhir-store/trail';
import type { Command } from '../cli.ts';
import { openContext, withDatabase, withSsoDatabase } from '../context.ts';
import { progressOn, silent } from '../progress.ts';
import { spokenLanguage } from '../locale.ts';
import { auditMessages } from '../texts/audit.ts';
import { servedEnvironments } from '../trail-heads.ts';
import { print, table } from '../output.ts';
import { json, wholeNumber } from './shared.ts';

interface Happened {
  /** An instant, in UTC. */
  readonly time: string;
  readonly server: string;
  readonly act: string;
  readonly who: string;
  readonly outcome: string;
}

const day = 86_400_000;
const mostEvents = 1_000;

function ofSso({ recorded, event, reason, account_id: account, client_id: client, actor }: StoredEvent): Happened {
  const who = [actor, account, client].filter((each) => each !== undefined).join(' ');
  return { time: new Date(recorded).toISOString(), server: 'sso', act: event, who, outcome: reason ?? '' };
}

function ofFhir(server: string, { recorded, content }: { recorded: number; content: string }): Happened {
  const told = JSON.parse(content) as Readonly<Record<string, string | number | undefined>>;
  const words = (...names: readonly string[]): string =>
    names.flatMap((name) => (told[name] === undefined ? [] : [String(told[name])])).join(' ');
  return {
    time: new Date(recorded).toISOString(),
    server,
    act: words('interaction', 'type'),
    who: words('person', 'user', 'client'),
    outcome: words('outcome', 'status', 'reason', 'refusedBy'),
  };
}

const request: Command = {
  name: 'audit request',
  summary:
    'Show what one request did in all servers, by its id: that of the answer (X-Request-Id) and of the access log',
  argument: 'ID',
  options: {
    days: { type: 'string', value: 'N', help: 'how many days are looked through, back from now (default 31)' },
    json,
  },
  examples: ['dhp audit request 0f8fad5b-d9cb-469f-a165-70867728950e'],
  run: async (values, id) => {
    const context = openContext(values['json'] === true ? silent : progressOn(process.stderr, 1000));
    const since = Date.now() - (wholeNumber(values, 'days') ?? 31) * day;
    const asked = { events: [], correlationId: id, since: new Date(since), limit: mostEvents };
    const all = (await withSsoDatabase(context, (sql) => selectAuditContents(sql, asked))).map((content) =>
      ofSso(JSON.parse(content) as StoredEvent),
    );
    for (const environment of servedEnvironments(context.settings)) {
      const found = await withDatabase(context, environment, (sql) =>
        contentsOfRequest(sql, { request: id, since, limit: mostEvents }),
      );
      all.push(...found.map((each) => ofFhir(environment, each)));
    }
    all.sort((a, b) => (a.time < b.time ? -1 : 1));
    if (values['json'] === true) print({ request: id, happened: all });
    else if (all.length > 0)
      process.stdout.write(
        table(
          ['time', 'server', 'act', 'who', 'outcome'],
          all.map(({ time, server, act, who, outcome }) => [time, server, act, who, outcome]),
        ),
      );
    else process.stderr.write(`${auditMessages[spokenLanguage()].request.none}\n`);
    return 0;
  },
};

export const auditRequestCommands: readonly Command[] = [request];
