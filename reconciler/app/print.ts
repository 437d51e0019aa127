/** Answers for programs: the one place that turns a value into JSON or YAML. */
import { createPart, withParts } from '../model/part.ts';
import type { Output } from './output.ts';

/** How an answer can be printed: a table for people, or a value for programs. */
export const FORMATS = ['text', 'json', 'yaml'] as const;

/** One of FORMATS. */
export type Format = (typeof FORMATS)[number];

const yaml = createPart(async () => (await import('../document/yaml/parse.ts')).renderYaml);

/**
 * Ensures that printValue() can print the format without loading anything, so that a verb which has changed something is
 * never run again for its answer. The command line does it before any verb runs.
 */
export async function loadFormat(format: Format): Promise<void> {
  if (format === 'yaml') await withParts(() => void yaml());
}

/**
 * Prints the value as JSON or YAML: fields that are undefined are left out, Maps must be made objects first.
 * Throws PartNeeded for YAML before loadFormat(), or outside withParts().
 */
export function printValue(value: unknown, format: Exclude<Format, 'text'>, output: Output): void {
  const json = JSON.stringify(value, null, 2);
  // Through JSON, so that what is duplicated becomes no anchor, and both formats say the same.
  output.print(format === 'json' ? json : yaml()(JSON.parse(json), 0).trimEnd());
}
