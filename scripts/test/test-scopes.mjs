// Tells Node's test runner which test runs, by AsyncLocalStorage. It follows every promise and every other asynchronous resource by hooks
// otherwise, to find the test that a failure nobody caught belongs to, and the suite that a new test is a part of. That takes up to a fifth of the
// CPU time of a test with a server in its own process (decision 59).
import hooks, { AsyncLocalStorage } from 'node:async_hooks';

const { AsyncResource, createHook, executionAsyncId } = hooks;

/** The id of the test that the code works for. */
const current = new AsyncLocalStorage();
/** The test that was entered last. */
let entered;
/** Whether an error is being handled that nobody has caught: of a timer or an event it comes without its test. */
let isThrown = false;
process.on('uncaughtExceptionMonitor', () => (isThrown = true));

/** Is told of each test, once the runner follows them. */
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
