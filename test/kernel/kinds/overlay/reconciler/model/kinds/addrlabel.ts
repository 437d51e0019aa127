/** Labels of IPv6 prefixes, for the choice of a source address. Pure. */
import { normalisePrefix } from '../addresses/address.ts';
import type { Kind, NetnsPath } from './kind.ts';

/** A label. Shape: ours have the number LABEL. Source: ip-addrlabel(8). */
export type AddrlabelObject = {
  readonly kind: 'addrlabel';
  readonly netns: NetnsPath;
  readonly prefix: string;
  readonly label: number;
};

/** Labels. */
export const addrlabelKind: Kind<AddrlabelObject> = {
  fields: { label: 'label' },
  policy: 'routes',
  isEntry: true,
  list: {
    name: 'addrlabels',
    headings: ['PREFIX', 'LABEL'],
    cells: ({ prefix, label }) => [prefix, String(label)],
  },
  key: ({ prefix }) => `addrlabel ${prefix}`,
  rank: () => 45,
  normalise: (object) => ({ ...object, prefix: normalisePrefix(object.prefix) }),
  describe: ({ prefix, label }) => [`addrlabel ${prefix}`, `label ${label}`],
  isOurs: ({ label }) => label === 118,
  disruptionOfDeletion: () => 'flow-reset',
};
