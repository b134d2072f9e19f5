/**
 * The blocks of the documents that are not commands: settings, JSON, configurations of other programs and searches are parsed by the
 * program that they are meant for. Incomplete blocks are listed here with the reason.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Validator } from '@dhp/fhir-validation';
import { parseSearch } from '@dhp/fhir-search';
import { compileView } from '@dhp/sql-on-fhir';
import { parseSettings } from '../apps/dhp/src/configuration.ts';
import { ConfigurationError } from '../apps/dhp/src/settings/setting.ts';
import { settings, type SettingName } from '../apps/dhp/src/settings.ts';
import { blocksOf, documents, root, type Block } from './document-commands/collect.ts';

/**
 * The blocks of the page of errors are generated from the code and compared with it (apps/fhir/test/errors.test.ts). Translations contain
 * the blocks of the English page (apps/portal/test/documents.test.ts).
 */
const blocks = documents.filter((document) => !/^docs\/(?:uz|ru)\//.test(document)).flatMap(blocksOf);
const placeOf = ({ document, line }: Block): string => `${document}:${String(line)}`;

/** JSON with `…` for omitted parts, by its beginning. */
const parts: readonly { document: string; begins: string; because: string }[] = [
  { document: 'docs/reliability.md', begins: '{ "status": "degraded"', because: 'the state of one check alone' },
];

/** Blocks without a language: how they are read. */
const plain: Record<string, 'searches' | 'address' | 'fields' | 'output'> = {
  'docs/search.md': 'searches',
  'docs/validation.md': 'output',
};
const kindOf = ({ document, text }: Block): string | undefined =>
  plain[document] ?? (/^\s*<sso>/.test(text) ? 'address' : /^RateLimit/.test(text) ? 'fields' : undefined);

/** The settings in a settings file, or in a block that contains only settings. */
function settingsIn(text: string): Record<string, string> | undefined {
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
  const pairs = lines.map((line) => /^([A-Z_]+)=(.*)$/.exec(line));
  if (pairs.length === 0 || pairs.some((pair) => pair === null)) return undefined;
  return Object.fromEntries(pairs.map((pair) => [pair![1]!, pair![2]!]));
}

/** A value with a placeholder for the parts that a page omits. */
function filledIn(name: string, value: string): string {
  if (name === 'DHP_SECRET_KEY') return Buffer.alloc(32, 7).toString('base64');
  return value.replaceAll('…', 'x');
}

describe('settings in the documents', () => {
  test('of whole files are taken, all together', () => {
    const files = blocks.flatMap((block) => {
      const found = settingsIn(block.text);
      return found === undefined ? [] : [{ place: placeOf(block), found }];
    });
    assert.ok(files.length > 0);
    for (const { place, found } of files) {
      const told: string[] = [];
      const given = Object.fromEntries(Object.entries(found).map(([name, value]) => [name, filledIn(name, value)]));
      assert.doesNotThrow(() => parseSettings(given, (sentence) => told.push(sentence)), place);
      assert.deepEqual(told, [], place);
    }
  });

  test('within commands and sentences are declared, with values of their form', () => {
    const all = documents.flatMap((document) => {
      const text = readFileSync(join(root, document), 'utf8');
      return [...text.matchAll(/(?<=[`\s])((?:DHP_[A-Z_]+|DATABASE_URL))=([^\s`|)]+)/g)].map(([, name, value]) => ({
        ...{ document, name: name!, value: value!.replace(/^'(.*)'$/, '$1').replace(/[.,;:]+$/, '') },
      }));
    });
    assert.ok(all.length > 15, String(all.length));
    for (const { document, name, value } of all) {
      // Settings of the tests, and the value that a container platform sets by itself.
      if (name.startsWith('DHP_TEST_') || value.startsWith('tcp://')) continue;
      assert.ok(name in settings, `${document}: ${name}`);
      try {
        settings[name as SettingName].parse(filledIn(name, value));
      } catch (error) {
        assert.ok(!(error instanceof ConfigurationError), `${document}: ${name}=${value} ${String(error)}`);
        throw error;
      }
    }
  });

  test('are named as they are declared', () => {
    const known = (name: string): boolean => name in settings || name.startsWith('DHP_TEST_');
    const own = new Set(['DHP_CONFIG', 'DHP_SERVICE_HOST', 'DHP_PROT', 'DHP_ROLE']);
    const unknown = documents.flatMap((document) => {
      const text = readFileSync(join(root, document), 'utf8');
      const names = [...text.matchAll(/\bDHP_[A-Z_]*[A-Z]\b(?!_)/g)].map(([name]) => name);
      return [...new Set(names)].filter((name) => !known(name) && !own.has(name)).map((name) => `${document}: ${name}`);
    });
    assert.deepEqual(unknown, []);
  });
});

