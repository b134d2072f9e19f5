/** `dhp audit …`: whether the trail of decisions is whole, and the trail itself. */
import { once } from 'node:events';
import { chainAuditEvents, exportAuditEvents, verifyAuditChain } from '@dhp/sso/administration';
import { openContext, withSsoDatabase } from '../context.ts';
import { UsageError, type Command, type Option } from '../cli.ts';
import { progressOn, silent } from '../progress.ts';

const json: Option = { type: 'boolean', help: 'print one JSON object' };

const verify: Command = {
  name: 'audit verify',
  summary: 'Check that no audit event was altered, removed or put in between',
  options: {
    head: {
      type: 'string',
      value: 'POSITION:HASH',
      help: 'a head that an earlier check printed and you kept: it must still be there',
    },
    json,
  },
  examples: ['dhp audit verify', 'dhp audit verify --head 1024:9f86d081…'],
  run: async (values) => {
    const known = values['head'];
    if (typeof known === 'string' && !/^\d+:([0-9a-f]{64})?$/.test(known)) {
      throw new UsageError(`--head ${known} is not POSITION:HASH as dhp audit verify prints it.`);
    }
    const progress = values['json'] === true ? silent : progressOn(process.stderr, 1000);
    const report = await withSsoDatabase(openContext(progress), async (sql) => {
      await chainAuditEvents(sql);
      return verifyAuditChain(sql, typeof known === 'string' ? { known } : {});
    });
    const { broken } = report;
    if (values['json'] === true) process.stdout.write(`${JSON.stringify(report)}\n`);
    else if (broken === undefined) {
      process.stdout.write(
        `whole: ${report.length} events\nhead   ${report.head}\n\nKeep the head elsewhere; --head checks against it.\n`,
      );
    } else {
      const which = broken.eventId === undefined ? '' : ` (event ${broken.eventId})`;
      process.stdout.write(`BROKEN at position ${broken.position}${which}: ${broken.why}\n`);
    }
    return report.whole ? 0 : 1;
  },
};

const exportEvents: Command = {
  name: 'audit export',
  summary: 'Write the audit trail to standard output, a FHIR AuditEvent a line (NDJSON)',
  options: {
    after: { type: 'string', value: 'POSITION', help: 'only what comes after this position of the chain' },
  },
  examples: ['dhp audit export > audit.ndjson', 'dhp audit export --after 1024 >> audit.ndjson'],
  run: async (values) => {
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

export const auditCommands: readonly Command[] = [verify, exportEvents];
