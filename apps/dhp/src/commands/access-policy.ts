/** `dhp policy check|try|activate|rollback|versions|text`: the access policies of an environment, as one document. docs/access.md */
import type { PolicySet } from '@dhp/access-policies';
import {
  activateEarlier,
  activateNew,
  PoliciesChanged,
  selectActivePolicies,
  selectPolicyActivations,
  selectPolicyText,
  selectPolicyVersions,
} from '@dhp/fhir-store/access-policies';
import { operatingSystemUser } from '@dhp/sso-kit';
import type { Sql } from '@dhp/postgres';
import { UsageError, type Command, type Values } from '../cli.ts';
import { explainAccessCommand } from './explain-access.ts';
import { checkedDocument, inForce, language, readDocument, said, work } from './policy-document.ts';
import { checkLabels, labelsCommand, ofLabels } from './policy-labels.ts';
import { tryOut } from './policy-try.ts';
import { print, table } from '../output.ts';
import { environment, json, reason, reasonOf, textOf } from './shared.ts';

const base = {
  type: 'string',
  value: 'NUMBER',
  help: 'the version that you have seen in force, 0 for none; default whatever is',
} as const;

function change(values: Values): { by: string; reason: string; base?: number | null } {
  const given = textOf(values, 'base');
  const by = `cli:${operatingSystemUser()}`;
  if (given === undefined) return { by, reason: reasonOf(values) ?? '' };
  if (!/^\d{1,9}$/.test(given)) throw new UsageError(said().document.base({ given }));
  return { by, reason: reasonOf(values) ?? '', base: Number(given) === 0 ? null : Number(given) };
}

/** @throws UsageError if other policies are in force than --base states */
async function unlessChanged<Result>(done: () => Promise<Result>): Promise<Result> {
  try {
    return await done();
  } catch (error) {
    if (!(error instanceof PoliciesChanged)) throw error;
    const { document } = said();
    const { version } = error;
    throw new UsageError(version === undefined ? document.changedNone : document.changed({ version }));
  }
}

const check: Command = {
  name: 'policy check',
  summary: 'Check a document of access policies, and change nothing',
  argument: 'FILE',
  options: { language, json },
  examples: ['dhp policy check policies.json --language uz'],
  run: async (values, file) => {
    const { set } = await readDocument(values, file);
    if (values['json'] === true) print({ rules: set.rules.length });
    else process.stdout.write(`${said().document.isRight({ file, rules: set.rules.length })}\n`);
    return 0;
  },
};

/** Factors that take effect later than the rest. */
function laterThanTheRest({ consent, care }: PolicySet): string {
  const { consentsLater, careLater } = said().document;
  return `${consent === undefined ? '' : `${consentsLater}\n`}${care === undefined ? '' : `${careLater}\n`}`;
}

const activate: Command = {
  name: 'policy activate',
  summary: 'Put a document of access policies into force, on every server within a second',
  argument: 'FILE',
  options: { environment, reason, base, language, json },
  examples: ["dhp policy activate policies.json --reason 'order 12' --environment production"],
  run: async (values, file) => {
    const { set, text } = await readDocument(values, file);
    await checkLabels(values, set);
    const made = change(values);
    const version = await unlessChanged(() => work(values, (sql) => activateNew(sql, text, made)));
    if (values['json'] === true) print({ version });
    else process.stdout.write(`${said().document.inForce({ version })}\n${laterThanTheRest(set)}${ofLabels(set)}`);
    return 0;
  },
};

