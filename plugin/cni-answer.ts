/** Result that ADD returned for an endpoint, for `vnet export -o cni-result`. Pure. */
import type { CniAnswer } from '../reconciler/cni/answer.ts';
import { fail } from '../reconciler/model/result.ts';
import { reportEndpoint } from './verbs/report.ts';
import { renderResult } from './protocol/result.ts';

/** CNI version of the rendered result: current runtimes use it. */
const VERSION = '1.0.0';

/** Returns the result of the endpoint's ADD. The same endpoint always gives the same result. */
export const cniAnswer: CniAnswer = (id, endpoint, network) => {
  const rendered = renderResult(reportEndpoint(id, endpoint, network, undefined), VERSION);
  if (rendered.ok) return rendered;
  const { msg, details = '' } = rendered.error;
  return fail('invalid', `render the result of ${id}`, msg, { hint: details });
};
