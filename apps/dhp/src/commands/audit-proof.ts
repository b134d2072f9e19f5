/** `dhp audit prove` and `dhp audit check-proof`: that one record stands in the signed trail, to be shown to others. docs/access.md */
import { readFileSync } from 'node:fs';
import { proofOf } from '@dhp/fhir-store/trail';
import { checkProof, trailKeys } from '@dhp/trail';
import { UsageError, type Command } from '../cli.ts';
import { openContext, withDatabase } from '../context.ts';
import { silent } from '../progress.ts';
import { spokenLanguage } from '../locale.ts';
import { auditMessages } from '../texts/audit.ts';
import { trailSecret } from '../server-keys.ts';
import { environment, environmentOf, json, print } from './shared.ts';

const prove: Command = {
  name: 'audit prove',
  summary: 'Print the proof that a record of a request stands in the trail under a signed head (RFC 9162)',
  argument: 'ID',
  options: { environment },
  examples: ['dhp audit prove trail-81234-1024 --environment production > proof.json'],
  run: async (values, id) => {
    const [, transactionId, number] = /^trail-(\d{1,19})-(\d{1,18})$/.exec(id) ?? [];
    const said = auditMessages[spokenLanguage()].proof;
    if (transactionId === undefined || number === undefined) throw new UsageError(said.notId({ id }));
    const context = openContext(silent);
    const where = environmentOf(values);
    const keys = trailKeys(trailSecret(context.settings.DHP_SECRET_KEY ?? context.data.secretKey(), where));
    const proof = await withDatabase(context, where, (sql) => proofOf(sql, keys, { transactionId, id: number }));
    if (proof === undefined) {
      process.stderr.write(`${said.notThere({ id })}\n`);
      return 1;
    }
    process.stdout.write(`${JSON.stringify(proof, null, 2)}\n`);
    return 0;
  },
};

/** @throws UsageError */
function read(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch {
    throw new UsageError(auditMessages[spokenLanguage()].proof.unreadable({ file }));
  }
}

const check: Command = {
  name: 'audit check-proof',
  summary:
    'Check a proof of a record, without a database; with DHP_SECRET_KEY also that the record is as it was written',
  argument: 'FILE',
  options: { environment, json },
  examples: ['dhp audit check-proof proof.json'],
  run: async (values, file) => {
    const given = process.env['DHP_SECRET_KEY'];
    const secret = given === undefined ? undefined : Buffer.from(given, 'base64');
    const keys = secret && trailKeys(trailSecret(secret, environmentOf(values)));
    const report = checkProof(read(file), keys);
    const { fault, key, isRecordChecked } = report;
    const said = auditMessages[spokenLanguage()].proof;
    if (values['json'] === true) print({ holds: fault === undefined, ...report });
    else if (fault !== undefined) process.stdout.write(`${said.holdsNot({ fault: said.faults[fault] })}\n`);
    else {
      const extent = isRecordChecked ? said.asWritten : said.needsKey;
      process.stdout.write(`${said.holds}\n${extent}\n${said.publicKey({ key: key ?? '' })}\n`);
    }
    return Promise.resolve(fault === undefined ? 0 : 1);
  },
};

export const auditProofCommands: readonly Command[] = [prove, check];
