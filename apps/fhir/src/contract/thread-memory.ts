/**
 * Memory for new objects of a thread that works on large bodies, in MiB. V8 gives 96 to each thread of a large machine, fills them with the
 * objects of a body, and keeps them: with 24, ten bodies of 46 MB took 1,152 to 1,315 MiB of resident memory where it was 1,441 to 1,562,
 * in the same time.
 */
export const youngMemory = { maxYoungGenerationSizeMb: 24 };
