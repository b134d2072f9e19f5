/** Texts that people read are in the catalogues of messages/, in three languages, and not in the code of the commands. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { before, describe, it } from 'node:test';
import ts from 'typescript';
import { commandsFor } from '../src/commands.ts';
import { helpMessages } from '../src/texts/help.ts';

const sources = join(dirname(fileURLToPath(import.meta.url)), '..', 'src');

/** Two words, apart by a space: what names, keys and formats do not have. Columns are in capitals, and not translated. */
const sentence = /\p{L}{2,}[,;:.]? \p{L}+/u;
const isSaid = (text: string): boolean => sentence.test(text) && /\p{Ll}/u.test(text);

/** Members whose text is no result: the help's are compared with its catalogue by tests/help.test.ts, examples are commands. */
const otherMembers = new Set(['examples', 'applicationName', 'help']);
/** Errors that nobody expects: whoever mends the program reads them. */
const unexpected = new Set(['Error', 'AbortController']);
/** Tables of docs/configuration.md, and what keys are derived from; beside these SQL that is put together. */
const otherCalls = new Set(['setting', 'hkdfSync']);

function nameOf(node: ts.Node | undefined): string {
  return node !== undefined && ts.isIdentifier(node) ? node.text : '';
}

/** Whether texts below a node are read by nobody as a result of a command. */
function isOther(node: ts.Node): boolean {
  if (ts.isPropertyAssignment(node)) return otherMembers.has(nameOf(node.name));
  if (ts.isNewExpression(node)) return unexpected.has(nameOf(node.expression));
  if (ts.isCallExpression(node))
    return (
      otherCalls.has(nameOf(node.expression)) ||
      (ts.isPropertyAccessExpression(node.expression) && node.expression.name.text === 'unsafe')
    );
  return ts.isImportDeclaration(node) || ts.isTaggedTemplateExpression(node) || ts.isTypeNode(node);
}

function textOf(node: ts.Node): string | undefined {
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return node.text;
  if (!ts.isTemplateExpression(node)) return undefined;
  return node.head.text + node.templateSpans.map(({ literal }) => `{}${literal.text}`).join('');
}

/** The sentences that a module says by itself. */
function sentencesIn(code: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (isOther(node)) return;
    const text = textOf(node);
    if (text !== undefined && isSaid(text)) found.push(text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('module.ts', code, ts.ScriptTarget.Latest));
  return found;
}

