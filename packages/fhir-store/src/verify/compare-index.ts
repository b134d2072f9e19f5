/** Compares the index rows of current versions with those that reindexing would make. */
import { setImmediate } from 'node:timers/promises';
import type { Term } from '@dhp/search-index/rows';
import { lackingPatientShards } from '../placement/patient-shards.ts';
import { rowName } from '../statements/index-anew.ts';
import { sessionOn } from '../statements/index-tables.ts';
import { differingPatients } from '../statements/patient-of-resource.ts';
import type { Session } from '../statements/session.ts';
import {
  differencesOf,
  lackingWords,
  selectGapsOf,
  selectIndexBasis,
  type Expected,
} from '../statements/verify-index.ts';
import { differencesSpread } from '../statements/verify-spread.ts';
import { indexOf } from '../writes/index-of-body.ts';
import { termOf, type PlacedTerm } from '../writes/term-dictionary.ts';
import type { Finding, Unchecked } from './finding.ts';
import { ParametersChanged, type Checked, type VerifyMeans } from './means.ts';

/** Resources between which other work of this process gets its turn. */
const turn = 20;

interface Compared {
  readonly findings: readonly Finding[];
  readonly unchecked: readonly Unchecked[];
}

/**
 * @param versions current ones, with their content
 * @throws ParametersChanged if the known search parameters are not those of the snapshot
 */
export async function compareIndex(
  session: Session,
  versions: readonly Checked[],
  { bodies }: VerifyMeans,
): Promise<Compared> {
  const { parameters } = bodies;
  const { active } = parameters.stored();
  const basis = await selectIndexBasis(session);
  const known = parameters.known();
  if (basis.generation !== known.generation) throw new ParametersChanged();
  if (!basis.complete || basis.version !== active.definition.version || known.unready > 0)
    return { findings: [], unchecked: ['index'] };
  const gaps = basis.gaps
    ? await selectGapsOf(
        session,
        versions.map(({ rid }) => rid),
      )
    : new Set<string>();
  const rows: Expected[] = [];
  const words = new Map<bigint, PlacedTerm>();
  const usedBy = new Map<bigint, string>();
  for (const [n, { rid, shard, ty, id, name, resource }] of versions.entries()) {
    if (n % turn === turn - 1) await setImmediate();
    if (gaps.has(rowName({ rid, shard }))) continue;
    const made = indexOf({ resource }, id, bodies, { stored: { active, next: undefined } });
    if (made.index.generation !== basis.generation) throw new ParametersChanged();
    rows.push({ rid, shard, ty, values: made.index.active });
    for (const word of made.words) {
      words.set(word.key, word);
      if (!usedBy.has(word.key)) usedBy.set(word.key, name);
    }
  }
  const own = sessionOn(session, active.tables);
  const names = new Map(versions.map(({ rid, shard, name }) => [rowName({ rid, shard }), name]));
  const map = bodies.shards();
  const { version } = active.definition;
  const differing =
    map === undefined ? await differencesOf(own, rows, version) : await differencesSpread(own, map, rows, version);
  // On several nodes no read relies on it.
  const ofOthers =
    map === undefined
      ? await differingPatients(
          session,
          rows.map(({ rid, shard, values }) => ({ rid, shard, pat: values.patientHash })),
        )
      : [];
  const lacking = await lackingWords(
    own,
    [...words.values()].filter(({ lies }) => lies === undefined),
  );
  const apart = await lackingPatientShards(
    session,
    [...words.values()].flatMap(({ lies }) => lies ?? []),
  );
  return {
    findings: [
      ...differing.flatMap((one) => findingsOf(one, names.get(rowName(one))!)),
      ...ofOthers.map((one): Finding => ({
        ...{ kind: 'index-differs', resource: names.get(rowName(one))! },
        detail: 'fhir.resource: pat',
      })),
      ...lacking.map((key): Finding => ({
        kind: 'word-missing',
        resource: usedBy.get(key)!,
        detail: tableOf(words.get(key)!),
      })),
      ...apart.map((lies): Finding => ({
        kind: 'word-missing',
        resource: usedBy.get(termOf(lies).key)!,
        detail: 'fhir.patient_shard',
      })),
    ],
    unchecked: gaps.size > 0 ? ['gaps'] : [],
  };
}

function findingsOf(
  { isThere, columns, postings }: Awaited<ReturnType<typeof differencesOf>>[number],
  resource: string,
): Finding[] {
  if (!isThere) return [{ kind: 'index-missing', resource, detail: 'fhir.search' }];
  return [
    ...(columns.length === 0
      ? []
      : [{ kind: 'index-differs', resource, detail: `fhir.search: ${columns.join(', ')}` } as const]),
    ...postings.map((table) => ({ kind: 'posting-differs', resource, detail: `fhir.${table}` }) as const),
  ];
}

function tableOf({ contained, boundary }: Term): string {
  if (contained !== undefined) return 'fhir.contained';
  return boundary === undefined ? 'fhir.word' : 'fhir.boundary';
}
