/** Measures the start of validation in a process: run directly, it prints the CPU and memory of its first validation. */
const before = { cpu: process.cpuUsage(), memory: memory() };
const { Validator } = await import('@dhp/fhir-validation');
const validator = new Validator();
validator.validate({ resourceType: 'Patient', name: [{ family: 'Karimova' }] });
const { user, system } = process.cpuUsage(before.cpu);
process.stdout.write(
  JSON.stringify({ milliseconds: (user + system) / 1_000, megabytes: (memory() - before.memory) / 1e6 }),
);

/** Bytes in use after garbage collection (`--expose-gc`). */
function memory(): number {
  globalThis.gc?.();
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return heapUsed + external + arrayBuffers;
}
