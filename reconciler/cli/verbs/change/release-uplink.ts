/** `vnet release`: reverses the takeover of an uplink. */
import type { VnetDocument } from '../../../../schemas/generated/vnet.ts';
import { count } from '../../../model/words.ts';
import type { Edit, Problem, Snapshot } from '../../../document/store/store.ts';
import { adoptFromCarriers, withNetworks } from '../../../loop/takeover/adopt.ts';
import { runRound } from '../../../loop/round/round.ts';
import type { Session } from '../../../loop/node/session.ts';
import { parseEndpointId, podNameOf } from '../../../model/names.ts';
import type { Observation } from '../../../model/ports/kernel.ts';
import { releasedNetwork, networksWith, type NetworkWith } from '../../../model/capabilities.ts';
import { fail, ok, renderFailure, type Result } from '../../../model/result.ts';
import { EXIT, type ExitCode } from '../../../app/exit-codes.ts';
import type { Output } from '../../../app/output.ts';
import { scopeOf } from '../../../model/scope.ts';

/**
 * Ensures that the network's uplink has its addresses and routes back and that no object of ours is left. The
 * document changes first, so that the next reconcile finishes an interrupted release.
 * Errors: `refused` while pods are attached; `not-found` for an unknown network.
 */
export function release(
  session: Session,
  name: string | undefined,
  output: Output,
): Result<ExitCode, Problem> {
  const seen = session.kernel.observe(scopeOf({ whole: true }));
  if (!seen.ok) return seen;
  const written = session.store.transact('release', (snapshot) => {
    const chosen = chooseNetworks(snapshot && withCarried(snapshot.document, seen.value), name);
    if (!chosen.ok) return chosen;
    const networks = new Map(chosen.value.map((one) => [one.name, releasedNetwork(one)]));
    const edit: Edit = { networks };
    return ok({ edit, value: chosen.value.map((one) => one.name) });
  });
  if (!written.ok) return written;
  const round = runRound(session, { limit: 'node-outage' });
  if (!round.ok) return round;
  const failures = round.value?.failures ?? [];
  for (const problem of failures) output.warn(`vnet: ${renderFailure(problem)}`);
  if (failures.length > 0 || (round.value?.remaining.length ?? 0) > 0) return ok(EXIT.partly);
  output.print(`Released ${written.value.value.join(', ')}: addresses and routes are back on the uplink.`);
  output.print('To take over again, remove "released: true" from the document and run vnet reconcile.');
  return ok(EXIT.done);
}

type Known = Pick<Snapshot, 'document'> | undefined;

/** Additions of other programs to the bridge go to the uplink, too. */
function withCarried(document: VnetDocument, seen: Observation): Known {
  return { document: withNetworks(document, adoptFromCarriers(document, seen)) };
}

/** The named network, or all, that leave the uplink alone. */
function untouchedNetworks(snapshot: Known, name: string | undefined): readonly string[] {
  return Object.keys(snapshot?.document.networks ?? {}).filter((one) => name === undefined || one === name);
}

function chooseNetworks(
  snapshot: Known,
  name: string | undefined,
): Result<readonly NetworkWith<'takeover'>[]> {
  const networks = snapshot === undefined ? [] : networksWith(snapshot.document, 'takeover');
  const chosen = name === undefined ? networks : networks.filter((one) => one.name === name);
  const untouched = chosen.length === 0 ? untouchedNetworks(snapshot, name) : [];
  if (untouched.length > 0) {
    const message = `nothing was taken over for ${untouched.join(', ')}: the uplink is unchanged`;
    const hint = 'To remove a network, delete it from the document (vnet edit) and run vnet reconcile.';
    return fail('not-found', 'release', message, { hint });
  }
  if (chosen.length === 0) {
    const known = networks.map((one) => one.name).join(', ') || 'none';
    return fail('not-found', 'release', `no such network with an uplink in the document`, {
      hint: `known: ${known}`,
    });
  }
  const attached = Object.entries(snapshot?.document.endpoints ?? {}).filter(([id]) =>
    chosen.some((one) => one.name === parseEndpointId(id).network),
  );
  if (attached.length === 0) return ok(chosen);
  const pods = attached.map(([id, endpoint]) => podNameOf(id, endpoint));
  return fail(
    'refused',
    'release',
    `${count(attached.length, 'attached pod')}: ${pods.slice(0, 5).join(', ')}`,
    {
      hint: 'Remove them first (drain the node), then release again.',
    },
  );
}
