/** An Output that a test can read. */
import type { Output } from '../../reconciler/app/output.ts';

/** The output of a verb. */
export type Captured = Output & { readonly out: () => string; readonly err: () => string };

/** Returns an Output that records the text, without colours. */
export function capture(): Captured {
  const out: string[] = [];
  const err: string[] = [];
  return {
    print: (text) => void out.push(text),
    warn: (text) => void err.push(text),
    paint: (_style, text) => text,
    out: () => out.join('\n'),
    err: () => err.join('\n'),
  };
}
