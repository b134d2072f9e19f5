/** Records every request of somebody who is known, and counts those of nobody known. docs/decisions/0041-access-decided-and-recorded.md */
import { StoreUnavailable, type FhirStore } from '@dhp/fhir-store';
import type { Recorded } from '@dhp/fhir-store/trail';
import { openSealer, type Sealer, type TrailRow } from '@dhp/trail';
import { nameOfList } from '@dhp/trail/lists';
import type { Exchange } from '../contract/exchange.ts';
import type { Services } from '../contract/interaction.ts';
import type { Recorder } from '../contract/recording.ts';
import { mayWrite } from '../contract/route.ts';
import { isBusy } from '../http/busy.ts';
import { statusOf } from '../http/errors.ts';
import { requestIdOf } from '../http/request-id.ts';
import { besideRequests } from './beside.ts';
import { keepAt, type Kept } from './keep-at.ts';
import type { AuditOptions } from './options.ts';
import { addressed, patientsIn } from './patients-in.ts';
import { partsOf, partsOfPage, reasonOf, type Parts } from './record-of.ts';
import { recordingServices, type Told } from './recording-store.ts';
import { createTally, type Counted, type Tally } from './tally.ts';

/** `start` begins with the work that is done beside requests: parts of the coming months, counts, heads. `close` does it once more. */
export interface OpenRecorder extends Recorder, Kept {
  /**
   * Resolves when the partitions for the first records exist, or the database is known to be unreachable: that is reported, and it is tried
   * again.
   */
  ready(): Promise<void>;
}

export function createRecorder(
  { trail }: Pick<FhirStore, 'trail'>,
  options: AuditOptions,
  { baseUrl, clock }: { readonly baseUrl: string; readonly clock: () => Date },
): OpenRecorder {
  const { coverSeconds = 1, onError = () => undefined } = options;
  const means: Means = { trail, sealer: openSealer(options.keys), tally: createTally(), baseUrl, clock };
  const beside = besideRequests({ trail }, options, {
    tally: means.tally,
    record: (counted) => recordCounts(means, counted),
  });
  return {
    ...keepAt(coverSeconds, (now) => beside.work(now), { clock, onError }),
    ready: () => beside.prepare(clock()).catch(onError),
    count: (error) => {
      means.tally.count(statusOf(error), reasonOf(error));
    },
    begin: ({ headers, address, entry }) => {
      const patients = new Set<string>();
      const ofParts = new Map<string, ReadonlySet<string>>();
      return {
        requestId: entry?.recording?.requestId ?? requestIdOf(headers),
        address: entry?.recording?.address ?? address,
        ...{ patients, ofParts, rows: [], refusedBy: undefined, isWritten: false, isSettled: false },
        shows: ({ type, id, content }) => {
          const found = new Set(ofParts.get(`${type}/${id}`));
          patientsIn(content, baseUrl, found);
          ofParts.set(`${type}/${id}`, found);
          for (const patient of found) patients.add(patient);
        },
      };
    },
    note: (exchange) => {
      note(means, exchange);
    },
    writing: (exchange, services) => writing(means, exchange, services),
    settled: (exchange, error) => settled(means, exchange, error),
  };
}

interface Sealing {
  readonly sealer: Pick<Sealer, 'row'>;
  readonly clock: () => Date;
}

interface Means extends Sealing, Pick<FhirStore, 'trail'> {
  readonly sealer: Sealer;
  readonly tally: Tally;
  readonly baseUrl: string;
}

/** A row for each patient, or one without. */
function rowsOf({ sealer, clock }: Sealing, { content, sealed }: Parts, patients: ReadonlySet<string>): TrailRow[] {
  const recorded = clock().getTime();
  const named = patients.size === 0 ? [undefined] : [...patients];
  return named.map((patient) => sealer.row({ recorded, patient, content, sealed: { ...sealed, patient } }));
}

/** A row for all that was done to resources of one type about the same patient, or about none. */
function rowsOfPage(
  sealing: Sealing,
  exchange: Exchange,
  all: readonly Told[],
  patientsOf: (told: Told) => ReadonlySet<string>,
): TrailRow[] {
  const groups = new Map<string, { readonly patients: ReadonlySet<string>; readonly written: Recorded[] }>();
  for (const told of all) {
    const { written } = told;
    const patients = patientsOf(told);
    for (const patient of patients.size === 0 ? [''] : patients) {
      const name = `${written.kind} ${written.type} ${patient}`;
      const group = groups.get(name);
      if (group === undefined)
        groups.set(name, { patients: patient === '' ? noPatients : new Set([patient]), written: [written] });
      else group.written.push(written);
    }
  }
  return [...groups.values()].flatMap(({ patients, written }) =>
    rowsOf(sealing, partsOfPage(exchange, written), patients),
  );
}

/** One row for all patients of a list: it is found by the list, and sealed under a key of the list, which ends with its month. */
function rowOfList({ sealer, clock }: Sealing, { content, sealed }: Parts, list: string): TrailRow {
  return sealer.row({ recorded: clock().getTime(), patient: nameOfList(list), content, sealed });
}

