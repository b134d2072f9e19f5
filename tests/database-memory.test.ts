/**
 * Everything that a process caches from a database must be dropped or checked again when the database moves to another server. So all state
 * that code with access to a database keeps between calls is listed here: a new variable fails this test until it is part of
 * `DatabaseMemory`, or is listed with the reason why it need not be.
 */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { heldState } from './held-state.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

const own = 'nothing of the database: of the program, of one call, or of work under way';
const http = 'of another server over HTTP, which says itself what changed';
const derived = 'made from a value of the database that is a part of the memory, or looked at again with it';

/** Folder, file, variables, and why they need not be forgotten. */
const kept: Readonly<Record<string, Readonly<Record<string, readonly [variables: string, why: string]>>>> = {
  'packages/fhir-store/src': {
    'database-clock.ts': ['difference', 'measured again each second; another server has the same time'],
    'definitions/definitions-service.ts': [
      'told covered checked running',
      'when it was looked last: at most half a second ago',
    ],
    'definitions/stored-definitions.ts': ['known now parsed', derived],
    'hints.ts': ['listener listening timer owed', own],
    'indexing/announce.ts': ['said', own],
    'indexing/index-progress.ts': [
      'incomplete',
      'a refusal for half a second; that the index is complete is never kept',
    ],
    'parameters/parameters.ts': ['builtIn registering waiting', own],
    'placement/near-nodes.ts': [
      'nodes isClosed',
      'sessions with nodes, without anything that was read: the node that clients use names the place of each row anew',
    ],
    'placement/placement.ts': [
      'near knows',
      'asked when a store is opened: rows are spread over nodes before servers run',
    ],
    'placement/store-on-shards.ts': ['known', 'made of the text of a statement alone'],
    'reads/awaited-changes.ts': [
      'waiting known pause hinted at ofAny',
      'each look compares the server, and wakes all where it is another one',
    ],
    'reads/changes-of-types.ts': ['seen', 'compared with all that is stored when the position is forgotten'],
    'reads/follow.ts': ['caughtUp', own],
    'replicas/replica.ts': [
      'known waiting',
      'a beat is looked up among those that are forgotten when the primary is another one',
    ],
    'replicas/replicas.ts': ['beat isUsed', 'a number of this process; and of one request'],
    'search/keep-words.ts': ['working', own],
    'single-use.ts': ['sweptAt', 'when uses were removed last'],
    'terminology/prepare.ts': ['worker timer number waiting', own],
    'terminology/stored-source.ts': ['revision', derived],
    'terminology/terminology-service.ts': [
      'loaded told covered checked running known',
      'looked at again within half a second; the built-in terminology is of the program',
    ],
    'verify-trail.ts': ['good next page', 'of one look at the trail'],
    'writes/transactor.ts': ['holding indexes', own],
    'writes/writer.ts': ['none', own],
  },
  'packages/search-index/src': {
    'include/includes.ts': ['known', own],
    'page/sort-context.ts': ['units few targets', own],
    'plan/plan-alternatives.ts': ['alternatives', own],
    'resolve/lookups.ts': ['waiting running', own],
    'row-condition/compartment-seeds.ts': ['seeds', own],
    'sql/fragment.ts': ['noText', own],
  },
  'apps/fhir/src': {
    'access/rules.ts': ['known', own],
    'access/watch-members.ts': ['following aside', own],
    'audit/keep-at.ts': ['timer running', own],
    'audit/beside.ts': ['preparedAt', own],
    'audit/recorder.ts': ['noPatients patients ofParts', own],
    'audit/recording-store.ts': ['rows seen', own],
    'audit/tally.ts': ['counts', own],
    'access/decision-cache.ts': [
      'numbers rules decisions parts made',
      'the decisions of a server are a part of the memory',
    ],
    'access/own-subscriptions.ts': ['none', own],
    'access/read-rules.ts': ['made latest', own],
    'access/write-checks.ts': ['names active', own],
    'access/memoized.ts': ['last', own],
    'access/within.ts': ['hashes', own],
    'bundle/links.ts': ['known areLocal', own],
    'http/key-set.ts': ['keys text fetchedAt triedAt running', http],
    'http/media-type.ts': ['read', own],
    'http/proof-nonces.ts': ['made', own],
    'http/revocations.ts': [
      'revoked since heardAt questions',
      `${http}; the position is a time, a minute before the last answer`,
    ],
    'http/turns.ts': ['last', own],
    'http/token-cache.ts': [
      'young old characters',
      'tokens whose signature was verified; and used proofs, which stay refused',
    ],
    'jobs/open-jobs.ts': ['worker', own],
    'operations/sql/artefacts.ts': ['used resolved', own],
    'operations/sql/engine-process.ts': ['mayMakeViews insert', own],
    'operations/sql/engine.ts': ['sessions', own],
    'subscriptions/accesses.ts': ['isClosing looking', own],
    'subscriptions/notification.ts': ['versions', own],
    'subscriptions/open-subscriptions.ts': [
      'open sockets asked',
      `${own}; a socket that was told higher numbers than the database has is ended; a topic is taken for the stored one for 100 ms`,
    ],
    'subscriptions/page.ts': ['asked known', own],
    'subscriptions/reader.ts': [
      'reading failures held began',
      'good for one place of one server: each page compares them with what is stored, and where they differ it is made anew',
    ],
    'presentation/wanted.ts': ['known', own],
    'presentation/converter.ts': ['waiting worker timer last', own],
    'request-log/request-log.ts': ['known', own],
    'search/compartments.ts': ['read', own],
    'server.ts': ['isClosing ahead', `${own}: whether the server is closing, and its handler`],
    'terminology-capabilities.ts': ['made', derived],
    'tools/statements.ts': ['made', derived],
    'validation/apart.ts': ['thread timer last', 'the thread keeps nothing of a database: it asks for each resource'],
    'validation/conformance.ts': ['known made', derived],
    'validation/policy.ts': ['none', own],
    'validation/reference-targets.ts': ['answers met', own],
    'validation/stored-codes.ts': ['revision', derived],
  },
  'packages/sso-kit/src': {
    'request/unit-of-work.ts': ['changes events', own],
  },
  'packages/audit/src': {
    'chain/chain.ts': ['running isBroken', own],
    'trail.ts': ['waiting away pause', own],
  },
  'packages/signing-keys/src': {
    'key-ring.ts': ['listeners keys used', 'read again every half minute, and when the server is another one'],
  },
  'packages/outbound/src': {},
  'packages/grants/src': {},
  'packages/accounts/src': {
    'identity-systems/openid-connect.ts': ['known keys', http],
    'records/organizations.ts': ['known', http],
    'passwords/password.ts': ['running waiting', own],
    'records/patients.ts': ['own', own],
    'messages/outbox.ts': ['running again ended', own],
    'messages/sender.ts': ['transport', own],
  },
  'packages/clients/src': {
    'registry/public-origins.ts': [
      'origins readAt reading',
      'read again after half a minute; says who may read what is public',
    ],
    'authentication/client-keys.ts': ['failed fetched running', http],
  },
  'packages/sso-pages/src': {
    'frame/layout.ts': ['sources', own],
  },
  'packages/protocol/src': {
    'engine/client-tokens.ts': [
      'kept ahead',
      'under the version of the row, which names the server; random bytes that nobody was given',
    ],
    'engine/engine-client.ts': ['cache', 'under the version of the row, which names the server'],
    'logout/notices.ts': ['ended underWay looking again', own],
    'engine/engine.ts': ['provider callback', own],
    'limits/limits.ts': ['waits', 'who waits after failures; the database decides'],
  },
  'packages/sign-in/src': {},
  'packages/administration/src': {},
  'apps/sso/src': {
    'background.ts': ['running ended', own],
    'service-history/measure.ts': ['running counted remembered', own],
    'sso.ts': ['closing isClosing', own],
  },
};

