/** Digests of files under Node.js. */
import { createHash } from 'node:crypto';

/** Returns the SHA-256 digest of the bytes in hexadecimal. */
export function sha256Hex(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
