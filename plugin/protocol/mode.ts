/** The mode of a network configuration. Pure. */
import type { ModeCore } from '../../reconciler/model/modes/core.ts';
import { attachingModes, CORES, DEFAULT_MODE } from '../../reconciler/model/modes/cores.ts';
import { field, type JsonObject } from './json.ts';

/**
 * Returns the mode of that name, which may be that with `sameNode: fabric`, or DEFAULT_MODE and a line in `wrong`. Without a name, the configuration of the plugin `bridge`
 * (flannel's delegate, kubenet) has its own mode; others have DEFAULT_MODE, where azure-vnet has `tunnel`.
 */
export function readMode(raw: JsonObject, name: string, wrong: string[]): ModeCore {
  const modes = attachingModes();
  if (name === '') {
    const isBridgePlugins = (field(raw, 'ipMasq') ?? field(raw, 'isGateway')) !== undefined;
    const counterpart = isBridgePlugins ? modes.find(isLikeBridgePlugin) : undefined;
    return counterpart ?? CORES[DEFAULT_MODE];
  }
  const mode = modes.find((one) => one.name === name || one.attach?.tunnelName === name);
  if (mode !== undefined) return mode;
  const why = name === 'transparent-vlan' ? 'not supported by vnet' : 'unknown mode';
  const supported = modes.map(
    (one) => `"${one.name}"${one.name === DEFAULT_MODE ? ' (also the default)' : ''}`,
  );
  wrong.push(`mode ${JSON.stringify(name)}: ${why}; supported: ${supported.join(', ')}`);
  return CORES[DEFAULT_MODE];
}

/** Returns true for the mode that the configuration of the plugin `bridge` describes. */
export function isLikeBridgePlugin({ attach }: ModeCore): boolean {
  return attach?.likeBridgePlugin === true;
}
