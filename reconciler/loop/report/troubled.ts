/** What is published when no round could be done. Pure. */
import { conditionsOf } from './conditions.ts';
import { type NodeStatus, STATUS_FORMAT } from '../files/status-file.ts';

/** Why no round could be done, and when. Shape: `pauses` counts the valid ones. */
export type Trouble = { readonly message: string; readonly time: string; readonly pauses: number };

/** Returns the status after the trouble: what was known of objects before it stays. */
export function troubledStatus(
  status: NodeStatus | undefined,
  { message, time, pauses }: Trouble,
): NodeStatus {
  const objects = status?.objects ?? [];
  const generation = status?.observedGeneration ?? 0;
  const problem = { reason: 'RoundFailing', message };
  const facts = { generation, objects, drifted: 0, withheld: 0, accepted: 0, pauses, problem };
  return {
    format: STATUS_FORMAT,
    time,
    observedGeneration: generation,
    convergedGeneration: status?.convergedGeneration,
    conditions: conditionsOf(facts, status, time),
    objects,
  };
}
