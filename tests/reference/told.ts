/** How the reference validator tells each of its messages, read from its published sources: as a finding, a failure, or a part of a text. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** As what a message is told; of several the gravest. */
export type Told = 'error' | 'warning' | 'hint' | 'failure' | 'part';

const artifacts = 'org.hl7.fhir.validation,org.hl7.fhir.r5,org.hl7.fhir.utilities';

/** Methods of the reference by what they tell, the gravest first. A `warningOrError` is as grave as a setting says. */
const methods: readonly (readonly [Told, RegExp])[] = [
  [
    'error',
    /\b(?:rule(?:Plural|Inv|IfLog)?|txRule|fail|error|logError|makeIssue|addIssue|ValidationMessage|warningOrError|hintOrError|addValidationMessage)\(/,
  ],
  ['warning', /\b(?:warning(?:Plural|Plus|If|Inv)?|txWarning|addWarning)\(/],
  ['hint', /\b(?:hint(?:Plural|Inv)?|txHint|slicingHint|bpCheck)\(/],
  ['failure', /\b(?:throw|definitionException)\b/],
];

/** As what each message is told, by its id; none for a message that no source names. @throws Error when Maven fails */
export function toldIn(folder: string): ReadonlyMap<string, Told> {
  const sources = unpacked(folder);
  const ids = constants(sources);
  const found = new Map<string, Told>();
  for (const file of sources) {
    const text = readFileSync(file, 'utf8');
    for (const { 1: name, index } of text.matchAll(/I18nConstants\.(\w+)/g)) {
      const id = ids.get(name!) ?? name!;
      found.set(id, graver(found.get(id), toldAt(text, index)));
    }
  }
  return found;
}

/** As what the statement around an id tells it, by the part of it that is before the id. */
function toldAt(text: string, index: number): Told {
  const start = Math.max(...[';', '{', '}'].map((end) => text.lastIndexOf(end, index)));
  const statement = text.slice(start + 1, index);
  const [, severity] =
    /IssueSeverity\.(INFORMATION|WARNING)/.exec(text.slice(start + 1, text.indexOf(';', index))) ?? [];
  if (severity !== undefined) return severity === 'WARNING' ? 'warning' : 'hint';
  return methods.find(([, method]) => method.test(statement))?.[0] ?? 'part';
}

const order: readonly Told[] = ['error', 'warning', 'hint', 'failure', 'part'];

const graver = (one: Told | undefined, other: Told): Told =>
  one === undefined || order.indexOf(other) < order.indexOf(one) ? other : one;

/** Ids by the names of their constants. */
function constants(sources: readonly string[]): ReadonlyMap<string, string> {
  const file = sources.find((one) => one.endsWith('I18nConstants.java'));
  const text = file === undefined ? '' : readFileSync(file, 'utf8');
  return new Map([...text.matchAll(/String (\w+) = "([^"]+)"/g)].map(([, name, id]) => [name!, id!]));
}

function unpacked(folder: string): string[] {
  const to = join(folder, 'sources');
  if (!existsSync(to)) {
    mkdirSync(to, { recursive: true });
    const pom = fileURLToPath(new URL('./java/pom.xml', import.meta.url));
    const copy = [`-DoutputDirectory=${to}`, '-Dclassifier=sources', '-DincludeGroupIds=ca.uhn.hapi.fhir'];
    const only = [`-DincludeArtifactIds=${artifacts}`];
    execFileSync('mvn', ['-q', '-B', '-f', pom, 'dependency:copy-dependencies', ...copy, ...only]);
    for (const jar of readdirSync(to)) execFileSync('jar', ['xf', jar], { cwd: to });
  }
  return readdirSync(to, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.java'))
    .map((file) => join(to, file));
}
