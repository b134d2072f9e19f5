/** Assesses the facts of a database server and its databases. Pure, so that each limit can be tested. */
import type { DatabaseFacts, ServerFacts } from './database-facts.ts';
import { finding, orWell, well, type Finding } from './finding.ts';
import { sized, told } from './node-checks.ts';

/** The oldest tested major version. */
const oldestVersion = 160_000;

const seconds = 1000;
const mebibyte = 1024 ** 2;

/** @param about the address of the server, without a login */
export function judgeServer(about: string, facts: ServerFacts): readonly Finding[] {
  return [...version(about, facts), ...durability(about, facts), ...clock(about, facts), ...replication(about, facts)];
}

function version(about: string, facts: ServerFacts): readonly Finding[] {
  const { old } = told().version;
  if (facts.version >= oldestVersion) return [well('version', about)];
  const major = String(Math.floor(facts.version / 10_000));
  return [finding(['version', 'fault', about], old, { version: major })];
}

function durability(about: string, facts: ServerFacts): readonly Finding[] {
  const { off, checksums, autovacuum } = told().durability;
  const switches = [
    ['fsync', facts.fsync],
    ['full_page_writes', facts.fullPageWrites],
    ['synchronous_commit', facts.synchronousCommit],
  ] as const;
  return orWell('durability', about, [
    ...switches.flatMap(([setting, value]) =>
      value === 'off' ? [finding(['durability', 'fault', about], off, { setting })] : [],
    ),
    ...(facts.autovacuum === 'off' ? [finding(['durability', 'fault', about], autovacuum, {})] : []),
    ...(facts.checksums === 'off' ? [finding(['durability', 'warning', about], checksums, {})] : []),
  ]);
}

/** The store refuses stamps that are 20 s off; tokens and proofs are checked by the clock of the node. */
function clock(about: string, { clockAhead, clockDoubt }: ServerFacts): readonly Finding[] {
  const off = Math.max(0, Math.abs(clockAhead) - clockDoubt);
  if (off < 2 * seconds) return [well('clock', about)];
  const { apart } = told().clock;
  const values = { seconds: (off / seconds).toFixed(1) };
  const level = off < 10 * seconds ? 'warning' : 'fault';
  return [finding(['clock', level, about], apart, values)];
}

function replication(about: string, facts: ServerFacts): readonly Finding[] {
  const { behind, slot, unconfirmed } = told().replication;
  const lag = facts.lag ?? 0;
  const level = lag < 1024 * mebibyte ? 'warning' : 'fault';
  const isUnconfirmed = facts.synchronousStandbys !== '' && facts.confirmingStandbys === 0 && facts.seesAll;
  return orWell('replication', about, [
    ...(lag >= 64 * mebibyte ? [finding(['replication', level, about], behind, { size: sized(lag) })] : []),
    ...(isUnconfirmed
      ? [finding(['replication', 'fault', about], unconfirmed, { names: facts.synchronousStandbys })]
      : []),
    ...facts.idleSlots.flatMap(({ name, bytes }) =>
      bytes < 1024 * mebibyte ? [] : [finding(['replication', 'fault', about], slot, { name, size: sized(bytes) })],
    ),
  ]);
}

/**
 * Whether every change is archived outside the machine, unless others take care of it.
 * @param folder of backups of the embedded server, '' if none is named; undefined for another server, which has its own archive
 */
export function judgeArchive(about: string, facts: ServerFacts, folder: string | undefined): readonly Finding[] {
  const { off, offHere, notYet, failing } = told().archive;
  if (facts.archiveMode === 'off') {
    if (folder === undefined) return [finding(['archive', 'warning', about], off, {})];
    return [finding(['archive', 'warning', about], folder === '' ? offHere : notYet, {})];
  }
  const { failedFile: file, failedSince } = facts;
  if (file === null) return [well('archive', about)];
  const values = { file, minutes: String(Math.round((failedSince ?? 0) / 60)) };
  return [finding(['archive', 'fault', about], failing, values)];
}

/** @param about the name of the database. @param seesAll whether the login may see the sessions of others */
export function judgeDatabase(about: string, facts: DatabaseFacts, seesAll: boolean): readonly Finding[] {
  return [
    ...indexes(about, facts),
    ...bloat(about, facts),
    ...(seesAll
      ? transactions(about, facts)
      : [finding(['transactions', 'unknown', about], told().transactions.unseen, {})]),
  ];
}

function indexes(about: string, { invalidIndexes }: DatabaseFacts): readonly Finding[] {
  const { invalid } = told().indexes;
  return orWell(
    'indexes',
    about,
    invalidIndexes.map((index) => finding(['indexes', 'fault', about], invalid, { index })),
  );
}

function bloat(about: string, { bloated, wraparound }: DatabaseFacts): readonly Finding[] {
  const { dead, unfrozen } = told().bloat;
  const level = wraparound < 4 ? 'warning' : 'fault';
  return orWell('bloat', about, [
    ...bloated.map(({ table, percent }) =>
      finding(['bloat', 'warning', about], dead, { table, percent: String(Math.floor(percent)) }),
    ),
    ...(wraparound >= 1.5 ? [finding(['bloat', level, about], unfrozen, { times: wraparound.toFixed(1) })] : []),
  ]);
}

function transactions(about: string, { oldest, preparedHours }: DatabaseFacts): readonly Finding[] {
  const { old, prepared } = told().transactions;
  const age = oldest?.seconds ?? 0;
  const values = { name: oldest?.name ?? '', process: String(oldest?.pid), seconds: String(Math.round(age)) };
  return orWell('transactions', about, [
    ...(age >= 60 ? [finding(['transactions', age < 600 ? 'warning' : 'fault', about], old, values)] : []),
    ...(preparedHours !== null && preparedHours >= 1
      ? [finding(['transactions', 'fault', about], prepared, { hours: String(Math.floor(preparedHours)) })]
      : []),
  ]);
}
