/** `vnet graph`. */
import { outOption } from '../../options.ts';
import type { Verb } from '../../verb.ts';
import type { Picture } from './draw-graph.ts';

const PICTURES: readonly Picture[] = ['svg', 'html', 'mermaid', 'dot', 'json'];

/** Draws the node. Shape: `out` defaults to stdout. */
export const graphVerb: Verb<{ readonly as: Picture; readonly out: string | undefined }> = {
  describe: (command, choose) =>
    command
      .description('draw the node: uplink, bridge, ports, pods, drift and pending changes')
      .addOption(
        command
          .createOption('-o, --output <form>', 'output format (default: by the extension of --out, else svg)')
          .choices(PICTURES),
      )
      .addOption(outOption(command))
      .action(({ output, out }: { output?: Picture; out?: string }) =>
        choose({ as: output ?? pictureOf(out), out }),
      ),
  run: async ({ sys, withPast }, { as, out }) => {
    const [{ drawGraph }, { emitTo }] = await Promise.all([import('./draw-graph.ts'), import('./emit.ts')]);
    return withPast((node) => drawGraph(node, as, emitTo(sys, out)));
  },
  manual: {
    group: 'View',
    writes: 'only the file of --out',
    examples: [
      ['vnet graph --out node.html', 'a self-contained page for a browser'],
      ['vnet graph -o mermaid', 'text for a wiki'],
    ],
    exits: ['done'],
  },
};

function pictureOf(out = ''): Picture {
  const ending = out.slice(out.lastIndexOf('.') + 1).toLowerCase();
  const known: Readonly<Record<string, Picture>> = { htm: 'html', mmd: 'mermaid', gv: 'dot' };
  return known[ending] ?? PICTURES.find((picture) => picture === ending) ?? 'svg';
}
