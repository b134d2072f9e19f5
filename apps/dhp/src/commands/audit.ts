/** `dhp audit …`: whether the trail of decisions is whole, and the trail itself. */
import { once } from 'node:events';
import {
  acceptRestore,
  chainAuditEvents,
  formatHead,
  isGenuine,
  keepHead,
  parseHead,
  verifyAuditChain,
  type AuditHead,
  type AuditHeads,
  type ChainReport,
} from '@dhp/audit/chain';
import { exportAuditEvents } from '@dhp/audit/find';
import { operatingSystemUser } from '@dhp/sso-kit';
import { auditHeadsOf } from '../audit-heads.ts';
import { openContext, withSsoDatabase } from '../context.ts';
import { UsageError, type Command, type Option } from '../cli.ts';
import { progressOn, silent } from '../progress.ts';
import { exportRequests } from './trail-export.ts';
import { trailReports, trailSentences } from './trail.ts';
import { reason, reasonOf, textOf } from './shared.ts';

const json: Option = { type: 'boolean', help: 'print one JSON object' };

const verify: Command = {
  name: 'audit verify',
  summary: 'Check that no audit event, and no record of a request, was altered, removed or put in between',
  options: {
    head: {
      type: 'string',
      value: 'HEAD',
      help: 'a head that `dhp audit head` or an earlier check printed and you kept: it must still be there',
    },
    archive: {
      type: 'string',
      value: 'FOLDER',
      help: 'with the files of periods that `dhp audit archive` has moved: they are read, too',
    },
    json,
  },
  examples: ['dhp audit verify', 'dhp audit verify --archive /mnt/archive', 'dhp audit verify --head 1024:9f86d081…'],
  run: async (values) => {
    const context = openContext(values['json'] === true ? silent : progressOn(process.stderr, 1000));
    const heads = auditHeadsOf(context);
    const known = knownIn(values['head'], heads);
    const kept = heads.read();
    const step = context.progress.step('verifying the audit trail');
    const report = await withSsoDatabase(context, async (sql) => {
      await chainAuditEvents(sql);
      return verifyAuditChain(sql, {
        ...(known === undefined ? {} : { known }),
        heads: { key: heads.key, kept },
        onProgress: (done) => step.update(done, 0),
      });
    });
    step.done();
    const environments = await trailReports(context, textOf(values, 'archive'));
    const shown = Object.keys(environments).length === 0 ? report : { ...report, environments };
    if (values['json'] === true) process.stdout.write(`${JSON.stringify(shown)}\n`);
    else process.stdout.write(sentences(report, kept.length > 0) + trailSentences(environments));
    return report.whole && Object.values(environments).every(({ whole }) => whole) ? 0 : 1;
  },
};

/** @throws UsageError for what is no head, and for one that the key of this installation has not signed */
function knownIn(given: unknown, heads: AuditHeads): string | undefined {
  if (typeof given !== 'string' || /^\d+:([0-9a-f]{64})?$/.test(given)) return given as string | undefined;
  const head = parseHead(given);
  if (head === undefined)
    throw new UsageError(`--head ${given} is not POSITION:HASH, nor a head as dhp audit head prints it.`);
  if (!isGenuine(heads.key, head))
    throw new UsageError(`--head ${given} is not signed with the key of this installation (DHP_SECRET_KEY).`);
  return `${String(head.position)}:${head.hash}`;
}

const explained: Record<NonNullable<ChainReport['broken']>['why'], string> = {
  altered: 'an event or a link of the chain is not as it was hashed',
  missing: 'an event was taken out',
  inserted: 'an event lies before the head of the chain and is not in it: it was put in',
  future: 'an event claims a time or a transaction that is yet to come',
  'forged-head': 'a head in the file of heads is not signed with the key of this installation',
  'other-head':
    'a head that was kept is not in the chain: it was rewritten, or continued after an older backup was restored',
  'behind-head': 'the chain ends before a head that was kept: its end was cut, or an older backup was restored',
};

