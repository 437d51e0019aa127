/** Unwraps Results in tests and scripts that cannot continue without the value. */
import { renderFailure, type Result } from '../../reconciler/model/result.ts';

/** Returns the value. Errors: throws the Failure as an Error. */
export function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(renderFailure(result.error));
  return result.value;
}
