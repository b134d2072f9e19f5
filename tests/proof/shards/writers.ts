/** Sixteen writers at once: conditional creates that all of them ask for, and transactions over patients that meet one another. */
import type { Answer } from '../../distributed/load/client.ts';
import { rowsApart, type Bed } from './bed.ts';

export interface WritersFound {
  readonly asked: number;
  /** Each a sentence. */
  readonly faults: readonly string[];
  /** By status. */
  readonly statuses: ReadonlyMap<number, number>;
  /** Deadlocks of the coordinator's database, all of which were tried again. */
  readonly deadlocks: number;
  readonly longest: number;
}

const writers = 16;
const patients = 8;
const system = 'urn:dhp:writers';

export async function manyWriters(bed: Bed, rounds: number): Promise<WritersFound> {
  const faults: string[] = [];
  const statuses = new Map<number, number>();
  let [asked, longest] = [0, 0];
  const ask = async (...given: Parameters<Bed['send']>): Promise<Answer> => {
    const began = performance.now();
    const answer = await bed.send(...given);
    longest = Math.max(longest, performance.now() - began);
    asked += 1;
    statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
    if (![200, 201, 503].includes(answer.status)) faults.push(`${given[0]} ${given[1]}: ${bed.causeOf(answer.text)}`);
    return answer;
  };
  const patient = (n: number): string => `Patient/writers-${String(n)}`;
  for (let n = 0; n < patients; n += 1)
    await ask('PUT', `/${patient(n)}`, { resourceType: 'Patient', id: `writers-${String(n)}` });
  const observation = (n: number, value: number): object => ({
    ...{ resourceType: 'Observation', id: `writers-${String(n)}`, status: 'final', code: { text: 'writers' } },
    ...{ subject: { reference: patient(n) }, valueInteger: value },
  });
  const before = await deadlocks(bed);
  const acknowledged = Array.from({ length: patients }, () => 0);
  for (let round = 0; round < rounds; round += 1) {
    const key = `${system}|${String(round)}`;
    const resource = { resourceType: 'Patient', identifier: [{ system, value: String(round) }] };
    const made = await Promise.all(
      Array.from({ length: writers }, () =>
        ask('POST', '/Patient', resource, { 'if-none-exist': `identifier=${key}` }),
      ),
    );
    const created = made.filter(({ status }) => status === 201).length;
    if (created > 1) faults.push(`${key} was made ${String(created)} times`);
    // Each in an order of its own, so that two could wait for each other.
    await Promise.all(
      Array.from({ length: writers }, async (_, writer) => {
        const chosen = [0, 1, 2].map((n) => (writer * 3 + n * (writer % 2 === 0 ? 1 : patients - 1)) % patients);
        const entry = [...new Set(chosen)].map((n) => ({
          resource: observation(n, round * writers + writer),
          request: { method: 'PUT', url: `Observation/writers-${String(n)}` },
        }));
        const answer = await ask('POST', '/', { resourceType: 'Bundle', type: 'transaction', entry });
        if (answer.status === 200) for (const n of new Set(chosen)) acknowledged[n]! += 1;
      }),
    );
  }
  for (let round = 0; round < rounds; round += 1) {
    const { json } = await ask('GET', `/Patient?identifier=${system}|${String(round)}`);
    if (json['total'] !== 1) faults.push(`${String(json['total'])} Patients of ${String(round)}`);
  }
  for (const [n, count] of acknowledged.entries()) {
    const { json } = await ask('GET', `/Observation/writers-${String(n)}/_history?_count=1`);
    if (Number(json['total']) < count)
      faults.push(`${String(json['total'])} of ${String(count)} acknowledged versions are there`);
  }
  const apart = await rowsApart(bed);
  if (apart > 0) faults.push(`${String(apart)} rows are not where the directory says`);
  return { asked, faults, statuses, deadlocks: (await deadlocks(bed)) - before, longest };
}

async function deadlocks({ owner }: Bed): Promise<number> {
  const [row] = await owner<{ n: number }[]>`
    select deadlocks::int as n from pg_stat_database where datname = current_database()`;
  return row!.n;
}