for (const [folder, files] of Object.entries(kept)) {
  test(`all that ${folder} keeps between calls is listed`, async () => {
    const found = [...new Set(await heldState(join(root, folder), 'all'))];
    const reaching = new Set(await heldState(join(root, folder), 'reaching'));
    const listed = Object.entries(files).flatMap(([file, [names]]) =>
      names.split(' ').map((name) => `${file} ${name}`),
    );
    const unlisted = [...reaching].filter((each) => !listed.includes(each));
    assert.deepEqual(unlisted, [], 'kept, and neither a part of DatabaseMemory nor listed with a reason');
    assert.deepEqual(
      listed.filter((each) => !found.includes(each)),
      [],
      'listed, and not there any more',
    );
  });
}

test('the document names every part of the memory', async () => {
  const parts: string[] = [];
  for (const folder of Object.keys(kept)) {
    for (const file of await readdir(join(root, folder), { recursive: true })) {
      if (!file.endsWith('.ts')) continue;
      const text = await readFile(join(root, folder, file), 'utf8');
      for (const [, name] of text.matchAll(/\b(?:(?:memory|database)\.part|store\.memory)\(\s*['`]([^'`$]+)/g))
        parts.push(name!.trim());
    }
  }
  const document = await readFile(join(root, 'docs/reliability.md'), 'utf8');
  const missing = parts.filter((name) => !document.includes(`| ${name}`));
  assert.ok(parts.length >= 9, parts.join(', '));
  assert.deepEqual(missing, []);
});

/** Commits that do not wait for the disk, by file, with their line in docs/reliability.md. */
const unwaited: Readonly<Record<string, string>> = {
  'packages/fhir-store/src/pools.ts': 'words, contained resources and boundaries of the index',
  'packages/fhir-store/src/search/open-search.ts': 'words for `_text` and `_content`',
  'packages/request-log/src/store.ts': 'requests that developers read at the portal',
  'packages/sso-kit/src/request/unit-of-work.ts': 'a sign-in in progress',
  'packages/protocol/src/engine/adapter.ts': 'a sign-in in progress',
  'packages/grants/src/sessions.ts': 'the last use of a session by a page',
  'packages/grants/src/artifacts.ts': 'proofs and assertions used where nothing changes',
  'packages/accounts/src/store/throttle.ts': 'counts of wrong passwords',
};

test('what a crash or a promotion may lose is in docs/reliability.md', async () => {
  const document = await readFile(join(root, 'docs/reliability.md'), 'utf8');
  const found: string[] = [];
  for (const top of ['apps', 'packages']) {
    for (const name of await readdir(join(root, top), { recursive: true })) {
      const isSource = /^[\w-]+[\\/]src[\\/].*\.ts$/.test(name);
      const isMigration = /^[\w-]+[\\/]migrations[\\/].*\.sql$/.test(name);
      if (!isSource && !isMigration) continue;
      const text = await readFile(join(root, top, name), 'utf8');
      for (const [, made] of text.matchAll(/\bcreate unlogged table (\S+)/g)) {
        // Tables with generated names have a separate schema.
        const table = made!.replace('.%I', '');
        assert.ok(document.includes(`\`${table}\``), `docs/reliability.md does not name ${table}`);
      }
      if (isSource && /synchronous_commit: 'off'|'synchronous_commit', 'off'|withoutWaiting\(|isFleeting = /.test(text))
        found.push(join(top, name).replaceAll('\\', '/'));
    }
  }
  // Examples in a comment do not count.
  const files = found.filter((file) => file !== 'packages/postgres/src/connect.ts').sort();
  assert.deepEqual(files, Object.keys(unwaited).sort());
  for (const line of Object.values(unwaited)) assert.ok(document.includes(`| ${line} `), line);
});