function sentences({ whole, length, head, broken, agrees }: ChainReport, hasHeads: boolean): string {
  const upTo =
    agrees === undefined
      ? 'No head that was kept is in it.'
      : `The last kept head that is in it: position ${String(agrees.position)}${agrees.time === 0 ? '' : `, of ${new Date(agrees.time).toISOString()}`}.`;
  if (whole) {
    const advice = hasHeads
      ? upTo
      : 'No head is kept here (DHP_AUDIT_HEADS): that the end was not cut, and the whole not made anew, is not proven.';
    return `whole: ${String(length)} events\nhead   ${head}\n\n${advice}\nKeep the head elsewhere, too; --head checks against it.\n`;
  }
  const { position, eventId, why } = broken!;
  const which = eventId === undefined ? '' : ` (event ${eventId})`;
  const restored = /head$/.test(why) && why !== 'forged-head';
  const cure = restored
    ? 'Was a backup restored? Then say so, with the platform stopped: dhp audit accept-restore --reason …\n'
    : '';
  return `BROKEN at position ${String(position)}${which}: ${why}: ${explained[why]}.\n${upTo}\n${cure}`;
}

const head: Command = {
  name: 'audit head',
  summary: 'Print the signed head of the audit chain, to be kept elsewhere',
  options: { json },
  examples: ['dhp audit head >> /mnt/elsewhere/audit.heads'],
  run: async (values) => {
    const context = openContext(silent);
    const heads = auditHeadsOf(context);
    const isKept = await withSsoDatabase(context, async (sql) => {
      await chainAuditEvents(sql);
      return keepHead(sql, heads, new Date());
    });
    const last = heads.read().at(-1);
    if (!isKept || last === undefined) {
      const why = isKept ? 'There is no audit event yet.' : 'The kept head is not in the chain: run dhp audit verify.';
      process.stderr.write(`${why}\n`);
      return 1;
    }
    process.stdout.write(values['json'] === true ? `${JSON.stringify(shown(last))}\n` : `${formatHead(last)}\n`);
    return 0;
  },
};

function shown(one: AuditHead): object {
  return { head: formatHead(one), position: one.position, hash: one.hash, time: new Date(one.time).toISOString() };
}

const accept: Command = {
  name: 'audit accept-restore',
  summary: 'After an older backup was restored: go on from the audit trail that it has, with the platform stopped',
  options: { reason, json },
  examples: ["dhp audit accept-restore --reason 'the disk failed; backup of 2026-03-01'"],
  run: async (values) => {
    const why = reasonOf(values);
    if (why === undefined) throw new UsageError('--reason TEXT is needed: what was restored, and why.');
    const context = openContext(silent);
    const lost = await withSsoDatabase(context, (sql) =>
      acceptRestore(sql, auditHeadsOf(context), {
        actor: `cli:${operatingSystemUser()}`,
        reason: why,
        now: new Date(),
      }),
    );
    if (lost === undefined) {
      process.stderr.write('A server is writing the chain: stop the platform, and run this again.\n');
      return 1;
    }
    const said = `The chain goes on from here; ${String(lost.length)} kept heads were given up.`;
    process.stdout.write(values['json'] === true ? `${JSON.stringify({ given_up: lost.map(shown) })}\n` : `${said}\n`);
    return 0;
  },
};

const exportEvents: Command = {
  name: 'audit export',
  summary: 'Write the audit trail to standard output, a FHIR AuditEvent a line (NDJSON)',
  options: {
    after: { type: 'string', value: 'POSITION', help: 'only what comes after this position of the chain' },
    requests: { type: 'string', value: 'NAME', help: 'the records of requests of playground or production instead' },
    month: {
      type: 'string',
      value: 'MONTH',
      help: 'of the records of requests, only those of a period such as 2026-01',
    },
    reason,
  },
  examples: [
    'dhp audit export > audit.ndjson',
    'dhp audit export --after 1024 >> audit.ndjson',
    "dhp audit export --requests production --month 2026-01 --reason 'inspection' > requests.ndjson",
  ],
  run: async (values) => {
    if (values['requests'] !== undefined) return exportRequests(values);
    const after = values['after'] ?? '0';
    if (typeof after !== 'string' || !/^\d{1,15}$/.test(after)) {
      throw new UsageError(`--after ${String(after)} is not a position of the chain: a whole number.`);
    }
    const last = await withSsoDatabase(openContext(silent), async (sql) => {
      await chainAuditEvents(sql);
      return exportAuditEvents(sql, {
        after: Number(after),
        write: async (line) => {
          if (!process.stdout.write(line)) await once(process.stdout, 'drain');
        },
      });
    });
    process.stderr.write(`The last position is ${last}; --after ${last} goes on from here.\n`);
    return 0;
  },
};

export const auditCommands: readonly Command[] = [verify, head, accept, exportEvents];
