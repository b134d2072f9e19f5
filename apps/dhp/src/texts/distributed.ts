// Made by `npm run messages` from messages/distributed/*.json.
import { readCatalogue, type MessageValue } from '@dhp/messages';
import uz from '../../messages/distributed/uz.json' with { type: 'json' };
import ru from '../../messages/distributed/ru.json' with { type: 'json' };
import en from '../../messages/distributed/en.json' with { type: 'json' };

export interface DistributedMessages {
  readonly refused: string;
  readonly obstacles: {
    readonly embedded: string;
    readonly schema: (values: { readonly sentence: MessageValue }) => string;
    readonly superuser: string;
    readonly notInstalled: (values: { readonly node: MessageValue }) => string;
    readonly notLoaded: (values: { readonly node: MessageValue }) => string;
    readonly walLevel: (values: { readonly node: MessageValue; readonly value: MessageValue }) => string;
    readonly prepared: (values: {
      readonly node: MessageValue;
      readonly value: MessageValue;
      readonly connections: MessageValue;
    }) => string;
    readonly versions: (values: {
      readonly node: MessageValue;
      readonly what: MessageValue;
      readonly value: MessageValue;
      readonly other: MessageValue;
      readonly expected: MessageValue;
    }) => string;
    readonly unreached: (values: { readonly node: MessageValue; readonly reason: MessageValue }) => string;
    readonly coordinator: (values: { readonly host: MessageValue }) => string;
    readonly noNodes: string;
    readonly index: string;
    readonly others: (values: {
      readonly name: MessageValue;
      readonly count: MessageValue;
      readonly environment: MessageValue;
    }) => string;
  };
  readonly placed: {
    readonly moved: string;
    readonly divided: string;
    readonly whole: string;
  };
  readonly planned: (values: {
    readonly environment: MessageValue;
    readonly coordinator: MessageValue;
    readonly workers: MessageValue;
    readonly shards: MessageValue;
    readonly size: MessageValue;
    readonly seconds: MessageValue;
  }) => string;
  readonly limits: string;
  readonly nodesStep: string;
  readonly spreadStep: string;
  readonly moveStep: string;
  readonly table: (values: { readonly table: MessageValue; readonly seconds: MessageValue }) => string;
  readonly tables: (values: { readonly count: number }) => string;
  readonly already: (values: { readonly environment: MessageValue }) => string;
  readonly done: (values: { readonly environment: MessageValue }) => string;
  readonly wantsDistributed: (values: { readonly option: MessageValue }) => string;
  readonly notPlace: (values: { readonly given: MessageValue }) => string;
  readonly underWay: (values: { readonly environment: MessageValue }) => string;
  readonly notSpread: (values: { readonly environment: MessageValue }) => string;
  readonly noNode: (values: { readonly node: MessageValue; readonly nodes: MessageValue }) => string;
  readonly lastNode: (values: { readonly node: MessageValue }) => string;
  readonly movesAlready: string;
  readonly isMoving: (values: { readonly total: MessageValue; readonly done: MessageValue }) => string;
  readonly moves: (values: { readonly count: number }) => string;
  readonly goesOn: string;
  readonly notMoved: (values: { readonly state: MessageValue; readonly reason: MessageValue }) => string;
  readonly cancelled: string;
  readonly nothingMoves: string;
  readonly balanced: string;
  readonly empty: (values: { readonly node: MessageValue }) => string;
  readonly added: (values: { readonly node: MessageValue }) => string;
  readonly removed: (values: { readonly node: MessageValue }) => string;
  readonly hasShards: (values: { readonly node: MessageValue; readonly count: MessageValue }) => string;
  readonly states: {
    readonly coordinator: string;
    readonly worker: string;
    readonly drained: string;
    readonly away: string;
  };
}

export const distributedMessages = readCatalogue<DistributedMessages>({ uz, ru, en });
