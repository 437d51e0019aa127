/** Observes the values for a network's part of a new document. */
import type { Network } from '../../../schemas/generated/vnet.ts';
import type { FirstNetwork } from '../../model/modes/mode.ts';
import { modeOf } from '../../model/modes/registry.ts';
import { hostLinks } from '../../model/modes/parts/describe-uplink.ts';
import type { Observer } from '../../model/ports/kernel.ts';
import { err, failure, ok, type Result } from '../../model/result.ts';
import { describeSettings, settingPlaces } from './describe-settings.ts';

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
    return err(
      failure('not-found', 'create the network', `a network of mode ${mode} is not created by an ADD`, {
        hint: 'Add it to the document below networks.',
      }),
    );
  }
  const links = kernel.observe({ whole: true, devices: [], pods: [], sysctls: [], entries: [] });
  if (!links.ok) return links;
  const devices = hostLinks(links.value)
    .filter((link) => link.type !== 'veth' || link.master === '')
    .map(({ name }) => name);
  const observed = kernel.observe({ whole: true, devices, pods: [], sysctls: [], entries: [] });
  const network = observed.ok ? record.first(observed.value, request) : observed;
  return network.ok ? withSettings(kernel, network.value) : network;
}

/** The settings of one interface are read, not those of all. */
function withSettings(kernel: Observer, network: Network): Result<Network> {
  const takeover = modeOf(network).takeover;
  if (takeover === undefined) return ok(network);
  const uplink = takeover.uplink(network);
  const sysctls = settingPlaces(uplink.name);
  const observed = kernel.observe({ whole: false, devices: [], pods: [], sysctls, entries: [] });
  if (!observed.ok) return observed;
  const settings = describeSettings(uplink, observed.value.state);
  return ok(settings.length === 0 ? network : takeover.withUplink(network, { ...uplink, settings }));
}
