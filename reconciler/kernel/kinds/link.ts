/**
 * Interfaces on the wire. They carry the other objects, and are read and announced before them: see
 * `observe/`, `monitor/`.
 */
import type { LinkObject } from '../../model/kinds/link.ts';
import { createPairs, isPair } from '../apply/batch.ts';
import { deleteLinks, isRemoval } from '../apply/deletion.ts';
import { createLinkIn, deleteLinkIn } from '../apply/link.ts';
import { updateLinkIn } from '../apply/link-fields.ts';
import { RTM_NEWLINK } from '../netlink/link.ts';
import type { Wire } from './wire.ts';

/** Source: enum rtnetlink_groups of linux/rtnetlink.h. */
const RTNLGRP_LINK = 1;

/** Interfaces. */
export const linkWire: Wire<LinkObject> = {
  create: createLinkIn,
  change: updateLinkIn,
  remove: deleteLinkIn,
  batches: [
    { takes: isPair, apply: createPairs },
    { takes: isRemoval, apply: deleteLinks },
  ],
  subscription: { groups: [RTNLGRP_LINK], message: RTM_NEWLINK },
};