function recordCounts(means: Means, counted: readonly Counted[]): Promise<void> {
  return store(
    means,
    counted.flatMap((content) => rowsOf(means, { content: { ...content }, sealed: {} }, noPatients)),
  );
}

async function store({ trail, sealer }: Means, rows: readonly TrailRow[]): Promise<void> {
  await trail.record(rows);
  for (const row of rows) sealer.stored(row);
}

const noPatients: ReadonlySet<string> = new Set();

/** Public addresses tell of nobody, and a write of a transaction has its answer when it is recorded. */
function note(means: Means, exchange: Exchange): void {
  const { recording, answer, request, target } = exchange;
  if (recording === undefined || answer === undefined || target === undefined) return;
  if (target.route.permission === 'public') return;
  if (request.entry?.together !== undefined && mayWrite(target.route)) return;
  const { body, version, stream, isNoted } = answer;
  if (version?.type === 'Patient') recording.patients.add(version.id);
  const content = body ?? version?.content;
  if (content !== undefined) patientsIn(content, means.baseUrl, recording.patients);
  if (stream === undefined) return;
  answer.stream = recordedStream(stream, {
    known: recording.patients,
    isSettled: () => recording.isSettled,
    find: (bytes, found) => {
      if (isNoted !== true) patientsIn(bytes, means.baseUrl, found);
    },
    record: (patients) => store(means, rowsOf(means, partsOf(exchange, undefined), patients)),
  });
}

function writing(means: Means, exchange: Exchange, services: Services): Services {
  const { recording } = exchange;
  if (recording === undefined) return services;
  // A request stores its versions in one transaction, and each of its attempts makes all rows again.
  const sealer = means.sealer.together();
  const sealing = { sealer, clock: means.clock };
  const patientsOf = ({ written, texts }: Told): Set<string> => {
    // Of the version before the text may be a part.
    const patients = addressed(exchange, new Set(recording.ofParts.get(`${written.type}/${written.id}`)));
    if (written.type === 'Patient') patients.add(written.id);
    for (const text of texts) patientsIn(text, means.baseUrl, patients);
    return patients;
  };
  return recordingServices(services, {
    record: (told) => rowsOf(sealing, partsOf(exchange, { written: told.written }), patientsOf(told)),
    recordPage: (told) => rowsOfPage(sealing, exchange, told, patientsOf),
    stored(rows) {
      recording.isWritten = true;
      for (const row of rows) sealer.stored(row);
    },
    late: (rows) => store(means, rows),
  });
}

function settled(means: Means, exchange: Exchange, error: unknown): Promise<void> | undefined {
  const { recording, request, target, bearer } = exchange;
  if (recording === undefined || recording.isSettled || target?.route.permission === 'public') return undefined;
  // A read of a transaction is answered twice, and each answer is recorded.
  recording.isSettled = request.entry === undefined;
  // While the database cannot be reached, nothing can be recorded, and no data is disclosed.
  if (bearer === undefined || error instanceof StoreUnavailable || isBusy(error)) {
    means.tally.count(statusOf(error), reasonOf(error));
    return undefined;
  }
  const isAnswered = error === undefined;
  if (request.entry?.together !== undefined && isAnswered && mayWrite(target!.route)) return undefined;
  const parts = (): Parts => partsOf(exchange, isAnswered ? undefined : { error });
  const isTold = isAnswered && recording.isWritten;
  const list = isAnswered && request.method !== 'HEAD' ? exchange.answer?.list : undefined;
  const own = isTold
    ? []
    : list === undefined
      ? rowsOf(means, parts(), addressed(exchange, recording.patients))
      : [rowOfList(means, parts(), list.id)];
  const bundle = request.entry?.recording;
  if (bundle !== undefined) {
    bundle.rows.push(...own);
    return undefined;
  }
  const rows = [...own, ...recording.rows];
  return rows.length === 0 ? undefined : store(means, rows);
}

interface Recording {
  /** Patients who are recorded with the beginning of the answer; more of them come while parts are read. */
  readonly known: ReadonlySet<string>;
  /** Whether the beginning is recorded, and with it those who are known. */
  readonly isSettled: () => boolean;
  readonly find: (bytes: Buffer, found: Set<string>) => void;
  readonly record: (patients: ReadonlySet<string>) => Promise<void>;
}

/** Bytes of a part that are looked at with the next one, since a reference may be cut between them. */
const overlap = 256;

/** An answer that is made while it is sent: no part leaves before the patients whom it tells of are recorded. */
async function* recordedStream(
  parts: AsyncIterable<Buffer>,
  { known, isSettled, find, record }: Recording,
): AsyncGenerator<Buffer> {
  const told = new Set(known);
  let end: Buffer = Buffer.alloc(0);
  for await (const part of parts) {
    // Until then all that are known will be recorded with the beginning.
    const found = new Set(isSettled() ? known : []);
    find(end.length === 0 ? part : Buffer.concat([end, part]), found);
    const fresh = new Set([...found].filter((id) => !told.has(id) && (isSettled() || !known.has(id))));
    for (const id of fresh) told.add(id);
    if (fresh.size > 0) await record(fresh);
    end = part.subarray(Math.max(0, part.length - overlap));
    yield part;
  }
}
