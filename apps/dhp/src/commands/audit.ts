/** `dhp audit …`: checks that the trail of decisions is complete, and shows it. */
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
import { spokenLanguage } from '../locale.ts';
import { auditMessages } from '../texts/audit.ts';
import { exportRequests } from './trail-export.ts';
import { shownReports, trailReports, trailSentences } from './trail.ts';
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
    const step = context.progress.step(auditMessages[spokenLanguage()].chain.step);
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
    const isAlone = Object.keys(environments).length === 0;
    const shown = isAlone ? report : { ...report, environments: shownReports(environments) };
    if (values['json'] === true) process.stdout.write(`${JSON.stringify(shown)}\n`);
    else process.stdout.write(sentences(report, kept.length > 0) + trailSentences(environments));
    return report.whole && Object.values(environments).every(({ whole }) => whole) ? 0 : 1;
  },
};

/** @throws UsageError for a text that is not a head, and for one not signed with the key of this installation */
function knownIn(given: unknown, heads: AuditHeads): string | undefined {
  if (typeof given !== 'string' || /^\d+:([0-9a-f]{64})?$/.test(given)) return given as string | undefined;
  const head = parseHead(given);
  const { notHead, otherKey } = auditMessages[spokenLanguage()].chain;
  if (head === undefined) throw new UsageError(notHead({ given }));
  if (!isGenuine(heads.key, head)) throw new UsageError(otherKey({ given }));
  return `${String(head.position)}:${head.hash}`;
}

function sentences({ whole, length, head, broken, agrees }: ChainReport, hasHeads: boolean): string {
  const said = auditMessages[spokenLanguage()].chain;
  const upTo =
    agrees === undefined
      ? said.agreesNot
      : said.agrees({
          position: agrees.position,
          time: agrees.time === 0 ? undefined : new Date(agrees.time).toISOString(),
        });
  if (whole) {
    const advice = hasHeads ? upTo : said.noHeads;
    return `${said.whole({ count: length })}\nhead   ${head}\n\n${advice}\n${said.keepElsewhere}\n`;
  }
  const { position, eventId, why } = broken!;
  const isRestored = /head$/.test(why) && why !== 'forged-head';
  const cure = isRestored ? `${said.restored}\n` : '';
  return `${said.broken({ position, event: eventId, why, explained: said.why[why] })}\n${upTo}\n${cure}`;
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
      const { noEvent, headNotThere } = auditMessages[spokenLanguage()].chain;
      process.stderr.write(`${isKept ? noEvent : headNotThere}\n`);
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
    const said = auditMessages[spokenLanguage()].restore;
    if (why === undefined) throw new UsageError(said.needsReason);
    const context = openContext(silent);
    const lost = await withSsoDatabase(context, (sql) =>
      acceptRestore(sql, auditHeadsOf(context), {
        actor: `cli:${operatingSystemUser()}`,
        reason: why,
        now: new Date(),
      }),
    );
    if (lost === undefined) {
      process.stderr.write(`${said.isWritten}\n`);
      return 1;
    }
    const result =
      values['json'] === true ? JSON.stringify({ given_up: lost.map(shown) }) : said.done({ count: lost.length });
    process.stdout.write(`${result}\n`);
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
    to: {
      type: 'string',
      value: 'FOLDER',
      help: 'write the records of requests to a file of this folder, as a job that continues after a kill',
    },
    json: { type: 'boolean', help: 'with --to: print one JSON object' },
    reason,
  },
  examples: [
    'dhp audit export > audit.ndjson',
    'dhp audit export --after 1024 >> audit.ndjson',
    "dhp audit export --requests production --month 2026-01 --reason 'inspection' > requests.ndjson",
    "dhp audit export --requests production --to /srv/exports --reason 'inspection'",
  ],
  run: async (values) => {
    if (values['requests'] !== undefined) return exportRequests(values);
    if (values['to'] !== undefined || values['json'] === true)
      throw new UsageError(auditMessages[spokenLanguage()].export.toRequests);
    const after = values['after'] ?? '0';
    if (typeof after !== 'string' || !/^\d{1,15}$/.test(after)) {
      throw new UsageError(auditMessages[spokenLanguage()].export.notPosition({ given: String(after) }));
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
    process.stderr.write(`${auditMessages[spokenLanguage()].export.last({ last })}\n`);
    return 0;
  },
};

export const auditCommands: readonly Command[] = [verify, head, accept, exportEvents];
