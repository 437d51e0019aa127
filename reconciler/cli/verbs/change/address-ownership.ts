/** `vnet address`: whose an address of an uplink is. */
import type { Network, UplinkAddress } from '../../../../schemas/generated/vnet.ts';
import { EXIT, type ExitCode } from '../../../app/exit-codes.ts';
import type { Output } from '../../../app/output.ts';
import type { Problem, Snapshot } from '../../../document/store/store.ts';
import type { Session } from '../../../loop/node/session.ts';
import { normaliseAddress, withoutLength } from '../../../model/addresses/address.ts';
import { networksWith, type NetworkWith } from '../../../model/capabilities.ts';
import { describeUplink } from '../../../model/modes/parts/describe-uplink.ts';
import { fail, ok, type Result } from '../../../model/result.ts';
import { scopeOfNetworks } from '../../../model/scope.ts';
import { linkKeyOf, type State } from '../../../model/state.ts';

/** The request. Shape: `action` is `own` or `disown`; `address` may have a prefix length. */
export type AddressChoice = { readonly action: string; readonly address: string };

/** Ensures that the document says whose the address is. Errors: `not-found` if no uplink has it; `invalid` for another action. */
export function changeOwnership(
  session: Session,
  { action, address }: AddressChoice,
  output: Output,
): Result<ExitCode, Problem> {
  if (action !== 'own' && action !== 'disown') {
    return fail('invalid', 'address', `unknown action "${action}"`, { hint: 'Use own or disown.' });
  }
  const written = session.store.transact({ who: 'address', why: `${action} ${address}` }, (snapshot) => {
    const changed = findChange(session, snapshot, { action, address });
    if (!changed.ok) return changed;
    const [name, network] = changed.value;
    return ok({ edit: { networks: new Map([[name, network]]) }, value: name });
  });
  if (!written.ok) return written;
  const effect = action === 'own' ? 'is restored when it is missing' : 'is left to the program that added it';
  output.print(`${address} of network ${written.value.value} ${effect}.`);
  return ok(EXIT.done);
}

function findChange(
  session: Session,
  snapshot: Snapshot | undefined,
  { action, address }: AddressChoice,
): Result<readonly [name: string, network: Network]> {
  const networks = snapshot === undefined ? [] : networksWith(snapshot.document, 'takeover');
  for (const one of networks) {
    const { addresses = [] } = one.mode.takeover.uplink(one.network);
    const at = addresses.findIndex((known) => isSaid(known, address));
    const known = addresses[at];
    if (known === undefined) continue;
    const next =
      action === 'own' ? addresses.with(at, { ...known, floating: false }) : addresses.toSpliced(at, 1);
    return ok([one.name, withAddresses(one, next)]);
  }
  if (action === 'own' && snapshot !== undefined) {
    const seen = session.kernel.observe(scopeOfNetworks(snapshot.document));
    if (!seen.ok) return seen;
    for (const one of networks) {
      const found = observed(one, seen.value.state).find((known) => isSaid(known, address));
      if (found === undefined) continue;
      const { addresses = [] } = one.mode.takeover.uplink(one.network);
      return ok([one.name, withAddresses(one, [...addresses, { ...found, floating: false }])]);
    }
  }
  const message = `no uplink has the address ${address}`;
  const hint = 'vnet get networks -o yaml lists those of the document, ip address those of the kernel.';
  return fail('not-found', 'address', message, { hint });
}

function isSaid({ address }: UplinkAddress, asked: string): boolean {
  return asked.includes('/')
    ? normaliseAddress(address) === normaliseAddress(asked)
    : withoutLength(normaliseAddress(address)) === normaliseAddress(asked);
}

function withAddresses(
  { network, mode: { takeover } }: NetworkWith<'takeover'>,
  addresses: readonly UplinkAddress[],
): Network {
  return takeover.withUplink(network, { ...takeover.uplink(network), addresses });
}

function observed(
  { network, mode: { takeover } }: NetworkWith<'takeover'>,
  state: State,
): readonly UplinkAddress[] {
  const { name } = takeover.uplink(network);
  const link = state.get(linkKeyOf(name));
  if (link?.kind !== 'link') return [];
  const observation = { state, namespaces: new Map() };
  return describeUplink(observation, link, [takeover.carrier(network), name]).addresses ?? [];
}
