/** Resources that were stored since the time of an export: the index tells whose they are now, and not whose they were then. */
import { patientCompartment, type JsonResource } from '@dhp/fhir-search';
import { sortedIds } from '@dhp/fhir-store/jobs';
import { changedSince, settledNow, storedPage } from '../../access/seen-snapshot.ts';
import type { Services } from '../../contract/interaction.ts';
import { fail } from '../../http/errors.ts';

/** Of one type, since the look before. */
const most = 1_000_000;

interface OfType {
  /** All that was stored before has been looked at. */
  mark: Date;
  readonly ids: Set<string>;
  readonly byPatient: Map<string, string[]>;
}

/** Each resource that was there at the time, and is stored again while the export runs, is read once. */
export class Moved {
  readonly #services: Services;
  readonly #until: Date;
  readonly #types = new Map<string, OfType>();

  constructor(services: Services, until: Date) {
    this.#services = services;
    this.#until = until;
  }

  /**
   * Ids of resources that were in the compartments of some patients then, and have been stored since: to be read in addition to those from
   * the index. Resources deleted meanwhile are among them.
   */
  async of(type: string, patients: readonly string[]): Promise<string[]> {
    const known = this.#types.get(type) ?? {
      mark: this.#until,
      ids: new Set<string>(),
      byPatient: new Map<string, string[]>(),
    };
    this.#types.set(type, known);
    const settled = await settledNow(this.#services);
    const changed = await changedSince(this.#services, type, known.mark, most);
    if (changed === undefined) tooMany(type);
    await this.#read(type, known, changed);
    known.mark = settled;
    return patients.flatMap((patient) => known.byPatient.get(patient) ?? []);
  }

  async #read(type: string, { ids, byPatient }: OfType, changed: readonly string[]): Promise<void> {
    const { baseUrl } = this.#services;
    const added = changed.filter((id) => !ids.has(id));
    for (const id of added) ids.add(id);
    for (let left = sortedIds(added); left.length > 0;) {
      const { versions, last } = await storedPage(this.#services, type, { until: this.#until }, left);
      for (const { id, deleted, content } of versions) {
        if (deleted) continue;
        const resource = JSON.parse(content.toString('utf8')) as JsonResource;
        for (const patient of patientCompartment(resource, [baseUrl])) {
          const own = byPatient.get(patient);
          if (own === undefined) byPatient.set(patient, [id]);
          else own.push(id);
        }
      }
      left = last === undefined ? [] : left.filter((id) => id > last);
    }
  }
}

function tooMany(type: string): never {
  const diagnostics = `More than ${most} resources of ${type} were stored while the export ran. Leave organizeOutputBy out.`;
  fail('export-too-large', {}, { diagnostics });
}
