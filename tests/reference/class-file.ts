/** Bytes of an entry of the constant pool behind its tag, by tag; texts (1) say their length themselves. */
const sizes: Readonly<Record<number, number>> = {
  ...{ 3: 4, 4: 4, 5: 8, 6: 8, 7: 2, 8: 2, 9: 4, 10: 4, 11: 4, 12: 4, 15: 3, 16: 2, 17: 4, 18: 4, 19: 2, 20: 2 },
};

/**
 * The texts in the constant pool of a Java class: names, and the constants that it was compiled with.
 * https://docs.oracle.com/javase/specs/jvms/se17/html/jvms-4.html#jvms-4.4
 * @throws Error for what is no class file
 */
export function* constantsOf(bytes: Buffer): Generator<string> {
  if (bytes.readUInt32BE(0) !== 0xcafebabe) throw new Error('This is no class file');
  const count = bytes.readUInt16BE(8);
  let at = 10;
  for (let i = 1; i < count; i += 1) {
    const tag = bytes[at]!;
    if (tag === 1) {
      const length = bytes.readUInt16BE(at + 1);
      yield bytes.toString('utf8', at + 3, at + 3 + length);
      at += 3 + length;
      continue;
    }
    const size = sizes[tag];
    if (size === undefined) throw new Error(`There is no constant of the kind ${tag}`);
    at += 1 + size;
    // Long and double take two numbers.
    if (tag === 5 || tag === 6) i += 1;
  }
}
