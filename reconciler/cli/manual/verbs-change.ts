/** What the help and the manual say of the verbs that change the document or the kernel. */
import type { VerbEntry } from './entry.ts';

/** The verbs that change something, by their names. */
export const CHANGING_VERBS: Readonly<Record<string, VerbEntry>> = {
  apply: {
    group: 'Change',
    writes: 'the document, then the kernel; both are taken back when the change does not verify',
    examples: [
      ['vnet apply -f new.yaml --dry-run', 'the plan and what speaks against it'],
      ["vnet apply -f new.yaml --confirm-within 2m -m 'MTU of the overlay'", 'taken back unless confirmed'],
      ['vnet apply -f new.plan', 'a plan that vnet plan --out saved'],
      ['vnet apply -f new.yaml --max-disruption pod-outage --yes', 'go through with interruptions'],
    ],
    exits: [
      'done',
      'differences',
      'partly',
      'conflict',
      'refused',
      'rolledBack',
      'rollBackIncomplete',
      'interrupted',
    ],
    more: [
      'What CNI wrote since the file was read is kept: the file is merged with it by object. The way back is on disk before the first write.',
      'The window of --confirm-within outlives the shell, the connection and a reboot. Exit 2 is for --dry-run.',
    ],
  },
  confirm: {
    group: 'Change',
    writes: 'the end of the window; document and kernel stay as they are',
    examples: [
      ['vnet confirm', 'keep what vnet apply --confirm-within did'],
      ['vnet confirm 419', 'only if it is this generation'],
    ],
    exits: ['done', 'rollBackIncomplete', 'timedOut', 'noInput'],
  },
  revert: {
    group: 'Change',
    writes: 'the document and the kernel, as they were before the change',
    examples: [['vnet revert', 'take it back now, without waiting for the deadline']],
    exits: ['done', 'rollBackIncomplete', 'noInput'],
  },
  edit: {
    group: 'Change',
    writes: 'the document; the next round brings it into the kernel',
    examples: [
      ["vnet edit -m 'reserve an address for db-0'", 'checked, shown as a plan, then taken'],
      ['vnet edit --resolve', 'finish a save by hand that is not in force'],
      ['vnet edit --discard', 'drop it; a copy stays'],
    ],
    exits: ['done', 'conflict', 'refused', 'invalidData'],
    more: [
      'Errors are shown at their place in the file, which is opened again. What you wrote is never lost: the path of your copy is printed.',
    ],
  },
  reconcile: {
    group: 'Converge',
    writes: 'the kernel; of the document only endpoints that are proven dead; --dry-run nothing',
    examples: [
      ['vnet reconcile --dry-run', 'what would be repaired, and why'],
      ['vnet reconcile', 'repair it'],
      ['vnet reconcile --max-disruption pod-outage', 'also what interrupts pods'],
      ['vnet reconcile --dry-run --full', 'the same without what vnet watch takes to be true'],
      ['vnet reconcile --watch', 'stay, as vnet watch'],
    ],
    exits: ['done', 'differences', 'partly', 'refused'],
    more: [
      'It is also installed as reconcile. Exit 2 is for --dry-run.',
      'Where vnet watch runs it is asked: it reads again all of the node, and those pods of which it has heard something. With --full, or to a terminal, everything is read anew.',
    ],
  },
  watch: {
    group: 'Converge',
    writes: 'as vnet reconcile, whenever something changes',
    examples: [
      ['vnet watch', 'repair within milliseconds what others change'],
      ['vnet watch --interval 5m -o jsonl', 'a full look every five minutes, events as JSON lines'],
    ],
    exits: ['done', 'tryAgain'],
  },
  pause: {
    group: 'Converge',
    writes: 'pause.json in the run directory; ADD and DEL go on',
    examples: [
      ["vnet pause 'link azure0' --for 10m --reason 'capture of traffic'", 'leave the bridge as it is'],
      ['vnet pause default/web-0', 'leave all of a pod as it is'],
      ['vnet pause --for 1h', 'leave everything as it is'],
    ],
    exits: ['done', 'noInput'],
  },
  resume: {
    group: 'Converge',
    writes: 'pause.json in the run directory',
    examples: [
      ['vnet resume', 'end every pause'],
      ["vnet resume 'link azure0'", 'or one'],
    ],
    exits: ['done', 'noInput'],
  },
  wait: {
    group: 'Converge',
    writes: 'nothing',
    examples: [
      ['vnet wait --timeout 30s', 'until kernel matches the document'],
      ['vnet wait --generation 419', 'until it is as generation 419 says, or a later one'],
    ],
    exits: ['done', 'timedOut'],
  },
  rollback: {
    group: 'History',
    writes: 'the document: a new generation; endpoints stay; the next round brings it into the kernel',
    examples: [["vnet rollback 417 -m 'the overlay is gone'", 'what people had written in generation 417']],
    exits: ['done', 'conflict', 'noInput'],
  },
  export: {
    group: 'Move',
    writes: 'nothing but the file of --out',
    examples: [
      ['vnet export --out backup.yaml', 'the document, byte for byte'],
      ['vnet export --live -o json', 'what the kernel has, as a document'],
      ['vnet export -o cni-result --endpoint shop/api', 'what ADD answered'],
      ['vnet export -o azure-vnet --out azure-vnet.json', 'for scripts that read the state of Azure CNI'],
    ],
    exits: ['done', 'noInput'],
  },
  import: {
    group: 'Move',
    writes: 'the document and the kernel; --dry-run and --from-live nothing',
    examples: [
      [
        'vnet import --from /var/run/azure-vnet.json /var/run/azure-vnet-ipam.json --dry-run',
        'what taking over this node would do',
      ],
      ['vnet import --from /var/run/azure-vnet.json /var/run/azure-vnet-ipam.json --yes', 'do it'],
      ['vnet import --from-live --network azure', 'propose a document for what is there'],
    ],
    exits: ['done', 'differences', 'partly', 'refused', 'noInput'],
    more: ['Pods keep running: their interfaces are adopted, and ebtables rules are replaced.'],
  },
  release: {
    group: 'Move',
    writes: 'the kernel, and in the document that the uplink was given back',
    examples: [['vnet release', 'addresses and routes back on eth0, the bridge gone']],
    exits: ['done', 'partly', 'refused'],
  },
};
