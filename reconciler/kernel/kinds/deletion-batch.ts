/** Deletes many objects on interfaces at once: one datagram looks them up, the next one deletes them. */
import type { Change } from '../../model/ports/kernel.ts';
import { ok } from '../../model/result.ts';
import { HOST, keyOf, type NetObject } from '../../model/state.ts';
import { type Applied, type ApplyContext, linkHandle } from '../apply/context.ts';
import type { NetlinkRequest } from '../netlink/message.ts';
import type { Question } from '../netlink/question.ts';
import type { NetlinkSocket } from '../netlink/socket.ts';
import { orAbsent } from '../read.ts';
import { type Fact, type FoundObject, type OnLink, type OnWire, questionOf, removalOf } from './on-link.ts';
import type { Batch } from './wire.ts';

/** Number of deletions per datagram: see CHANGES_PER_DATAGRAM of apply/batch.ts. */
const DELETIONS_PER_DATAGRAM = 64;

/**
 * Returns the batch of deletions of a kind on the node's interfaces. A deletion that the kernel refuses, in lookup or execution, is
 * tried again individually.
 */
export function deletionBatch<T extends OnLink, F extends Fact>(
  kind: OnWire<T, F>,
  isOf: (object: NetObject) => object is T,
): Batch {
  return {
    takes: (change) => change.verb === 'delete' && change.have.netns === HOST && isOf(change.have),
    apply: (context, changes, applyOne) => {
      const socket = context.sockets.route(HOST);
      const results = new Map<Change, Applied>();
      if (socket.ok) {
        for (let at = 0; at < changes.length; at += DELETIONS_PER_DATAGRAM) {
          const questions = questionsOf(kind, isOf, context, changes.slice(at, at + DELETIONS_PER_DATAGRAM));
          deleteFound(kind, socket.value, questions, results);
        }
      }
      return changes.map((change) => results.get(change) ?? applyOne(context, change));
    },
  };
}

type Questions<T, F> = ReadonlyMap<Change, Question<FoundObject<T, F>>>;

function questionsOf<T extends OnLink, F extends Fact>(
  kind: OnWire<T, F>,
  isOf: (object: NetObject) => object is T,
  context: ApplyContext,
  changes: readonly Change[],
): Questions<T, F> {
  const questions = new Map<Change, Question<FoundObject<T, F>>>();
  for (const change of changes) {
    if (change.verb !== 'delete' || !isOf(change.have)) continue;
    const link = linkHandle(context, change.have, `delete ${keyOf(change.have)}`);
    const question = link.ok ? questionOf(kind, link.value.index, change.have) : undefined;
    if (question !== undefined) questions.set(change, question);
  }
  return questions;
}

/** Records the results of those that are absent or deleted. */
function deleteFound<T extends OnLink, F extends Fact>(
  { codec }: OnWire<T, F>,
  socket: NetlinkSocket,
  questions: Questions<T, F>,
  results: Map<Change, Applied>,
): void {
  const removals = new Map<Change, NetlinkRequest>();
  const answers = socket.gets([...questions.values()]).values();
  for (const change of questions.keys()) {
    const found = orAbsent(answers.next().value ?? ok(undefined), undefined);
    if (!found.ok) continue;
    if (found.value === undefined) results.set(change, ok('unchanged'));
    else removals.set(change, removalOf(codec, found.value.fact));
  }
  if (removals.size === 0) return;
  const done = socket.requests([...removals.values()], 'delete objects').values();
  for (const change of removals.keys())
    if (done.next().value?.ok === true) results.set(change, ok('changed'));
}
