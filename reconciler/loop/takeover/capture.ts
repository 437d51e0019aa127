/** Observes the values for a network's part of a new document. */
import type { Network, VnetDocument } from '../../../schemas/generated/vnet.ts';
import { networksWith } from '../../model/capabilities.ts';
import type { FirstNetwork } from '../../model/modes/mode.ts';
import { modeOf } from '../../model/modes/registry.ts';
import type { Observation, Observer } from '../../model/ports/kernel.ts';
import { fail, ok, type Result } from '../../model/result.ts';
import { linkKeyOf, type State } from '../../model/state.ts';
import { describeSettings, settingPlaces } from './describe-settings.ts';
import { scopeOf } from '../../model/scope.ts';

/**
 * Returns the network of this mode as the document should declare it.
 * Errors: `not-found` if no interface fits, or networks of this mode are written by hand; `refused` if the
 * uplink belongs to another program.
 */
export function captureNetwork(
  kernel: Observer,
  mode: Network['mode'],
  request: FirstNetwork,
): Result<Network> {
  const record = modeOf({ mode });
  if (record.first === undefined) {
    return fail('not-found', 'create the network', `a network of mode ${mode} is not created by an ADD`, {
      hint: 'Add it to the document below networks.',
    });
  }
  const observed = kernel.observe(scopeOf({ whole: true }));
  const network = observed.ok ? record.first(observed.value, request) : observed;
  return network.ok ? withSettings(kernel, network.value) : network;
}

/**
 * Returns the network with the settings of its uplink; of an uplink in its bridge, those of the bridge, which are in force.
 * Errors: those of the observation.
 */
export function withSettings(
  kernel: Observer,
  network: Network,
  on: 'uplink' | 'carrier' = 'uplink',
): Result<Network> {
  const takeover = modeOf(network).takeover;
  if (takeover === undefined) return ok(network);
  const uplink = takeover.uplink(network);
  const name = on === 'carrier' ? takeover.carrier(network) : uplink.name;
  const observed = observeSysctls(kernel, [name]);
  if (!observed.ok) return observed;
  const settings = describeSettings({ ...uplink, name }, observed.value);
  return ok(settings.length === 0 ? network : takeover.withUplink(network, { ...uplink, settings }));
}

/**
 * Returns the sysctls of the uplinks that are outside their bridges: a takeover may follow.
 * Errors: those of the observation.
 */
export function observeSettings(
  kernel: Observer,
  document: VnetDocument,
  { state }: Observation,
): Result<State> {
  const outside = networksWith(document, 'takeover').flatMap(({ network, mode: { takeover } }) => {
    const { name, released } = takeover.uplink(network);
    const link = state.get(linkKeyOf(name));
    const isPort = link?.kind === 'link' && link.master === takeover.carrier(network);
    return link === undefined || isPort || released === true ? [] : [name];
  });
  return outside.length === 0 ? ok(state) : observeSysctls(kernel, outside);
}

/** The settings of these interfaces are read, not those of all. */
function observeSysctls(kernel: Observer, names: readonly string[]): Result<State> {
  const sysctls = names.flatMap(settingPlaces);
  const observed = kernel.observe(scopeOf({ sysctls }));
  return observed.ok ? ok(observed.value.state) : observed;
}
