/** `dhp shards`: the places of an environment's shards on several nodes, and moving them. docs/operations/distributed.md */
import { setTimeout as delay } from 'node:timers/promises';
import type { Sql } from '@dhp/postgres';
import {
  addNode,
  cancelRebalance,
  keepShardsAway,
  plannedMoves,
  rebalanceState,
  removeNode,
  shardGroups,
  spreadFacts,
  startRebalance,
  type Place,
  type RebalanceState,
  type SpreadFacts,
} from '@dhp/fhir-store/placement';
import type { Command, Values } from '../cli.ts';
import { openContext, type Context } from '../context.ts';
import { DatabaseError } from '../database-error.ts';
import { ask, prepareServer } from '../distributed/move.ts';
import { nodeTable } from './node-table.ts';
import { ofWorker } from '../distributed/obstacles.ts';
import { placeOf, placeText, urlAt } from '../distributed/places.ts';
import { said, withNodes } from '../distributed/said.ts';
import { sized } from '../doctor/node-checks.ts';
import { environmentOf, environmentOption } from '../environment.ts';
import { grouped } from '../locale.ts';
import { progressOn, silent, type Progress } from '../progress.ts';
import { print, table } from '../output.ts';
import { json } from './shared.ts';

const contextOf = (values: Values): Context =>
  openContext(values['json'] === true ? silent : progressOn(process.stderr));

/** The facts of a database that is known to be distributed. */
async function factsOf(sql: Sql): Promise<SpreadFacts> {
  return (await spreadFacts(sql))!;
}

/** @throws DatabaseError for a place that is not one of the nodes */
function nodeOf({ nodes }: SpreadFacts, place: Place): SpreadFacts['nodes'][number] {
  const node = nodes.find(({ host, port }) => host === place.host && port === place.port);
  if (node !== undefined) return node;
  throw new DatabaseError(said().noNode({ node: placeText(place), nodes: nodes.map(placeText).join(', ') }));
}

const list: Command = {
  name: 'shards',
  summary: 'Show the nodes of an environment and what lies on each: shards, their sizes, their rows',
  options: { environment: environmentOption, json },
  examples: ['dhp shards --environment production'],
  run: (values) =>
    withNodes(contextOf(values), environmentOf(values), async (sql) => {
      const facts = await factsOf(sql);
      const [groups, moving] = [await shardGroups(sql), await rebalanceState(sql)];
      if (values['json'] === true) {
        print({ nodes: facts.nodes, shards: groups, rebalance: moving ?? null });
        return 0;
      }
      const count = (n: number | undefined): string => (n === undefined ? '?' : grouped(n));
      const rows = groups.map(({ n, host, port, bytes, resources, versions }) => [
        ...[String(n), placeText({ host, port }), bytes === undefined ? '?' : sized(bytes)],
        ...[count(resources), count(versions)],
      ]);
      const shards = table(['SHARD', 'NODE', 'SIZE', 'RESOURCES', 'OLD VERSIONS'], rows);
      process.stdout.write(`${nodeTable(facts)}\n${shards}`);
      if (moving?.isOver === false)
        process.stdout.write(`\n${said().isMoving({ done: moving.done, total: moving.total })}\n`);
      return 0;
    }),
};

const lookEvery = 1_000;

/**
 * Reports the progress of the moves until they are over. A signal ends only the report: they continue in the background of the coordinator.
 */
async function follow(sql: Sql, progress: Progress): Promise<RebalanceState | 'left'> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  const step = progress.step(said().moveStep);
  for (;;) {
    const state = (await rebalanceState(sql))!;
    if (state.isOver) {
      if (state.state === 'finished') step.done(said().moves({ count: state.total }));
      return state;
    }
    if (stop.signal.aborted) return 'left';
    step.update(state.done, state.total, state.moving === 0 ? '' : `${sized(state.moved)} / ${sized(state.moving)}`);
    await delay(lookEvery, undefined, { signal: stop.signal }).catch(() => undefined);
  }
}

/** @returns the exit code */
async function moved(sql: Sql, { progress }: Context, values: Values): Promise<number> {
  const state = await follow(sql, progress);
  if (values['json'] === true) print({ rebalance: state });
  else if (state === 'left') progress.say(said().goesOn);
  else if (state.state !== 'finished')
    progress.say(said().notMoved({ state: state.state, reason: state.failure ?? '' }));
  return state !== 'left' && state.state === 'finished' ? 0 : 1;
}

