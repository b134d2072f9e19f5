/** The means of a verification. */
import type { JsonResource } from '@dhp/fhir-search';
import type { BodyOptions } from '../writes/index-of-body.ts';

export interface VerifyMeans {
  readonly bodies: BodyOptions;
}

/** A version whose content is whole. */
export interface Checked {
  readonly rid: number;
  readonly shard: number;
  readonly ty: number;
  readonly type: string;
  readonly id: string;
  /** `Type/id` */
  readonly name: string;
  readonly ver: number;
  readonly upd: number;
  readonly resource: JsonResource;
}

/** The snapshot has other search parameters or rules than this process knows: the step is made again when it knows them. */
export class ParametersChanged extends Error {
  override name = 'ParametersChanged';
}