describe('JSON of the documents', () => {
  const json = blocks.filter(({ language }) => language === 'json');
  const isPart = ({ document, text }: Block): boolean =>
    parts.some((part) => part.document === document && text.trim().startsWith(part.begins));

  test('is JSON where it is whole', () => {
    assert.ok(json.length > 100);
    for (const block of json) if (!isPart(block)) assert.doesNotThrow(() => JSON.parse(block.text), placeOf(block));
    for (const { document, begins } of parts) {
      const part = json.find((block) => block.document === document && block.text.trim().startsWith(begins));
      assert.ok(part !== undefined, `${document}: ${begins}`);
      assert.doesNotThrow(() => JSON.parse(part.text.replaceAll(/, …/g, '')), placeOf(part));
    }
  });

  test('is a resource of R5 without errors where it is a resource', () => {
    // As servers have it by default: requests need no fullUrl.
    const validator = new Validator({ beyondSpecification: 'warning' });
    const resources = json.filter(({ text }) => text.includes('"resourceType"'));
    assert.ok(resources.length > 50, String(resources.length));
    for (const block of resources) {
      const resource = JSON.parse(block.text, withoutView) as Parameters<Validator['validate']>[0];
      const issues = validator.validate(resource);
      const errors = issues.filter(({ severity }) => severity === 'error');
      assert.deepEqual(errors, [], placeOf(block));
    }
  });
});

/** R5 has no type ViewDefinition: the package for views parses it, and another resource replaces it. */
function withoutView(_: string, value: unknown): unknown {
  const isView = (value as { resourceType?: unknown } | null)?.resourceType === 'ViewDefinition';
  if (!isView) return value;
  compileView(value);
  return { resourceType: 'Basic', code: { text: 'a view' } };
}

const backupPage = 'docs/operations/backup.md';