const rollback: Command = {
  name: 'policy rollback',
  summary: 'Put the access policies into force that were before, or another version, or none',
  options: {
    version: { type: 'string', value: 'NUMBER', help: 'one of dhp policy versions; default what was in force before' },
    none: { type: 'boolean', help: 'no access policies: what scopes permit is permitted' },
    base,
    environment,
    reason,
    json,
  },
  examples: [
    'dhp policy rollback',
    'dhp policy rollback --version 3',
    "dhp policy rollback --none --reason 'a mistake'",
  ],
  run: async (values) => {
    const given = textOf(values, 'version');
    if (given !== undefined && values['none'] === true) throw new UsageError(said().document.versionOrNone);
    const { to, made } = await earlier(values, given);
    const version = await unlessChanged(() => work(values, (sql) => activateEarlier(sql, to, made)));
    if (values['json'] === true) print({ version: version ?? null });
    else if (version === undefined) process.stdout.write(`${said().document.noneInForce}\n`);
    else process.stdout.write(`${said().document.inForce({ version })}\n`);
    return 0;
  },
};

/**
 * The version to activate, checked like a new one, since things that it names may no longer exist. Undefined: none.
 * @throws UsageError for a version that does not exist or has faults
 */
async function earlier(
  values: Values,
  given: string | undefined,
): Promise<{ readonly to: number | undefined; readonly made: ReturnType<typeof change> }> {
  const made = change(values);
  if (values['none'] === true) return { to: undefined, made };
  const {
    to,
    text: found,
    base: seen,
  } = await work(values, async (sql) => {
    const [now, before] = await selectPolicyActivations(sql, 2);
    const number = given === undefined ? before?.version : Number(given);
    const document = number === undefined ? undefined : await textOfVersion(sql, number);
    return { to: number, text: document, base: now?.version ?? null };
  });
  if (found !== undefined) {
    const name = said().document.version({ version: to! });
    await checkLabels(values, await checkedDocument(values, name, found));
  }
  // If others have changed it meanwhile, another version was in force before.
  return { to, made: given === undefined ? { base: seen, ...made } : made };
}

async function textOfVersion(sql: Sql, version: number): Promise<string> {
  const isNumber = Number.isInteger(version) && version > 0 && version < 2 ** 31;
  const text = isNumber ? await selectPolicyText(sql, version) : undefined;
  if (text === undefined) throw new UsageError(said().document.unknownVersion({ version }));
  return text;
}

const versions: Command = {
  name: 'policy versions',
  summary: 'List the versions of the access policies, and which is in force',
  options: { environment, json },
  run: async (values) => {
    const { list, active, set } = await work(values, async (sql) => ({
      list: await selectPolicyVersions(sql),
      active: await selectActivePolicies(sql),
      set: await inForce(sql),
    }));
    const isEnforced = set?.consent !== undefined;
    const { document } = said();
    const consents = isEnforced ? '' : `${document.consentsNotEnforced}\n`;
    if (values['json'] === true)
      print({ inForce: active.version ?? null, consentsEnforced: isEnforced, versions: list });
    else if (list.length === 0) process.stdout.write(`${document.none}\n${consents}`);
    else {
      const rows = list.map(({ version, made, madeBy, reason: why }) => [
        ...[String(version), version === active.version ? document.here : '', made.toISOString(), madeBy, why],
      ]);
      process.stdout.write(`${table(['VERSION', '', 'MADE', 'BY', 'REASON'], rows)}${consents}`);
    }
    return 0;
  },
};

const text: Command = {
  name: 'policy text',
  summary: 'Print the document of the access policies in force, or of a version',
  options: { version: { type: 'string', value: 'NUMBER', help: 'one of dhp policy versions' }, environment, json },
  run: async (values) => {
    const given = textOf(values, 'version');
    const found = await work(values, async (sql) =>
      given === undefined ? (await selectActivePolicies(sql)).text : textOfVersion(sql, Number(given)),
    );
    if (found === undefined) throw new UsageError(said().document.noneInForce);
    process.stdout.write(found.endsWith('\n') ? found : `${found}\n`);
    return 0;
  },
};

export const accessPolicyCommands: readonly Command[] = [
  check,
  tryOut,
  activate,
  rollback,
  versions,
  text,
  labelsCommand,
  explainAccessCommand,
];
