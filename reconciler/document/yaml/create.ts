/** The text of a document that does not exist yet. Pure. */
import { renderYaml } from './parse.ts';
import { renderString } from '../text/scalar.ts';
import type { NewDocument } from '../slow-path.ts';
import { API_VERSION } from '../check/validate.ts';

/** Returns the text of a new document, generation 0, without endpoints, with comments that teach the format. */
export function renderNewDocument({ node, bootId, networks }: NewDocument): string {
  const lines = [
    '# vnet.yaml: the desired network state of this node. `vnet reconcile` makes the kernel match it.',
    '#',
    '# Edit everything above "endpoints:" at any time, with any editor; `vnet validate` checks the document, and',
    '# `vnet reconcile --dry-run` previews the changes. Comments and order are preserved.',
    `apiVersion: ${API_VERSION}`,
    'kind: NodeNetwork',
    'metadata:',
    `  node: ${renderString(node)}`,
    '  # Incremented by every write.',
    '  generation: 0',
    ...(bootId === undefined
      ? []
      : ['  # The boot in which the endpoints were created.', `  bootId: ${renderString(bootId)}`]),
    '',
    '# The networks, by the name of their CNI configuration (/etc/cni/net.d).',
    Object.keys(networks).length === 0 ? 'networks: {}' : `networks:\n${renderYaml(networks, 2).trimEnd()}`,
    '',
    '# Written by CNI: one entry per attachment, by network/containerID/ifName. Leave these to ADD and DEL.',
    'endpoints: {}',
  ];
  return `${lines.join('\n')}\n`;
}