describe('configurations of other programs', () => {
  /** An INI file as PgBouncer reads it: sections, `key = value`, comments. */
  function readIni(text: string): Map<string, Map<string, string>> {
    const sections = new Map<string, Map<string, string>>();
    let section: Map<string, string> | undefined;
    for (const [n, line] of text.split('\n').entries()) {
      const trimmed = line.trim();
      if (trimmed === '' || /^[;#]/.test(trimmed)) continue;
      const [, title] = /^\[(\w+)\]$/.exec(trimmed) ?? [];
      const [, key, value] = /^([\w*-]+)\s*=\s*(.*)$/.exec(trimmed) ?? [];
      assert.ok(title !== undefined || (key !== undefined && section !== undefined), `line ${String(n + 1)}: ${line}`);
      if (title !== undefined) sections.set(title, (section = new Map<string, string>()));
      else {
        assert.ok(!section!.has(key!), `${key!} stands twice`);
        section!.set(key!, value!);
      }
    }
    return sections;
  }

  test('the file of PgBouncer has its sections, each setting once, with a value of its form', () => {
    const files = blocks.filter(({ document, language }) => language === 'ini' && document !== backupPage);
    assert.ok(files.length > 0);
    const forms: Record<string, RegExp> = {
      pool_mode: /^(?:session|transaction|statement)$/,
      auth_type: /^(?:cert|md5|scram-sha-256|plain|trust|any|hba|ldap|pam)$/,
      sslmode: /^(?:disable|allow|prefer|require|verify-ca|verify-full)$/,
      number: /^\d+$/,
    };
    for (const file of files) {
      const sections = readIni(file.text);
      assert.deepEqual([...sections.keys()], ['databases', 'pgbouncer'], placeOf(file));
      for (const target of sections.get('databases')!.values()) assert.match(target, /^(?:\w+=\S+ ?)+$/, placeOf(file));
      for (const [key, value] of sections.get('pgbouncer')!) {
        const form =
          forms[key] ??
          (key.endsWith('_sslmode') ? forms['sslmode'] : undefined) ??
          (/_(?:port|size|conn|statements|timeout|retry)$/.test(key) ? forms['number'] : /^/);
        assert.match(value, form!, `${placeOf(file)}: ${key}`);
      }
    }
  });

  test('the file of pgbackrest has the sections that tests/pgbackrest.test.ts runs with, each setting once', () => {
    const [file, ...others] = blocks.filter(({ document, language }) => language === 'ini' && document === backupPage);
    assert.equal(others.length, 0);
    const sections = readIni(file!.text);
    assert.deepEqual([...sections.keys()], ['global', 'dhp']);
    const tried = readFileSync(new URL('pgbackrest.test.ts', import.meta.url), 'utf8');
    for (const [name, settings] of sections)
      for (const key of settings.keys()) assert.ok(tried.includes(key), `${name}: ${key}`);
  });

  test('every block has a language, or is known by its page', () => {
    // Text is of other programs, which are not here.
    const known = ['text', 'sh', 'json', 'ini', 'sql', 'js', 'ts', 'java', 'csharp', 'go', 'php', 'mermaid'];
    const others = blocks.filter((block) =>
      block.language === '' ? kindOf(block) === undefined : !known.includes(block.language),
    );
    assert.deepEqual(others.map(placeOf), []);
  });

  test('searches are understood as they stand there', () => {
    const options = { timeZone: 'Asia/Tashkent', now: new Date(), ownBases: [], lenient: false };
    const lines = blocks
      .filter((block) => block.language === '' && kindOf(block) === 'searches')
      .flatMap(({ text }) => text.split('\n').filter((line) => line !== ''));
    assert.ok(lines.length > 5, String(lines.length));
    for (const line of lines) {
      const [, type, query] = /^(\w+)\?(\S+) {3}/.exec(line) ?? [];
      assert.ok(type !== undefined, line);
      assert.doesNotThrow(() => parseSearch({ type }, [...new URLSearchParams(query)], options), line);
    }
  });

  test('findings that a page quotes have the words that they have now', () => {
    const english = JSON.parse(
      readFileSync(join(root, 'packages/fhir-validation/messages/finding/en.json'), 'utf8'),
    ) as Record<string, string>;
    const shapeOf = (id: string): RegExp => {
      const words = english[id]!.split(/\{[^{}]*\}/).map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
      return new RegExp(`^${words.join('.+')}$`);
    };
    const output = blocks.filter((block) => block.language === '' && kindOf(block) === 'output');
    const quoted = output.flatMap(({ text }) =>
      [...text.matchAll(/^\S+:\d+:\d+ \w+ (.*)\n .* · ([\w-]+)$/gm)].map(([, words, id]) => [id!, words!] as const),
    );
    const outcome = JSON.parse(
      blocks.find(({ document, language }) => document === 'docs/validation.md' && language === 'json')!.text,
    ) as { issue: { details: { text: string; coding: { code: string }[] } }[] };
    const told = outcome.issue.map(({ details }) => [details.coding[1]!.code, details.text] as const);
    assert.ok(quoted.length > 0 && told.length > 0);
    for (const [id, words] of [...quoted, ...told]) assert.match(words, shapeOf(id), id);
  });

  test('fields of a head are lists of members with parameters (RFC 9651)', () => {
    const lines = blocks
      .filter((block) => block.language === '' && kindOf(block) === 'fields')
      .flatMap(({ text }) => text.split('\n').filter((line) => line.trim() !== ''));
    assert.ok(lines.length > 1);
    for (const line of lines) assert.match(line.trim(), /^[A-Za-z-]+: "\w+"(?:;\w+=\d+)+(?:, "\w+"(?:;\w+=\d+)+)*$/);
  });

  test('addresses have the parameters of an authorization request', () => {
    const found = blocks.filter((block) => block.language === '' && kindOf(block) === 'address');
    assert.ok(found.length > 0);
    for (const { text } of found) {
      const address = new URL(text.replaceAll(/\n\s*/g, '').trim().replace('<sso>', 'https://sso.example.uz'));
      for (const name of ['response_type', 'client_id', 'redirect_uri', 'scope', 'state', 'code_challenge'])
        assert.ok(address.searchParams.has(name), name);
    }
  });
});
