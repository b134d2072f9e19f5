/** `dhp verify`: compares the stored resources with the data derived from them, as a job. docs/operations/doctor.md */
import type { VerifyOutcome } from '@dhp/fhir';
import type { FhirStore } from '@dhp/fhir-store';
import type { PurgesReport } from '@dhp/fhir-store/retention';
import { chainAuditEvents, verifyAuditChain, type ChainReport } from '@dhp/audit/chain';
import { connect } from '@dhp/postgres';
import { trailKeys } from '@dhp/trail';
import { readFile } from 'node:fs/promises';
import { UsageError, type Command, type Values } from '../cli.ts';
import { auditHeadsOf } from '../audit-heads.ts';
import { openCommandDatabases, openContext, openMigrated, withOwnedDatabase, type Context } from '../context.ts';
import { environmentOf, environmentOption, withStore, type EnvironmentName } from '../environment.ts';
import { followed, unfinished, type Ended } from '../jobs/follow.ts';
import { grouped, spokenLanguage } from '../locale.ts';
import { progressOn, silent } from '../progress.ts';
import { trailSecret } from '../server-keys.ts';
import { stopSignal } from '../stop-signal.ts';
import { verifyMessages, type VerifyMessages } from '../texts/verify.ts';
import { keepsTrail } from '../trail-heads.ts';
import { checkKeys } from '../verify/keys.ts';
import {
  databaseAsJson,
  databaseLines,
  exitCodeOf,
  isBroken,
  reportAsJson,
  reportText,
  type DatabaseReport,
  type Report,
} from '../verify/report.ts';
import { checkTrees, type Schemas } from '../verify/trees.ts';
import { print } from '../output.ts';
import { json, textOf } from './shared.ts';
import { trailReports } from './trail.ts';

const said = (): VerifyMessages => verifyMessages[spokenLanguage()];

/** Checking one index takes as long as reading it and its table. */
const treePatience = 24 * 3_600_000;

/** @throws UsageError */
function shareOf(values: Values): number {
  const given = values['share'] ?? '50';
  if (typeof given === 'string' && /^(?:[1-9]\d?|100)$/.test(given)) return Number(given) / 100;
  throw new UsageError(said().share({ given: String(given) }));
}

async function verification(
  context: Context,
  store: FhirStore,
  o: { readonly environment: EnvironmentName; readonly share: number; readonly signal: AbortSignal },
): Promise<Ended<VerifyOutcome> & { readonly id: string }> {
  const { followVerification } = await import('@dhp/fhir');
  const job = await followVerification(store, { share: o.share, onError: () => undefined });
  const title = said().step({ environment: o.environment });
  return { id: job.id, ...(await followed(context.progress, job, { title, signal: o.signal })) };
}

async function databaseOf(context: Context, url: string, schemas: Schemas): Promise<DatabaseReport> {
  const sql = connect(url, { max: 1, applicationName: 'dhp verify', statementTimeout: treePatience });
  const step = context.progress.step(said().treeStep);
  try {
    const trees = await checkTrees(sql, schemas, (done, total) => step.update(done, total));
    return { trees, keys: await checkKeys(sql, schemas) };
  } finally {
    step.done();
    await sql.end({ timeout: 5 });
  }
}

async function trailOf(context: Context, environment: EnvironmentName): Promise<Report['trail']> {
  if (!keepsTrail(context.settings, environment)) return undefined;
  return (await trailReports(context, undefined, [environment]))[environment];
}

/** Compares versions marked as purged with the signed statements. @param url of the owner */
async function purgesOf({ settings, data }: Context, environment: EnvironmentName, url: string): Promise<PurgesReport> {
  const { verifyPurges } = await import('@dhp/fhir-store/retention');
  const keys = trailKeys(trailSecret(settings.DHP_SECRET_KEY ?? data.secretKey(), environment));
  const sql = connect(url, { max: 1, applicationName: 'dhp verify', statementTimeout: treePatience });
  try {
    return await verifyPurges(sql, keys);
  } finally {
    await sql.end({ timeout: 5 });
  }
}

async function verifyCertificate(
  context: Context,
  environment: EnvironmentName,
  { certificate, asJson }: { readonly certificate: string; readonly asJson: boolean },
): Promise<number> {
  const { checkCertificate } = await import('@dhp/fhir-store/retention');
  const text = await readFile(certificate, 'utf8').catch(() => '');
  const { settings, data } = context;
  const keys = trailKeys(trailSecret(settings.DHP_SECRET_KEY ?? data.secretKey(), environment));
  const { fault, erasure, versions } = await withOwnedDatabase(context, environment, (sql) =>
    checkCertificate(sql, keys, text),
  );
  const { holds, faults } = said().certificate;
  if (asJson) print({ holds: fault === undefined, fault, versions, erasure });
  else process.stdout.write(`${fault === undefined ? holds({ versions: grouped(versions) }) : faults[fault]}\n`);
  return fault === undefined ? 0 : 1;
}

