/** `dhp purge list|run|refuse`: purges that deletions have requested. docs/operations/retention.md */
import { writeFile } from 'node:fs/promises';
import type { countRequest, PurgeRequest } from '@dhp/fhir-store/retention';
import type { Certificate, Purge } from '@dhp/trail/acts';
import { UsageError, type Command, type Values } from '../cli.ts';
import { grouped, spokenLanguage } from '../locale.ts';
import type { ProgressStep } from '../progress.ts';
import { stopSignal } from '../stop-signal.ts';
import { retentionMessages, type RetentionMessages } from '../texts/retention.ts';
import { onTrail } from './audit-life.ts';
import { print, table } from '../output.ts';
import { environment, json, reason, textOf } from './shared.ts';

/** Loaded when the command runs: the help does not need it. */
const retention = async () => import('@dhp/fhir-store/retention');

const said = (): RetentionMessages['request'] => retentionMessages[spokenLanguage()].request;

/** @throws UsageError */
function idOf(request: string): string {
  if (/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(request)) return request;
  throw new UsageError(said().unknown({ request }));
}

const list: Command = {
  name: 'purge list',
  summary: 'List the deletions that ask for a purge, the newest first',
  options: { environment, json },
  examples: ['dhp purge list --environment production'],
  run: (values) =>
    onTrail({ ...values, reason: 'to look' }, async ({ sql }) => {
      const { requestsOf } = await retention();
      const requests = await requestsOf(sql);
      if (values['json'] === true) print({ requests: requests.map(asJson) });
      else if (requests.length === 0) process.stdout.write(`${said().none}\n`);
      else process.stdout.write(table(columns, requests.map(row)));
      return 0;
    }),
};

const columns = ['REQUEST ID', 'STATE', 'ASKED', 'CLIENT', 'RESOURCES', 'PURGED', 'HELD', 'BACK'];

function row({ id, state, asked, client, resources, purged, held, back }: PurgeRequest): string[] {
  return [id, said().states[state], asked.toISOString(), client, ...[resources, purged, held, back].map(String)];
}

function asJson({ id, client, asked, ...rest }: PurgeRequest): object {
  return { request_id: id, client_id: client, asked_at: asked.toISOString(), ...rest };
}

const run: Command = {
  name: 'purge run',
  summary:
    'Purge what a deletion has deleted and asks to have purged, with a signed certificate; one that was ended goes on',
  argument: 'REQUEST_ID',
  options: {
    environment,
    patient: {
      type: 'string',
      value: 'ID',
      help: 'of the Patient whom all was about: the keys of the person in the trail are destroyed, too',
    },
    law: { type: 'string', value: 'TEXT', help: 'what is kept by which law, for the certificate' },
    to: { type: 'string', value: 'FILE', help: 'write the certificate here; it is printed without' },
    count: {
      type: 'boolean',
      help: 'count what would be purged, and name the holds that keep the rest; nothing is removed',
    },
    reason,
    json,
  },
  examples: [
    'dhp purge run 0198c0de-0000-7000-8000-000000000000 --count',
    "dhp purge run 0198c0de-0000-7000-8000-000000000000 --patient 42 --to certificate.json --reason 'request 7 of the person'",
  ],
  run: (values, given) => {
    const request = idOf(given);
    if (values['count'] === true) return count(values, request);
    const signal = stopSignal();
    return onTrail(values, async (means) => {
      const { context } = means;
      const { carryOutPurge } = await retention();
      const steps = new Map<string, ProgressStep>();
      const onStep = (type: string, looked: number): void => {
        const step = steps.get(type) ?? context.progress.step(said().step({ type }));
        steps.set(type, step);
        step.update(looked, 0);
      };
      const [patient, law] = [textOf(values, 'patient'), textOf(values, 'law')];
      try {
        await tell(values, await carryOutPurge(means, { request, patient, law, signal, onStep }));
        return 0;
      } catch (error) {
        if (!signal.aborted) throw error;
        context.progress.say(retentionMessages[spokenLanguage()].purge.interrupted);
        return 3;
      } finally {
        for (const step of steps.values()) step.done();
      }
    });
  },
};

/** @returns the exit code */
function count(values: Values, request: string): Promise<number> {
  return onTrail({ ...values, reason: 'to look' }, async ({ sql }) => {
    const { countRequest } = await retention();
    const counted = await countRequest(sql, request);
    if (values['json'] === true) print(counted);
    else process.stdout.write(`${linesOf(counted).join('\n')}\n`);
    return 0;
  });
}

function linesOf({ types, holds }: Awaited<ReturnType<typeof countRequest>>): string[] {
  if (types.length === 0) return [said().nothing];
  return [
    ...types.map(({ type, resources, back, held, versions, bytes }) =>
      said().counted({
        ...{ type, resources: grouped(resources), back: grouped(back), held: grouped(held) },
        ...{ versions: grouped(versions), bytes: (bytes / 1e6).toFixed(1) },
      }),
    ),
    ...holds.map(({ hold, on, reason: why, resources }) =>
      said().keeps({ hold, on, reason: why, resources: grouped(resources) }),
    ),
  ];
}

async function tell(values: Values, certificate: Certificate): Promise<void> {
  const file = textOf(values, 'to');
  if (file !== undefined) await writeFile(file, `${JSON.stringify(certificate, null, 2)}\n`, { mode: 0o600 });
  if (values['json'] === true || file === undefined) {
    print(certificate);
    return;
  }
  const { versions, erasure } = JSON.parse(certificate.statement) as Purge;
  const { resources, held, back, person } = erasure!;
  const about = {
    resources: grouped(resources),
    versions: grouped(versions),
    held: grouped(held),
    back: grouped(back),
  };
  const patient = textOf(values, 'patient') ?? '';
  const lines = [
    said().done(about),
    ...(person === undefined ? [] : [said().person({ ...person, patient })]),
    said().written({ file }),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

const refuse: Command = {
  name: 'purge refuse',
  summary: 'Refuse a request for a purge: the versions stay',
  argument: 'REQUEST_ID',
  options: { environment, reason, json },
  examples: ["dhp purge refuse 0198c0de-0000-7000-8000-000000000000 --reason 'the wrong patient'"],
  run: (values, given) => {
    const request = idOf(given);
    return onTrail(values, async (means) => {
      const { refusePurge } = await retention();
      await refusePurge(means, request);
      if (values['json'] === true) print({ request_id: request, refused: true });
      else process.stdout.write(`${said().refused({ request })}\n`);
      return 0;
    });
  },
};

export const purgeCommands: readonly Command[] = [list, run, refuse];
