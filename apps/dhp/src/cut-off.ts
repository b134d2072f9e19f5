/**
 * After a restore, ends everything that may have been ended in the lost time: tokens, sessions, links, jobs, subscriptions. The heads of
 * trails stored outside the database are ahead of the restored data, and are set aside.
 */
import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { acceptRestore } from '@dhp/audit/chain';
import { distrustSubscriptions, endOpenJobs } from '@dhp/fhir-store/kept';
import { endAllThatWasIssued } from '@dhp/grants/artifacts';
import { connect, isDatabaseThere, type Sql } from '@dhp/postgres';
import { openKeys } from '@dhp/signing-keys';
import { checkSecretKey } from '@dhp/signing-keys/server-keys';
import { operatingSystemUser } from '@dhp/sso-kit';
import { auditHeadsOf } from './audit-heads.ts';
import type { Context } from './context.ts';
import type { AddressOf } from './databases.ts';
import { ConfigurationError } from './settings/setting.ts';
import { operationMessages } from './texts/operation.ts';
import { spokenLanguage } from './locale.ts';

export interface CutOff {
  readonly sessions: number;
  readonly jobs: number;
}

/** @throws SecretKeyError if the key does not belong to the installation of the restored database */
export async function requireKey(at: AddressOf, context: Context): Promise<void> {
  const secret = context.settings.DHP_SECRET_KEY ?? keyIn(context);
  await within(at('sso'), (sql) => checkSecretKey(sql, secret));
}

/**
 * @param at of the restored databases, with the login of their owner; nothing else uses them
 * @throws SecretKeyError before anything is changed, if the key does not belong to the installation
 */
export async function cutOff(at: AddressOf, context: Context, reason: string): Promise<CutOff> {
  const secret = context.settings.DHP_SECRET_KEY ?? keyIn(context);
  let sessions = 0;
  let jobs = 0;
  await within(at('sso'), async (sql) => {
    await checkSecretKey(sql, secret);
    sessions = await sql.begin((transaction) => endAllThatWasIssued(transaction));
    const keys = openKeys(sql, { encryptionKey: secret, reason });
    for (const alg of ['ES256', 'RS256'] as const) await keys.rotate(alg, { atOnce: true });
    await acceptRestore(sql, auditHeadsOf(context), { actor: `cli:${operatingSystemUser()}`, reason, now: new Date() });
  });
  for (const name of ['playground', 'production'] as const) {
    await within(at(name), async (sql) => {
      jobs += await endOpenJobs(sql);
      await distrustSubscriptions(sql);
    });
    putAside(`${context.settings.DHP_AUDIT_HEADS ?? join(context.data.path, 'audit.heads')}.${name}`);
  }
  return { sessions, jobs };
}

/** The key is never created here: a new one could not open anything. */
function keyIn({ data }: Context): Buffer {
  const file = join(data.path, 'secret.key');
  if (!existsSync(file)) throw new ConfigurationError(operationMessages[spokenLanguage()].data.noKey({ file }));
  return data.secretKey();
}

function putAside(file: string): void {
  if (existsSync(file)) renameSync(file, `${file}.before-${new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '')}`);
}

async function within(own: string, work: (sql: Sql) => Promise<void>): Promise<void> {
  if (!(await isDatabaseThere(own))) return;
  const sql = connect(own, { max: 2, applicationName: 'dhp restore' });
  try {
    await work(sql);
  } finally {
    await sql.end({ timeout: 5 });
  }
}