const rebalance: Command = {
  name: 'shards rebalance',
  summary:
    'Move shards between nodes until each has as much, while servers read and write; they go on when the command ends',
  options: {
    environment: environmentOption,
    plan: { type: 'boolean', help: 'say which would be moved, and move none' },
    cancel: { type: 'boolean', help: 'end it; what was moved stays where it is' },
    'block-writes': {
      type: 'boolean',
      help: 'without logical replication: who writes to a shard waits while it is moved',
    },
    json,
  },
  examples: [
    'dhp shards rebalance --environment production --plan',
    'dhp shards rebalance --environment production --cancel',
  ],
  run: (values) => {
    const context = contextOf(values);
    return withNodes(context, environmentOf(values), async (sql) => {
      if (values['cancel'] === true) {
        const was = await cancelRebalance(sql);
        if (values['json'] === true) print({ cancelled: was });
        else context.progress.say(was ? said().cancelled : said().nothingMoves);
        return was ? 0 : 1;
      }
      if (values['plan'] === true) {
        const moves = await plannedMoves(sql);
        if (values['json'] === true) print({ moves });
        else if (moves.length === 0) context.progress.say(said().balanced);
        else {
          const rows = moves.map(({ from, to, bytes }) => [placeText(from), placeText(to), sized(bytes)]);
          process.stdout.write(table(['FROM', 'TO', 'SIZE'], rows));
        }
        return 0;
      }
      const isUnderWay = (await rebalanceState(sql))?.isOver === false;
      if (!isUnderWay && !(await startRebalance(sql, { blocks: values['block-writes'] === true }))) {
        if (values['json'] === true) print({ rebalance: null });
        else context.progress.say(said().balanced);
        return 0;
      }
      return moved(sql, context, values);
    });
  },
};

const drain: Command = {
  name: 'shards drain',
  summary: 'Move all shards away from a node, so that it can be taken away',
  argument: 'HOST:PORT',
  options: { environment: environmentOption, json },
  examples: ['dhp shards drain db2:5432 --environment production'],
  run: (values, argument) => {
    const place = placeOf(argument);
    const context = contextOf(values);
    return withNodes(context, environmentOf(values), async (sql) => {
      const facts = await factsOf(sql);
      const node = nodeOf(facts, place);
      if (!facts.nodes.some((one) => one.takesShards && one !== node))
        throw new DatabaseError(said().lastNode({ node: argument }));
      if ((await rebalanceState(sql))?.isOver === false) throw new DatabaseError(said().movesAlready);
      await keepShardsAway(sql, place);
      if (await startRebalance(sql, { drains: true })) return moved(sql, context, values);
      if (values['json'] === true) print({ rebalance: null });
      else context.progress.say(said().empty({ node: argument }));
      return 0;
    });
  },
};

const add: Command = {
  name: 'shards add',
  summary:
    'Add a node to an environment, or let one that was drained take shards again; dhp shards rebalance moves them there',
  argument: 'HOST:PORT',
  options: { environment: environmentOption, json },
  examples: ['dhp shards add db4:5432 --environment production'],
  run: (values, argument) => {
    const place = placeOf(argument);
    const context = contextOf(values);
    return withNodes(context, environmentOf(values), async (sql, url) => {
      const { nodes } = await factsOf(sql);
      const coordinator = nodes.find(({ isCoordinator }) => isCoordinator);
      if (coordinator === undefined || typeof coordinator.said === 'string')
        throw new DatabaseError(said().noNode({ node: '', nodes: '' }));
      const obstacles = ofWorker(await ask(url, place), { place: coordinator, said: coordinator.said });
      if (obstacles.length > 0) throw new DatabaseError(obstacles.join(' '));
      await prepareServer(urlAt(url, place));
      await addNode(sql, place);
      await keepShardsAway(sql, place, false);
      if (values['json'] === true) print({ added: place });
      else context.progress.say(said().added({ node: argument }));
      return 0;
    });
  },
};

const remove: Command = {
  name: 'shards remove',
  summary: 'Take a node without shards away from an environment',
  argument: 'HOST:PORT',
  options: { environment: environmentOption, json },
  examples: ['dhp shards remove db2:5432 --environment production'],
  run: (values, argument) => {
    const place = placeOf(argument);
    const context = contextOf(values);
    return withNodes(context, environmentOf(values), async (sql) => {
      const node = nodeOf(await factsOf(sql), place);
      if (node.shards > 0) throw new DatabaseError(said().hasShards({ node: argument, count: node.shards }));
      await removeNode(sql, place);
      if (values['json'] === true) print({ removed: place });
      else context.progress.say(said().removed({ node: argument }));
      return 0;
    });
  },
};

export const shardCommands: readonly Command[] = [list, rebalance, drain, add, remove];
