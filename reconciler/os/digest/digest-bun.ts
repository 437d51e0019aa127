/** Digests of files under Bun: loading node:crypto takes longer than a call to run. */
import { CryptoHasher } from 'bun';

/** Returns the SHA-256 digest of the bytes in hexadecimal. */
export function sha256Hex(bytes: Uint8Array): string {
  return new CryptoHasher('sha256').update(bytes).digest('hex');
}
