/**
 * Statements that ask every shard, because their values do not tell where the rows are. All others find their shard first: a test explains
 * each statement of the store, and fails if one that is not listed here asks all shards. docs/decisions/0107-distributed.md
 */
export interface FanOut {
  readonly name: string;
  /** The session that sends it: `dhp fhir …`. */
  readonly sessions: readonly string[];
  /** Its text, with single spaces, matches it, and that of no other statement of these sessions does. */
  readonly text: RegExp;
  /** The reason why no shard is known. */
  readonly reason: string;
  /** Its cost with n shards, beside that of one. */
  readonly cost: string;
}

const ofSearches = ['dhp fhir searches', 'dhp fhir walks', 'dhp fhir counts'];
const pages = ['dhp fhir pages'];
const background = ['dhp fhir background'];
const writes = ['dhp fhir writes'];
const reindex = ['dhp fhir reindex'];

export const fanOuts: readonly FanOut[] = [
  {
    name: 'searches',
    sessions: [...ofSearches, ...ofSearches.map((name) => name.replace('fhir ', 'fhir replica '))],
    text: /^(?!explain)/,
    reason:
      'a value leads to rows of any shard. A patient leads to one shard for most of its record, and several nodes are asked for that and for what is noted of ' +
      'others; on one node no statement says so',
    cost: 'n index scans, each as far as the page; n times the buffers of one',
  },
  {
    name: 'histories of types',
    sessions: pages,
    text: /^with (listed as .*)?page as materialized \( select c\.upd, /,
    reason: 'they go over all resources in the order of time',
    cost: 'n index scans for each type, each as far as the page',
  },
  {
    name: 'histories and the feed, asked node by node',
    sessions: [...pages, 'dhp fhir terminology'],
    text: /^select (h\.rid, h\.shard, ver, .* where ty = |rid, shard, ver, txid, (octet_length|coalesce)|txid from fhir\.\w+ where ty = \$|distinct ty from|rid, shard, ty, id, rid \|\|)/,
    reason: 'as the next ones and those before; each asks one table, and is sent where the rows lie on several nodes',
    cost: 'n index scans, each as far as the page, or over a stretch of transactions',
  },
  {
    name: 'types of which there is anything',
    sessions: pages,
    text: /^select t\.ty from unnest.* exists \(select 1 from fhir\.identity/,
    reason: 'the directory is asked by the type alone; on several nodes it is whole on one',
    cost: 'n index probes of the directory for each type',
  },
  {
    name: 'feed of changes',
    sessions: pages,
    text: /^with page as materialized \( select c\.txid, /,
    reason: 'it goes over all resources in the order of commits',
    cost: 'n index scans for each type, each as far as the page; every 100 ms while somebody waits',
  },
  {
    name: 'changes of definitions and terminology',
    sessions: ['dhp fhir terminology'],
    text: /where ty = t\.ty and txid >= \$\d+::xid8/,
    reason: 'it goes over some types in the order of commits',
    cost: 'n index scans for each of a few types, twice a second at most',
  },
  {
    name: 'transactions of another cluster',
    sessions: pages,
    text: /select txid from fhir\.resource where ty = any/,
    reason: 'it asks for any version at all, when a store is opened',
    cost: 'n index probes for each type, once',
  },
  {
    name: 'state of the index',
    sessions: [...pages, ...reindex, ...writes, 'dhp fhir reads'],
    text: /coalesce\(max\((r\.)?rid\)( \+ 1)?, 0\)/,
    reason: 'the highest number of a row, and gaps of the index of any resource',
    cost: 'n index probes, once a second for each server',
  },
  {
    name: 'rows of the index that a moved resource has left behind',
    sessions: reindex,
    text: /^select s\.rid, s\.shard from fhir\.search(_b)? s where s\.rid = any/,
    reason:
      'they lie in a shard that nothing tells any more; asked on several nodes alone, of a hundred resources at a time',
    cost: 'n index probes for each of the resources',
  },
  {
    name: 'gaps of the index',
    sessions: [...reindex, 'dhp fhir reads'],
    text: /^(?!.*(max|any)\()(?=.*fhir\.index_gap)/,
    reason: 'resources of any shard may lack values',
    cost: 'n scans of a table that is empty or small, in the background',
  },
  {
    name: 'index of nothing',
    sessions: writes,
    text: /select \$1, true where not exists \(select 1 from fhir\.resource\)/,
    reason: 'it asks whether there is any resource, when a store is opened',
    cost: 'n scans that end at the first row, once',
  },
  {
    name: 'tables of the index that are not empty',
    sessions: reindex,
    text: /^select 1 from fhir\.(search|tok|num|date|str)(_b)? limit 1$/,
    reason: 'it asks whether there is any row, before a definition is built',
    cost: 'n scans that end at the first row, for each table, once a definition',
  },
  {
    name: 'rows of the index that were left behind',
    sessions: [...writes, ...reindex],
    // Passes over all resources are declared as such.
    text: /^(?!.*octet_length\(content\) as size).*s\.shard <> \w+\.shard and not exists \(select 1 from fhir\.resource o/,
    reason:
      'while a definition of the index is built, a program that does not know it may have moved a resource without its rows, and nobody knows from where',
    cost: 'n index probes for each resource whose rows are not with it, while a definition is built',
  },
  {
    name: 'clearing of what nothing names any more',
    sessions: background,
    text: /^with page as materialized \( select distinct key from "fhir"\."(contained|boundary)/,
    reason: 'rows of any shard may name it',
    cost: 'n index probes for each key, in the background',
  },
  {
    name: 'words of full text',
    sessions: background,
    text: /fhir\.text_state/,
    reason: 'it goes over all resources in the order of commits',
    cost: 'n index scans for each type, in the background',
  },
  {
    name: 'passes over all resources',
    sessions: reindex,
    text: /from \(select rid from fhir\.resource where rid >= |select rid, shard, ty, id, ver, deleted, octet_length\(content\) as size|where \(rid, (ver, )?shard\) > \(/,
    reason: 'each is indexed anew, or verified',
    cost: 'n index scans, each as far as the part; all rows are read whatever n is',
  },
  {
    name: 'passes over all ids of a type',
    sessions: [...writes, ...reindex],
    text: /fhir\.identity (i (join .*)?)?where (i\.)?ty = \$\d+ and (i\.)?id > \$|from fhir\.identity where \(ty, id\) > \(/,
    reason: 'links of care and rows of consents are made of each resource, or the directory is verified',
    cost: 'n index scans of the directory, each as far as the part',
  },
  {
    name: 'resources of a type at a time',
    sessions: pages,
    text: /^select p\.id, p\.ver, p\.upd, p\.deleted, case when p\.before < .*fhir\.identity d where d\.ty = \$\d+::smallint and d\.id > /,
    reason: 'an export reads all of them in the order of their ids',
    cost: 'n index scans of the directory, each as far as the part',
  },
  {
    name: 'noting of patients',
    sessions: writes,
    text: /^with page as materialized \( select rid, shard, ver, deleted, pat_of from fhir\.resource where rid > /,
    reason: 'resources that were stored before are passed once; on several nodes nobody asks for what is noted',
    cost: 'n index scans, each as far as the part',
  },
  {
    name: 'passes of labels',
    sessions: writes,
    text: /^with next as materialized \( select rid(, ver)? from \(/,
    reason: 'each version is labelled anew after a change of the rules',
    cost: 'n index scans, each as far as the part',
  },
  {
    name: 'verification of rows that nothing stands for',
    sessions: reindex,
    text: /\bt\.ctid\b|where rid = any\(\$1::bigint\[\]\)/,
    reason: 'a row that nothing stands for may lie anywhere',
    cost: 'all rows are read whatever n is; what is found is looked for in n parts',
  },
  {
    name: 'references to a resource',
    sessions: [...writes, 'dhp fhir reads'],
    text: /keys @> array\[(g\.key|\$1::bigint)\]/,
    reason: 'resources of any shard may refer to it',
    cost: 'n index probes for each resource that is deleted or asked about',
  },
  {
    name: 'rights to a version that is held',
    sessions: pages,
    text: /^with once\d+ .*from fhir\.search|^select case when .*\br\.pat\b/,
    reason: 'it is asked by keys of the version, which lead to other resources by hashes of their names',
    cost: 'n index probes for each of them',
  },
  {
    name: 'consents that name no patient',
    sessions: pages,
    text: /^with silent as materialized/,
    reason: 'rows of consents have no shard',
    cost: 'n index probes for each of a few',
  },
  {
    name: 'resources of a type with their contents',
    sessions: pages,
    text: /^select rid, id, content from fhir\.resource where ty = \$1 and not deleted order by rid/,
    reason: 'search parameters of this environment are read, all of them',
    cost: 'n index scans, when they change',
  },
  {
    name: 'numbers of resources',
    sessions: pages,
    text: /^select ty, count\(\*\) as count from fhir\.resource/,
    reason: 'all are counted',
    cost: 'an index is read whole whatever n is',
  },
];
