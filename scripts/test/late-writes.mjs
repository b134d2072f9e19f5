// Loaded by `npm test -- --late` into every process of the run: some writes to PostgreSQL are delayed. Of two concurrent operations, the
// one that usually comes first then comes second: a test or server that relies on the usual order fails in one of a few runs instead of one
// in a thousand.
import { Socket } from 'node:net';

/** Share of all writes; later writes of the same connection wait with a delayed one, so that each connection keeps its order. */
const share = 0.2;
/** Milliseconds. */
const longest = 60;

// Tests may set the clock of these.
const { setTimeout } = globalThis;
const { connect, write, end } = Socket.prototype;
const toDatabase = Symbol('whether it leads to PostgreSQL');
const held = Symbol('writes that are held back');

Socket.prototype.connect = function (...of) {
  const [options] = of.flat();
  this[toDatabase] = isDatabase(options ?? {});
  return connect.apply(this, of);
};
Socket.prototype.write = function (...of) {
  return this[toDatabase] ? inOrder(this, () => write.apply(this, of), true) : write.apply(this, of);
};
Socket.prototype.end = function (...of) {
  return this[held] === undefined ? end.apply(this, of) : inOrder(this, () => end.apply(this, of), this);
};

/** The server of the run listens on a socket in its folder, or at a given address. */
function isDatabase({ path, port }) {
  const { port: given } = new URL(process.env.DHP_TEST_DATABASE_URL ?? 'postgres://localhost');
  return path?.includes('.s.PGSQL.') || (port !== undefined && String(port) === (given || '5432'));
}

/** @param meanwhile returned where it is held back */
function inOrder(socket, go, meanwhile) {
  if (socket[held] !== undefined) socket[held].push(go);
  else if (Math.random() >= share) return go();
  else {
    socket[held] = [go];
    setTimeout(() => {
      const all = socket[held];
      socket[held] = undefined;
      if (!socket.destroyed) for (const one of all) one();
    }, Math.random() * longest);
  }
  return meanwhile;
}
