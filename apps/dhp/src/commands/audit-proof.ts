/**
 * `dhp audit prove` and `dhp audit check-proof`: proof for others that one record is in the signed trail, or that the trail continues from
 * a head. docs/access.md
 */
import { readFileSync } from 'node:fs';
import { proofFrom, proofOf } from '@dhp/fhir-store/trail';
import { trailKeys } from '@dhp/trail';
import { checkProof, type KeptHead, parseHead } from '@dhp/trail/heads';
import { UsageError, type Command } from '../cli.ts';
import { openContext, withDatabase } from '../context.ts';
import { silent } from '../progress.ts';
import { spokenLanguage } from '../locale.ts';
import { auditMessages } from '../texts/audit.ts';
import { trailSecret } from '../server-keys.ts';
import { print } from '../output.ts';
import { environment, environmentOf, json } from './shared.ts';

const prove: Command = {
  name: 'audit prove',
  summary:
    'Print the proof that a record stands in the trail of requests, or that the trail goes on from a head (RFC 9162)',
  argument: 'ID-OR-HEAD',
  options: { environment },
  examples: ['dhp audit prove trail-81234-1024 --environment production > proof.json'],
  run: async (values, given) => {
    const wanted = wantedIn(given);
    const context = openContext(silent);
    const where = environmentOf(values);
    const keys = trailKeys(trailSecret(context.settings.DHP_SECRET_KEY ?? context.data.secretKey(), where));
    const proof = await withDatabase(context, where, (sql): Promise<Proof> =>
      'signature' in wanted ? proofFrom(sql, keys, wanted) : proofOf(sql, keys, wanted),
    );
    if (typeof proof !== 'object') {
      process.stderr.write(`${whyNot(proof, given)}\n`);
      return 1;
    }
    process.stdout.write(`${JSON.stringify(proof, null, 2)}\n`);
    return 0;
  },
};

/** A record, or a head as the file of heads has it. @throws UsageError */
function wantedIn(given: string): { readonly transactionId: string; readonly id: string } | KeptHead {
  const [, transactionId, id] = /^trail-(\d{1,19})-(\d{1,18})$/.exec(given) ?? [];
  if (transactionId !== undefined && id !== undefined) return { transactionId, id };
  const head = parseHead(given.trim());
  if (head === undefined) throw new UsageError(auditMessages[spokenLanguage()].proof.notId({ id: given }));
  return head;
}

type Proof = Awaited<ReturnType<typeof proofFrom> | ReturnType<typeof proofOf>>;

function whyNot(proof: Exclude<Proof, object>, id: string): string {
  const said = auditMessages[spokenLanguage()].proof;
  return proof === undefined ? said.notThere({ id }) : said[proof];
}

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
  summary: 'Check such a proof, without a database; with DHP_SECRET_KEY also that the record is as it was written',
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
      const extent = isRecordChecked === undefined ? said.goesOn : isRecordChecked ? said.asWritten : said.needsKey;
      process.stdout.write(`${said.holds}\n${extent}\n${said.publicKey({ key: key ?? '' })}\n`);
    }
    return Promise.resolve(fault === undefined ? 0 : 1);
  },
};

export const auditProofCommands: readonly Command[] = [prove, check];
