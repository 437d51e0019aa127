/** Uplinks that are evidently the same NIC with another name or MAC: the document follows them. */
import type { Network, Uplink, VnetDocument } from '../../../schemas/generated/vnet.ts';
import type { Problem } from '../../document/store/store.ts';
import { networksWith } from '../../model/capabilities.ts';
import { identifyUplink } from '../../model/modes/parts/identity.ts';
import { describeHardware } from '../../model/modes/parts/describe-uplink.ts';
import type { Observation } from '../../model/ports/kernel.ts';
import { type Failure, ok, type Result } from '../../model/result.ts';
import type { LinkObject } from '../../model/state.ts';
import type { Session } from '../node/session.ts';

/** Networks whose uplink was followed. Shape: `why` is the reason for the history. */
export type FollowedUplinks = { readonly networks: ReadonlyMap<string, Network>; readonly why: string };

/**
 * Returns the networks whose uplink is another link, or has another MAC, with their new uplink; undefined
 * without one.
 * Law: a document with the result in it has no result.
 */
export function followUplinks(document: VnetDocument, { state }: Observation): FollowedUplinks | undefined {
  const networks = new Map<string, Network>();
  const reasons: string[] = [];
  for (const { name, network, mode } of networksWith(document, 'takeover')) {
    const uplink = mode.takeover.uplink(network);
    const found = identifyUplink(uplink, mode.takeover.carrier(network), state);
    if (found.kind !== 'changed') continue;
    networks.set(name, mode.takeover.withUplink(network, followed(uplink, found.link)));
    reasons.push(reasonOf(uplink, found.link));
  }
  for (const { name, network, mode } of networksWith(document, 'untouched')) {
    const uplink = mode.untouched.uplink(network);
    const found = identifyUplink(uplink, uplink.name, state);
    if (found.kind !== 'changed') continue;
    const { name: dev, mac = uplink.mac } = found.link;
    networks.set(name, mode.untouched.withUplink(network, { name: dev, mac }));
    reasons.push(reasonOf(uplink, found.link));
  }
  return networks.size === 0 ? undefined : { networks, why: reasons.join('; ') };
}

function followed({ hardware: _before, ...uplink }: Uplink, link: LinkObject): Uplink {
  return { ...uplink, name: link.name, mac: link.mac ?? uplink.mac, ...describeHardware(link) };
}

function reasonOf({ name, mac }: Uplink, link: LinkObject): string {
  const renamed = name === link.name ? '' : `, now ${link.name}`;
  return `followed the uplink ${name}${renamed}: MAC ${link.mac ?? mac} instead of ${mac}`;
}

/** Ensures that the document follows its uplinks, and returns it. Writes nothing if unchanged. */
export function recordUplinks(
  { store }: Pick<Session, 'store'>,
  document: VnetDocument,
  observation: Observation,
): Result<VnetDocument, Problem> {
  const found = followUplinks(document, observation);
  if (found === undefined) return ok(document);
  const written = store.transact({ who: 'reconcile', why: found.why }, (snapshot) => {
    const now = snapshot && followUplinks(snapshot.document, observation);
    return ok({ edit: now === undefined ? {} : { networks: now.networks }, value: undefined });
  });
  return written.ok ? ok(written.value.snapshot?.document ?? document) : written;
}

/** Returns why an uplink cannot be used: the link with its name is another NIC. */
export function unusableUplink(document: VnetDocument, { state }: Observation): Failure | undefined {
  for (const { network, mode } of networksWith(document, 'takeover')) {
    const uplink = mode.takeover.uplink(network);
    const found = identifyUplink(uplink, mode.takeover.carrier(network), state);
    if (found.kind !== 'other' || uplink.released === true) continue;
    const obstacle = mode.takeover.preflight(network, state);
    if (obstacle !== undefined) return { ...obstacle, about: 'uplink' };
  }
  return undefined;
}
