/** The trails of requests of the FHIR environments, for `dhp audit verify`. */
import { verifyTrail } from '@dhp/fhir-store/trail';
import { trailKeys, type TrailReport } from '@dhp/trail';
import { withDatabase, type Context } from '../context.ts';
import { trailSecret } from '../server-keys.ts';
import { keepsTrail, trailHeadsOf, type EnvironmentName } from '../trail-heads.ts';

/** Verifies the trail of each environment that keeps one. */
export async function trailReports(context: Context): Promise<Partial<Record<EnvironmentName, TrailReport>>> {
  const { settings, data } = context;
  const served: readonly EnvironmentName[] =
    settings.DHP_PRODUCTION === true ? ['playground', 'production'] : ['playground'];
  const reports: Partial<Record<EnvironmentName, TrailReport>> = {};
  for (const environment of served.filter((one) => keepsTrail(settings, one))) {
    const keys = trailKeys(trailSecret(settings.DHP_SECRET_KEY ?? data.secretKey(), environment));
    const step = context.progress.step(`verifying the trail of requests of ${environment}`);
    // Read before the trail, which only grows: a head that is kept meanwhile is not asked for.
    const kept = trailHeadsOf(context, environment).read();
    reports[environment] = await withDatabase(context, environment, (sql) =>
      verifyTrail(sql, keys, { kept, onProgress: (records) => step.update(records, 0) }),
    );
    step.done();
  }
  return reports;
}

const explained: Record<NonNullable<TrailReport['broken']>['why'], string> = {
  altered: 'a record is not as a server wrote it',
  missing: 'a record was taken out',
  inserted: 'a record was put in, or is there twice',
  reordered: 'records are in another order, or in the place of others',
  'forged-head': 'a head is not signed with the key of this installation, or does not follow on the one before',
  'other-head':
    'a head that was kept is not in the chain: an older backup was restored, and the trail went on from there',
  'behind-head': 'the trail ends before a head that was kept: its end was cut, or an older backup was restored',
};

export function trailSentences(reports: Partial<Record<EnvironmentName, TrailReport>>): string {
  return Object.entries(reports)
    .map(([environment, { whole, records, waiting, heads, broken, agrees }]) => {
      const size = `records: ${String(records)}, heads: ${String(heads)}, behind the last head: ${String(waiting)}`;
      const upTo =
        agrees === undefined
          ? 'No head that was kept is in it.'
          : `The last kept head that is in it: position ${String(agrees.position)}, of ${new Date(agrees.made).toISOString()}.`;
      const title = `\nRequests of ${environment}: `;
      if (whole) return `${title}whole: ${size}\n${upTo}\n`;
      const which = broken!.id === undefined ? '' : ` (record ${broken!.id})`;
      return `${title}BROKEN at head ${String(broken!.position)}${which}: ${broken!.why}: ${explained[broken!.why]}.\n${upTo}\n`;
    })
    .join('');
}
