/** Decodes UTF-8, and reports bytes that are not. Pure. */
import type { Issue } from '../../model/result.ts';

/**
 * Returns the text, including a byte order mark; undefined if the bytes are not UTF-8, since they could not
 * be written back.
 */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Returns the Issue of a file that is not UTF-8. */
export function notUtf8(file: string): Issue {
  return issueOfFile(file, 'not-utf-8', 'the document is not UTF-8 text', 'save the file as UTF-8');
}

/** Returns an Issue of the file as a whole. */
export function issueOfFile(file: string, code: string, message: string, hint: string): Issue {
  return { kind: 'issue', code, file, path: '', line: 1, column: 1, message, hint };
}
