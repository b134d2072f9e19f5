/** Sends the published examples through a platform that is started for it; writes docs/reports/examples.md. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, relative } from 'node:path';
import { progressOn } from '../../apps/dhp/src/progress.ts';
import { getToken, openHome } from '../platform.ts';
import { count, report, reportFile } from './report.ts';
import { exampleFiles, roundTrip } from './round-trip.ts';

const progress = progressOn(process.stderr);
const place = await openHome();
try {
  const starting = progress.step('a platform of its own');
  const { urls, demo } = await place.start();
  if (demo === undefined) throw new Error('the platform made no client');
  starting.done(urls.playground);

  const files = await exampleFiles();
  const step = progress.step('examples');
  const token = await getToken(urls.sso, demo);
  const results = await roundTrip(urls.playground, token, files, (done) => step.update(done, files.length));
  step.done(`${files.length.toLocaleString('en')} files`);

  await mkdir(dirname(reportFile), { recursive: true });
  await writeFile(reportFile, report(results));
  for (const { file, outcome, reason } of results)
    if (outcome === 'failed' || outcome === 'skipped') console.log(`${outcome}: ${file}: ${reason}`);
  const [passed, refused, failed, skipped] = (['passed', 'refused', 'failed', 'skipped'] as const).map((outcome) =>
    count(results, outcome),
  );
  console.log(
    `examples: ${passed} passed, ${refused} refused, ${failed} failed, ${skipped} skipped (${relative('.', reportFile)})`,
  );
  process.exitCode = failed === 0 ? 0 : 1;
} finally {
  await place.close();
}
