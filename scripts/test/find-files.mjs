// Finds the test files for `npm test`: all, or those given as arguments.
import { glob, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';

const all = ['packages/*/test/**/*.test.ts', 'apps/*/test/**/*.test.ts', 'tests/**/*.test.ts'];

/**
 * The longest first, so that no long file runs alone at the end while a core is idle: first tests against whole platforms, then tests
 * against one server, then packages, most of which take a second. These take half a minute although they come later, and share no process.
 */
const long = ['packages/fhir-store/test/reindex.test.ts', 'apps/fhir/test/access-matrix.test.ts'];
/**
 * Most of their time they wait for one to pass, as for a limit of silence, and need hardly a core meanwhile: they begin with the first,
 * one at a time, beside as many others as run anyway.
 */
const quiet = [
  'packages/postgres/test/commits.test.ts',
  'packages/postgres/test/silence.test.ts',
  'packages/fhir-store/test/failover.test.ts',
  'apps/fhir/test/database-away.test.ts',
  'apps/fhir/test/proof-failover.test.ts',
  'apps/fhir/test/request-time.test.ts',
  'apps/sso/test/database-silent.test.ts',
  'apps/sso/test/standby-away.test.ts',
  'tests/sso-silence.test.ts',
  'tests/test-runner.test.ts',
];
export const isQuiet = (file) => quiet.includes(file);

/**
 * These need separate processes, although the files of their folder share one: they start or kill servers, count statements, or measure
 * memory or CPU time, which other files in the process would affect.
 */
const apart = [
  'apps/sso/test/audit-kill.test.ts',
  'apps/sso/test/clients.test.ts',
  'apps/sso/test/database-refuses.test.ts',
  'apps/sso/test/existing-names.test.ts',
  'apps/sso/test/fuzz.test.ts',
  'apps/sso/test/operate-scale.test.ts',
  'apps/sso/test/signing-keys.test.ts',
  'apps/sso/test/tokens-doc.test.ts',
  'packages/fhir-search/test/query-chain.test.ts',
  'packages/fhir-store/test/changes.test.ts', // It starts its own PostgreSQL, through an environment without the address of the shared one.
  'packages/fhir-terminology/test/content.test.ts',
  'packages/fhir-terminology/test/cost.test.ts',
  'packages/fhir-terminology/test/regex.test.ts',
  'packages/fhir-validation/test/hostile.test.ts',
  'packages/fhirpath/test/evaluation-work.test.ts',
  'packages/fhirpath/test/patterns.test.ts',
  'packages/name-scripts/test/combining-marks.test.ts',
  'packages/smart-scopes/test/grammar.test.ts',
];
/** These share one process, which keeps one platform for them (`apps/portal/test/shared-platform.ts`). */
const onOnePlatform = [
  'apps/portal/test/bulk.test.ts',
  'apps/portal/test/data.test.ts',
  'apps/portal/test/editor.test.ts',
  'apps/portal/test/explorer.test.ts',
  'apps/portal/test/launcher.test.ts',
  'apps/portal/test/own-token.test.ts',
  'apps/portal/test/platform.test.ts',
  'apps/portal/test/requests.test.ts',
  'apps/portal/test/walks.test.ts',
];
/**
 * Further pages of the portal in Chromium: these share a process with its browser (`tests/browser.ts`) and the processes of their
 * platforms.
 */
const pagesOfPortal = [
  'apps/portal/test/browser.test.ts',
  'apps/portal/test/documents-browser.test.ts',
  'apps/portal/test/feed.test.ts',
  'apps/portal/test/pictures.test.ts',
  'apps/portal/test/signed-in.test.ts',
  'apps/portal/test/subscriptions.test.ts',
];
/** Pages of the SSO, grouped like those of the portal. */
const pagesOfSso = [
  'apps/sso/test/access-watch.test.ts',
  'apps/sso/test/account.test.ts',
  'apps/sso/test/consent-by-scope.test.ts',
  'apps/sso/test/cyrillic-pages.test.ts',
  'apps/sso/test/factors.test.ts',
  'apps/sso/test/hostile-names.test.ts',
  'apps/sso/test/leaving-and-devices.test.ts',
  'apps/sso/test/operate-access.test.ts',
  'apps/sso/test/operate-officer.test.ts',
  'apps/sso/test/operate-pages.test.ts',
  'apps/sso/test/operate-register.test.ts',
  'apps/sso/test/operate-staff.test.ts',
  'apps/sso/test/own-account.test.ts',
  'apps/sso/test/own-password.test.ts',
  'apps/sso/test/pages.test.ts',
  'apps/sso/test/paper-codes.test.ts',
  'apps/sso/test/password.test.ts',
  'apps/sso/test/patient-choice.test.ts',
  'apps/sso/test/sign-up.test.ts',
  'apps/sso/test/upstream.test.ts',
];
/** In `tests/`, each file has its own process, except that these share one: they read documents or compute. */
const sharingInTests = [
  'tests/architecture.test.ts',
  'tests/clients-page.test.ts',
  'tests/cyrillic.test.ts',
  'tests/database-memory.test.ts',
  'tests/document-blocks.test.ts',
  'tests/explorer-templates.test.ts',
  'tests/fhirpath-official.test.ts',
  'tests/glossary.test.ts',
  'tests/interference-kinds.test.ts',
  'tests/message-words.test.ts',
  'tests/national-views.test.ts',
  'tests/periods-of-care.test.ts',
  'tests/periods-of-consents.test.ts',
  'tests/population.test.ts',
  'tests/reference.test.ts',
  'tests/security-documents.test.ts',
  'tests/sql-on-fhir-official.test.ts',
];
/** In `tests/`, these also share a process: each starts servers in it, whose code is loaded once. */
const withServersInTests = [
  'tests/audit-events.test.ts',
  'tests/client-doors.test.ts',
  'tests/client-fields.test.ts',
  'tests/languages.test.ts',
  'tests/large-requests.test.ts',
  'tests/national-audit-events.test.ts',
  'tests/national-package.test.ts',
  'tests/openid-client.test.ts',
  'tests/person-policy-doors.test.ts',
  'tests/person-policy-fields.test.ts',
  'tests/subscription-rights.test.ts',
];
/**
 * In `tests/`, these share processes, since they share the processes in which `dhp` runs (`programs: 'kept'` and `commands` of `openHome`):
 * loaded and compiled code serves all of them.
 */
const onKeptPrograms = [
  'tests/access-policy-administration.test.ts',
  'tests/access-policy-cli.test.ts',
  'tests/admin-cli.test.ts',
  'tests/client-cli.test.ts',
  'tests/command-language.test.ts',
  'tests/data-directory.test.ts',
  'tests/database-roles.test.ts',
  'tests/demo-client.test.ts',
  'tests/doctor.test.ts',
  'tests/document-commands.test.ts',
  'tests/environments.test.ts',
  'tests/examples.test.ts',
  'tests/exchange.test.ts',
  'tests/http-clients.test.ts',
  'tests/integrator-files.test.ts',
  'tests/jobs.test.ts',
  'tests/national-playground.test.ts',
  'tests/national-terminology.test.ts',
  'tests/new-people.test.ts',
  'tests/package.test.ts',
  'tests/packages-at-start.test.ts',
  'tests/proxies.test.ts',
  'tests/recipes.test.ts',
  'tests/reindex.test.ts',
  'tests/reverse-proxy.test.ts',
  'tests/sign-in.test.ts',
  'tests/smart-launch.test.ts',
  'tests/terminology-import.test.ts',
  'tests/trail-export.test.ts',
  'tests/trail-life.test.ts',
  'tests/trail-retention.test.ts',
  'tests/trail.test.ts',
  'tests/validate-cli.test.ts',
];
/** In folders whose files have a process each, these share one: they start no program and change no setting of the process. */
const sharingElsewhere = [
  'apps/dhp/test/access-log.test.ts',
  'apps/dhp/test/caller-address.test.ts',
  'apps/dhp/test/cli.test.ts',
  'apps/dhp/test/condensed-log.test.ts',
  'apps/dhp/test/connection-budget.test.ts',
  'apps/dhp/test/connection-limits.test.ts',
  'apps/dhp/test/disk-room.test.ts',
  'apps/dhp/test/distributed.test.ts',
  'apps/dhp/test/doctor.test.ts',
  'apps/dhp/test/front.test.ts',
  'apps/dhp/test/indexing.test.ts',
  'apps/dhp/test/log-details.test.ts',
  'apps/dhp/test/portal-proxy.test.ts',
  'apps/dhp/test/portal-socket.test.ts',
  'apps/dhp/test/release-archives.test.ts',
  'apps/dhp/test/repeated-options.test.ts',
  'apps/dhp/test/request-target.test.ts',
  'apps/dhp/test/restarts.test.ts',
  'apps/dhp/test/slow-statements.test.ts',
  'apps/dhp/test/trees.test.ts',
  'apps/dhp/test/welcome.test.ts',
  'packages/postgres/test/address.test.ts',
  'packages/postgres/test/batcher.test.ts',
  'packages/postgres/test/brief-statements.test.ts',
  'packages/postgres/test/database.test.ts',
  'packages/postgres/test/frames.test.ts',
  'packages/postgres/test/large-parameters.test.ts',
  'packages/postgres/test/listen.test.ts',
  'packages/postgres/test/migrate.test.ts',
  'packages/postgres/test/statement-text.test.ts',
  'packages/postgres/test/statements.test.ts',
  'packages/postgres/test/wire.test.ts',
];
/** Folders whose files have a process each: they start programs or change the environment. */
const ownProcesses = ['apps/dhp/', 'packages/postgres/'];

/** Groups that take as long as the longest files. */
const longGroups = ['visitors', 'pages of the portal', 'pages of the SSO'];
const isLong = (file) => long.includes(file) || longGroups.includes(groupOf(file)) || isQuiet(file);
export const isApart = (file) =>
  groupOf(file) === undefined &&
  (isLong(file) || apart.includes(file) || ownProcesses.some((one) => file.startsWith(one)));
/** Groups of files that share processes, by name, if they are not a whole folder. */
const groups = new Map([
  ['visitors', onOnePlatform],
  ['pages of the portal', pagesOfPortal],
  ['pages of the SSO', pagesOfSso],
  ['readers', sharingInTests],
  ['parts of programs', sharingElsewhere],
  ['servers', withServersInTests],
  ['kept programs', onKeptPrograms],
]);
/** @returns the name of the group of files that a file shares processes with; undefined if its folder says it */
export const groupOf = (file) => [...groups].find(([, files]) => files.includes(file))?.[0];
const rankOf = (file) => (isLong(file) ? 1 : 1 + ['tests', 'apps', 'packages'].indexOf(file.split(sep)[0]));

/**
 * @param {string[]} words files, folders and glob patterns, relative to the working directory; none for all tests
 * @returns {Promise<{ files: string[], unknown: string[] }>} the files without repetition, the longest first, and the words that
 *   name no test file
 */
export async function findFiles(words) {
  const files = new Set();
  const unknown = [];
  for (const word of words.length > 0 ? words : all) {
    const found = await matching(word);
    if (found.length === 0) unknown.push(word);
    for (const file of found) files.add(file);
  }
  return { files: [...files].sort((a, b) => rankOf(a) - rankOf(b) || (a < b ? -1 : 1)), unknown };
}

/** A folder stands for all test files below it; other files that a pattern matches are omitted. */
async function matching(word) {
  const is = await stat(word).catch(() => undefined);
  if (is?.isFile()) return [fromHere(word)];
  const pattern = is?.isDirectory() ? join(word, '**/*.test.ts') : word;
  const found = [];
  for await (const file of glob(pattern)) if (file.endsWith('.test.ts')) found.push(fromHere(file));
  return found;
}

const fromHere = (file) => relative(process.cwd(), file);
