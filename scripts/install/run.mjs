// Runs a program and shows that something happens: a line that counts seconds on a terminal, plain lines elsewhere.
import { spawn } from 'node:child_process';

/** An error that is shown to the user without a stack. */
export class Failure extends Error {}

const tailLines = 25;

/**
 * @param {string} title what is being done: "Installing dependencies"
 * @param {string} program
 * @param {string[]} parameters
 * @param {import('node:child_process').SpawnOptions} [options]
 * @returns {Promise<string>} what the program wrote
 * @throws {Failure} with the last lines of its output, when it fails or cannot be run
 */
export async function run(title, program, parameters, options = {}) {
  const progress = showProgress(title);
  let output = '';
  const child = spawn(program, parameters, { ...options, stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true });
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => (output = (output + text).slice(-100_000)));
  }
  const problem = await new Promise((resolve) => {
    child.once('error', (error) => resolve(`${program} cannot be run: ${error.message}`));
    child.once('close', (code, signal) =>
      resolve(code === 0 ? undefined : signal ? `stopped by ${signal}` : `${program} ended with code ${code}`),
    );
  });
  progress.end(problem === undefined);
  if (problem === undefined) return output;
  const tail = output.trimEnd().split('\n').slice(-tailLines).join('\n');
  throw new Failure(`${title} failed: ${problem}\n${tail}`);
}

function showProgress(title) {
  const begin = Date.now();
  const elapsed = () => `${Math.round((Date.now() - begin) / 1000)} s`;
  const onTerminal = process.stderr.isTTY === true && !process.env.CI;
  const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
  let frame = 0;
  const draw = () => process.stderr.write(`\r\x1b[K${frames[frame++ % frames.length]} ${title} … ${elapsed()}`);
  const say = () => console.error(`${title} … ${elapsed()}`);
  if (onTerminal) draw();
  else console.error(`${title} …`);
  const timer = setInterval(onTerminal ? draw : say, onTerminal ? 100 : 15_000);
  return {
    end(succeeded) {
      clearInterval(timer);
      if (onTerminal) process.stderr.write('\r\x1b[K');
      if (succeeded) console.error(`${title}: done in ${elapsed()}`);
    },
  };
}
