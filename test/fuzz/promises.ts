/** Properties of every call, for any input. */
import { CNI_CODES } from '../../plugin/protocol/errors.ts';
import { isJsonObject } from '../../plugin/protocol/json.ts';

/** The end of a call. */
export type Ended = { readonly exitCode: number; readonly stdout: string };

/** A bug is no answer, although it has a code. */
const ANSWERS: ReadonlySet<unknown> = new Set(
  Object.values(CNI_CODES).filter((code) => code !== CNI_CODES.internal),
);

/** Returns the properties that this call violated. */
export function brokenPromises({ exitCode, stdout }: Ended): readonly string[] {
  if (exitCode === 0 && stdout === '') return [];
  if (/\n\s+at .*:\d+/.test(stdout)) return [`a stack trace on stdout: ${stdout}`];
  const value = parsed(stdout);
  if (!isJsonObject(value)) return [`not one JSON object on stdout: ${JSON.stringify(stdout)}`];
  if (exitCode === 0) return value['msg'] === undefined ? [] : [`an error with exit code 0: ${stdout}`];
  if (exitCode !== 1) return [`exit code ${exitCode}`];
  if (!ANSWERS.has(value['code'])) return [`code ${JSON.stringify(value['code'])}: ${stdout}`];
  return typeof value['msg'] === 'string' && typeof value['cniVersion'] === 'string'
    ? []
    : [`an error without msg or cniVersion: ${stdout}`];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
