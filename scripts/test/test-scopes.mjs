// Informs Node's test runner which test runs, through AsyncLocalStorage. Otherwise the runner tracks every promise and every other
// asynchronous resource by hooks, to find the test to which an uncaught failure belongs and the suite of a new test. That takes up to a
// fifth of the CPU time of a test with a server in its process (decision 59).
import hooks, { AsyncLocalStorage } from 'node:async_hooks';

const { AsyncResource, createHook, executionAsyncId } = hooks;

/** The id of the test that the code works for. */
const current = new AsyncLocalStorage();
/** The test that was entered last. */
let entered;
/** Whether an uncaught error is being handled: errors of timers and events come without their test. */
let isThrown = false;
process.on('uncaughtExceptionMonitor', () => (isThrown = true));

/** Receives each test once the runner tracks them. */
let begin;

/** Tests of the runner are such resources. */
class TestScope extends AsyncResource {
  constructor(...parameters) {
    super(...parameters);
    begin?.(this.asyncId(), 'Test', this.triggerAsyncId(), this);
  }

  runInAsyncScope(work, self, ...parameters) {
    const within = (...given) => {
      entered = this;
      return current.run(this.asyncId(), () => Reflect.apply(work, self, given));
    };
    return super.runInAsyncScope(within, undefined, ...parameters);
  }
}

Object.assign(hooks, {
  AsyncResource: TestScope,
  createHook: ({ init }) => ({ enable: () => (begin = init), disable: () => (begin = undefined) }),
  executionAsyncId() {
    const withoutTest = isThrown ? entered?.asyncId() : undefined;
    isThrown = false;
    return current.getStore() ?? withoutTest ?? executionAsyncId();
  },
});
// It reads these three while it loads.
await import('node:test');
Object.assign(hooks, { AsyncResource, createHook, executionAsyncId });
