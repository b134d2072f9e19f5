export { patientCompartment, type JsonResource } from './patient-compartment.ts';
export { shardKeyOf } from './shard-key.ts';
