/** Pictures that documents show. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Folders of `docs` that contain only pictures. */
const pictureFile = /^(?:sign-in|administration|portal)\/[\w-]+(?:\.[\w-]+)*\.webp$/;

/**
 * The bytes of a picture.
 * @param path from `docs` of the repository at `root`
 * @returns undefined if it is not a picture of the documents
 */
export function readPicture(root: string, path: string): Buffer | undefined {
  if (!pictureFile.test(path)) return undefined;
  try {
    return readFileSync(join(root, 'docs', path));
  } catch {
    return undefined;
  }
}

/** Width and height in pixels, from the first bytes of a WebP file (RFC 9649, section 2); undefined for any other. */
export function sizeOf(picture: Buffer): { readonly width: number; readonly height: number } | undefined {
  if (picture.length < 30 || picture.toString('latin1', 8, 12) !== 'WEBP') return undefined;
  switch (picture.toString('latin1', 12, 16)) {
    case 'VP8X':
      return { width: picture.readUIntLE(24, 3) + 1, height: picture.readUIntLE(27, 3) + 1 };
    case 'VP8L': {
      const bits = picture.readUInt32LE(21);
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
    case 'VP8 ':
      return { width: picture.readUInt16LE(26) & 0x3fff, height: picture.readUInt16LE(28) & 0x3fff };
    default:
      return undefined;
  }
}