/** Texts that stay in English, by module. */
const stays: Readonly<Record<string, readonly string[]>> = {
  // Names of pools and of owners of the embedded database, as PostgreSQL and the log have them.
  'connection-budget.ts': ['dhp sso', 'dhp sso reads'],
  'servers/sso.ts': ['dhp sso', 'dhp sso reads'],
  'databases.ts': ['dhp start', 'a dhp command'],
  // Reasons that are recorded.
  'servers/fhir.ts': ['the default of a new installation'],
  'demo-client.ts': ['production is served'],
  'commands/audit-life.ts': ['to look'],
  // Lines of the log, and how a process ended.
  'processes/bounded-output.ts': ['{} lines of output were left out: nobody read them in time.\n'],
  'processes/server-process.ts': ['exit code {}'],
  // Details that are behind a sentence, and findings for developers.
  'packages/check.ts': [
    'Subscription.status: it is not installed. {}',
    '{}: nothing can be searched by it; it wants {}',
  ],
  'packages/plan.ts': ['{}: every id that this {} could have is taken.'],
  'commands/client.ts': ['There is no client "{}"'],
  'commands/policy.ts': ['The role "{}" permits nothing in the {}', '{} in Organization/{}'],
  // Values of `reason` in JSON, which are keys of the sentences.
  'packages/remove.ts': ['brought by another package', 'there before', 'changed since', 'referred to by others'],
  // States and names of members, and SQL.
  'doctor/role-state.ts': ['no such role', 'does not log in', '{} {} to run', 'as declared'],
  'commands/database-roles.ts': [
    ...['-- Nothing to do.\n', '-- The server of {}'],
    ...['alter role {} login {};', 'create role {} login noinherit {};'],
    '-- {} does not log in: run dhp database roles --print-sql again after this script',
  ],
  'commands/registration-token.ts': ['token id  {}\ntoken     {}\nfor       {}\n'],
  'commands/user.ts': ['user name   {}\n\n{}\n', 'user name   {}\ninvitation  {}\n\n{}\n', 'user name  {}\n{}{}'],
  // The reason in the audit trail.
  'commands/restore.ts': ['restored to {} from backup {}: {}'],
  'commands/restore-finish.ts': ['restored by another program: {}'],
  // A line of the log, and SQL.
  'tracing.ts': ['traces cannot be sent'],
  // A page with words of the messages, and content types.
  'servers/form-refusals.ts': [
    '<!doctype html><html lang="{}"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{}</title><h1>{}</h1><p>{}</p></html>\n',
    ...['text/html; charset=utf-8', 'application/fhir+json; charset=utf-8'],
  ],
  // Reasons of who only looks, which stand nowhere.
  'commands/hold.ts': ['to look'],
  'commands/archive.ts': ['to look', 'to verify'],
  // A sealed part is bound to it.
  'version-archive.ts': ['dhp versions {}'],
  'commands/purge.ts': ['to look'],
  'commands/retention.ts': ['to look', 'to count'],
  'commands/job-work.ts': ['to carry out jobs'],
  // The name of a lock.
  'retention.ts': ['fhir audit retention'],
  // Names in the list of jobs, and the outcome of a job that somebody has made who may not.
  'jobs/retention.ts': ['dhp retention', 'retention with an archive', 'No purge is named.'],
  'jobs/reindex.ts': ['dhp reindex', 'search index'],
  'jobs/trail-export.ts': ['dhp audit export', 'trail of requests', 'No export is named.'],
  // As the client begins a sentence of its own.
  'stream/kafka-fault.ts': ['Unknown topic'],
  // A line of the log.
  'processes/steady-clock.ts': [
    'the clock of this machine is off: it is not followed',
    'the clock of this machine is right again',
  ],
  'slow-statements.ts': ['slow statement', 'explain (generic_plan) '],
  // Content types, and a command to be copied.
  'servers/portal.ts': ['text/plain; charset=utf-8', 'A route has a schema: the framework has no compiler for it'],
  'welcome.ts': ['  curl -s {}/Patient{} -H "Authorization: Bearer $TOKEN"'],
};

/** Help texts of metrics are read by programs and operators’ dashboards, in English. */
const isOfMetrics = (path: string): boolean => path.startsWith('metrics/');

/** Modules that write a document. */
const others = new Set(['configuration-doc.ts', 'settings.ts']);

describe('the code of the commands', () => {
  let ofHelp: Set<string>;
  before(async () => {
    const commands = await commandsFor([]);
    ofHelp = new Set([...Object.keys(helpMessages.en.says), ...commands.map(({ name }) => name)]);
  });

  it('says nothing by itself', () => {
    const modules = globSync('**/*.ts', { cwd: sources }).map((path) => path.split(sep).join('/'));
    assert.ok(modules.length > 80, String(modules.length));
    const said = modules
      .filter((path) => !path.startsWith('texts/') && !others.has(path) && !isOfMetrics(path))
      .flatMap((path) =>
        sentencesIn(readFileSync(join(sources, path), 'utf8'))
          .filter((text) => !ofHelp.has(text) && stays[path]?.includes(text) !== true)
          .map((text) => `${path}: ${text}`),
      );
    assert.deepEqual(said, []);
  });

  it('is searched for sentences of every form', () => {
    const code = `
      process.stdout.write('Nothing is left.\\n');
      progress.say(\`There are \${count} of them\`);
      const state = isThere ? 'is there' : \`gone\`;
      throw new UsageError('Name one: --from or --record.');
      run({ help: 'an id of your own', examples: ['dhp key list'] });
      throw new Error('cannot happen at all');
      await sql\`select 1 from t\`;
    `;
    assert.deepEqual(sentencesIn(code), [
      ...['Nothing is left.\n', 'There are {} of them', 'is there', 'Name one: --from or --record.'],
    ]);
  });
});
