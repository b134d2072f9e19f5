/** Obstacles to several nodes, each with its remedy. Pure, so that each can be tested. */
import { isLocalHost } from '@dhp/postgres/address';
import type { CoordinatorFacts, NodeSettings, Place } from '@dhp/fhir-store/placement';
import type { EnvironmentName } from '../environment.ts';
import { placeText } from './places.ts';
import { said } from './said.ts';

/** A server that was queried, with its answer, or why it did not answer. */
export interface AskedNode {
  readonly place: Place;
  readonly said: NodeSettings | string;
}

export interface Prepared {
  readonly environment: EnvironmentName;
  /** Undefined if the schema is not the newest one. */
  readonly coordinator: CoordinatorFacts | undefined;
  /** How the workers reach it. */
  readonly coordinatorPlace: Place;
  /** Why the schema is not the newest one. */
  readonly schema: string | undefined;
  readonly workers: readonly AskedNode[];
}

/** @returns sentences; empty if there are no obstacles */
export function obstaclesOf({ environment, coordinator, coordinatorPlace, schema, workers }: Prepared): string[] {
  const { obstacles } = said();
  if (coordinator === undefined) return [obstacles.schema({ sentence: schema ?? '' })];
  const node = placeText(coordinatorPlace);
  const isRemote = workers.some(({ place }) => !isLocalHost(place.host));
  return [
    ...(coordinator.isSuperuser ? [] : [obstacles.superuser]),
    ...ofServer(node, coordinator),
    ...(workers.length === 0 ? [obstacles.noNodes] : []),
    ...(isRemote && isLocalHost(coordinatorPlace.host) ? [obstacles.coordinator({ host: coordinatorPlace.host })] : []),
    ...workers.flatMap((worker) => ofWorker(worker, { place: coordinatorPlace, said: coordinator })),
    ...(coordinator.buildsIndex ? [obstacles.index] : []),
    ...coordinator.others.map(({ name, count }) => obstacles.others({ name, count, environment })),
  ];
}

/** @param beside the coordinator, whose versions a worker must have */
export function ofWorker(
  { place, said: settings }: AskedNode,
  beside: { readonly place: Place; readonly said: NodeSettings },
): string[] {
  const { obstacles } = said();
  const node = placeText(place);
  if (typeof settings === 'string') return [obstacles.unreached({ node, reason: settings })];
  const { said: first } = beside;
  const versions = [
    ['PostgreSQL', majorOf(settings.postgres), majorOf(first.postgres)],
    ['Citus', settings.citus ?? settings.available, first.citus ?? first.available],
  ] as const;
  return [
    ...ofServer(node, settings),
    ...versions.flatMap(([what, value, expected]) =>
      value === expected || value === null || expected === null
        ? []
        : [obstacles.versions({ node, what, value, other: placeText(beside.place), expected })],
    ),
  ];
}

const majorOf = (version: number): string => String(Math.floor(version / 10_000));

function ofServer(node: string, settings: NodeSettings): string[] {
  const { obstacles } = said();
  const { available, citus, isLoaded, walLevel, preparedTransactions, connections } = settings;
  if (available === null && citus === null) return [obstacles.notInstalled({ node })];
  if (!isLoaded) return [obstacles.notLoaded({ node })];
  return [
    ...(walLevel === 'logical' ? [] : [obstacles.walLevel({ node, value: walLevel })]),
    ...(preparedTransactions >= connections
      ? []
      : [obstacles.prepared({ node, value: String(preparedTransactions), connections: String(connections) })]),
  ];
}