/** The database of the Single Sign-On: it contains no derived data except the chain of its trail. */
async function verifySso(context: Context, asJson: boolean): Promise<number> {
  const databases = await openCommandDatabases(context);
  try {
    await openMigrated(databases, 'sso', context);
    const url = await databases.open('sso');
    const report = await databaseOf(context, url, ['sso']);
    const chain = await chainOf(context, url);
    if (asJson) print({ sso: true, ...databaseAsJson(report), trail: { whole: chain.whole, events: chain.length } });
    else {
      const { whole, broken } = said().chain;
      const trail = chain.whole ? whole({ events: grouped(chain.length) }) : broken;
      process.stdout.write(`${[...databaseLines(report), trail].join('\n')}\n`);
    }
    if (isBroken(report) || !chain.whole) return 1;
    return report.trees.state === 'checked' ? 0 : 3;
  } finally {
    await databases.close();
  }
}

async function chainOf(context: Context, url: string): Promise<ChainReport> {
  const sql = connect(url, { max: 1, applicationName: 'dhp verify', statementTimeout: treePatience });
  const step = context.progress.step(said().chain.step);
  try {
    const heads = auditHeadsOf(context);
    const kept = heads.read();
    await chainAuditEvents(sql);
    return await verifyAuditChain(sql, {
      heads: { key: heads.key, kept },
      onProgress: (done) => step.update(done, 0),
    });
  } finally {
    step.done();
    await sql.end({ timeout: 5 });
  }
}

export const verifyCommand: Command = {
  name: 'verify',
  summary:
    'Verify what is stored and what is made of it, as a job that goes on where it was ended; exit code 1 where something is found, 3 where not all was compared',
  options: {
    environment: environmentOption,
    share: { type: 'string', value: 'PERCENT', help: 'percent of the time in which it works (50)' },
    sso: {
      type: 'boolean',
      help: 'the database of the Single Sign-On in the place of an environment: its indexes, tables, keys and trail',
    },
    certificate: { type: 'string', value: 'FILE', help: 'check a certificate of a purge, and nothing else' },
    repair: { type: 'boolean', help: 'make anew what is found wrong among what is made of the resources' },
    json,
  },
  examples: ['dhp verify --environment production', 'dhp verify --share 100 --json', 'dhp verify --sso'],
  run: async (values) => {
    const share = shareOf(values);
    const environment = environmentOf(values);
    const asJson = values['json'] === true;
    const context = openContext(asJson ? silent : progressOn(process.stderr));
    if (values['sso'] === true) {
      if (['environment', 'share', 'repair', 'certificate'].some((name) => values[name] !== undefined))
        throw new UsageError(said().ssoAlone);
      return verifySso(context, asJson);
    }
    const certificate = textOf(values, 'certificate');
    if (certificate !== undefined) return verifyCertificate(context, environment, { certificate, asJson });
    const signal = stopSignal();
    const databases = await openCommandDatabases(context);
    try {
      await openMigrated(databases, environment, context);
      const url = await databases.open(environment); // of the owner: amcheck and a repair need it
      return await withStore(context, environment, url, async (store) => {
        const ended = await verification(context, store, { environment, share, signal });
        const { id: job } = ended;
        if (ended.kind !== 'ended') return unfinished(context.progress, { id: job, asJson, said: said() }, ended);
        const { outcome: state } = ended;
        const isFailed = state.status !== 200;
        const report = {
          state,
          ...(await databaseOf(context, url, ['fhir', 'fhir_audit'])),
          purges: await purgesOf(context, environment, url),
          trail: await trailOf(context, environment),
        };
        const repaired = values['repair'] === true ? await store.repair(state.findings) : undefined;
        if (asJson)
          print({ environment, job_id: job, ...reportAsJson(report), ...(repaired !== undefined && { repaired }) });
        else {
          if (isFailed) process.stdout.write(`${said().failed({ job })}\n`);
          process.stdout.write(reportText(report));
          if (repaired !== undefined) process.stdout.write(`${said().repaired({ count: repaired })}\n`);
        }
        return isFailed ? Math.max(exitCodeOf(report), 1) : exitCodeOf(report);
      });
    } finally {
      await databases.close();
    }
  },
};
