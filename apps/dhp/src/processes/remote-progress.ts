/** Progress of a server's process, shown by `dhp start`, which has the terminal. */
import type { Progress, ProgressStep } from '../progress.ts';
import type { ProgressMessage } from './messages.ts';

/** Milliseconds between two messages about one step. */
const sendEvery = 80;

/** In the process of a server. */
export function sendProgress(send: (message: ProgressMessage) => void): Progress {
  let last = 0;
  return {
    say: (line) => send({ kind: 'say', line }),
    step(title) {
      const id = (last += 1);
      let sentAt = 0;
      send({ kind: 'step', id, title });
      return {
        update(done, total, note) {
          const now = performance.now();
          if (now - sentAt < sendEvery) return;
          sentAt = now;
          send({ kind: 'update', id, done, total, ...(note !== undefined && { note }) });
        },
        done: (note) => send({ kind: 'done', id, ...(note !== undefined && { note }) }),
      };
    },
  };
}

/** In `dhp start`: shows the messages of one process. */
export function showProgress(progress: Progress): (message: ProgressMessage) => void {
  const steps = new Map<number, ProgressStep>();
  return (message) => {
    switch (message.kind) {
      case 'say':
        progress.say(message.line);
        break;
      case 'step':
        steps.set(message.id, progress.step(message.title));
        break;
      case 'update':
        steps.get(message.id)?.update(message.done, message.total, message.note);
        break;
      case 'done':
        steps.get(message.id)?.done(message.note);
        steps.delete(message.id);
        break;
    }
  };
}
