/** What the help and the manual say of the verbs that look, check and preview. */
import type { VerbEntry } from './entry.ts';

/** The verbs that leave the kernel as it is, by their names. */
export const LOOKING_VERBS: Readonly<Record<string, VerbEntry>> = {
  status: {
    group: 'View',
    writes: 'nothing',
    examples: [
      ['vnet status', 'is everything as it should be?'],
      ['vnet status -o json', 'the same for a program: generations, conditions, networks, objects'],
    ],
    exits: ['done'],
    more: [
      'Three generations are shown: that of the document, the last one that a round looked at (observed), and the last one that the kernel was found or made to match (converged).',
    ],
  },
  get: {
    group: 'View',
    writes: 'nothing',
    examples: [
      ['vnet get endpoints', 'every pod: container, namespace, interface, host veth, MAC, addresses, state'],
      ['vnet get routes --both', 'what the document wants and the kernel has'],
      ['vnet get endpoints shop/api -o wide', 'one pod, with every column'],
      ['vnet get document --live -o yaml', 'what the kernel has, in the form of vnet.yaml'],
    ],
    exits: ['done', 'noInput'],
  },
  explain: {
    group: 'View',
    writes: 'nothing',
    examples: [
      ['vnet explain 10.240.0.17', 'everything about the pod of this address'],
      ['vnet explain shop/api', 'the same, by the pod; or by veth, MAC, container id, namespace'],
    ],
    exits: ['done', 'noInput', 'usage'],
    more: [
      'The chain leads from the pod through its namespace, interface, host veth and bridge port to the uplink; each item says what is wanted and what is there. An endpoint that is gone is found in the history.',
      'A name that fits several endpoints is answered with their list and exit 64.',
    ],
  },
  schema: {
    group: 'View',
    writes: 'nothing',
    examples: [
      ['vnet schema', 'the fields at the top of vnet.yaml'],
      ['vnet schema bridge.mtu', 'type, default, allowed values, who may change it, an example'],
    ],
    exits: ['done', 'noInput'],
    more: ['The whole of it is in vnet.yaml(5).'],
  },
  graph: {
    group: 'View',
    writes: 'nothing but the file of --out',
    examples: [
      ['vnet graph --out node.html', 'a page that needs nothing else, for a browser'],
      ['vnet graph -o mermaid', 'text for a wiki'],
    ],
    exits: ['done'],
  },
  validate: {
    group: 'Check',
    writes: 'nothing',
    examples: [
      ['vnet validate', 'the document in force'],
      ['vnet validate new.yaml', 'a document before you put it in force'],
    ],
    exits: ['done', 'invalidData'],
    more: ['All errors are shown in one run, each with line, column, excerpt and the nearest valid key.'],
  },
  cni: {
    group: 'Check',
    writes: 'what the plugins of the list do: add and del change document and kernel, the others nothing',
    examples: [
      ['vnet cni status /etc/cni/net.d/10-azure.conflist', 'could a pod be added now?'],
      ['vnet cni add /etc/cni/net.d/10-azure.conflist test1', 'attach the namespace /run/netns/test1'],
      ['vnet cni del /etc/cni/net.d/10-azure.conflist test1', 'and take it away again'],
    ],
    exits: ['done', 'noInput'],
    more: ['Input, output and time of each plugin are shown, as a container runtime sees them.'],
  },
  plan: {
    group: 'Preview',
    writes: 'nothing but the file of --out',
    examples: [
      ['vnet plan -f new.yaml', 'what the kernel would get, and which pods it interrupts'],
      ['vnet plan -f new.yaml --out new.plan', 'keep it for vnet apply -f new.plan'],
      ['vnet plan', 'what is missing of the document in force; as vnet reconcile --dry-run'],
    ],
    exits: ['done', 'differences', 'conflict', 'refused'],
    more: [
      'A saved plan is bound to the generation and to the kernel as it was: vnet apply refuses it when either has changed, and says what.',
    ],
  },
  drift: {
    group: 'Preview',
    writes: 'nothing; --accept and --forget write baseline.json beside the document',
    examples: [
      ['vnet drift', 'what others changed behind us, apart from what is pending'],
      ["vnet drift --accept 'link azure0' --for 7d -m 'test of jumbo frames'", 'leave this one for a week'],
      ["vnet drift --forget 'link azure0'", 'repair it again'],
    ],
    exits: ['done', 'differences'],
  },
  history: {
    group: 'History',
    writes: 'nothing',
    examples: [['vnet history -n 10', 'the last ten generations: who, when, what, why']],
    exits: ['done'],
  },
  show: {
    group: 'History',
    writes: 'nothing',
    examples: [['vnet show 417', 'the document as it was, comments included']],
    exits: ['done', 'noInput'],
  },
  diff: {
    group: 'History',
    writes: 'nothing',
    examples: [
      ['vnet diff 417', 'what changed since generation 417, by path'],
      ['vnet diff 417 419', 'and between two'],
    ],
    exits: ['done', 'differences', 'noInput'],
  },
  blame: {
    group: 'History',
    writes: 'nothing',
    examples: [['vnet blame networks.azure.bridge', 'which generation last set each value, by whom and why']],
    exits: ['done', 'noInput'],
  },
  events: {
    group: 'View',
    writes: 'nothing',
    examples: [
      ['vnet events --since 10m', 'drift and who caused it, repairs, fights, pauses'],
      ['vnet events -o jsonl', 'one JSON object for each line'],
    ],
    exits: ['done'],
  },
  doctor: {
    group: 'Help',
    writes: 'nothing; --fix mends what is safe to mend and says how to undo it',
    examples: [
      ['vnet doctor', 'kernel, tools, sysctls, other network managers, CNI files, with the remedy of each'],
      ['vnet doctor --fix', 'mend what can be mended without a risk'],
    ],
    exits: ['done', 'differences'],
  },
  completion: {
    group: 'Help',
    writes: 'nothing',
    examples: [
      [
        'vnet completion bash > /usr/share/bash-completion/completions/vnet',
        'for everybody, from the next shell on',
      ],
      ['vnet completion zsh > /usr/share/zsh/vendor-completions/_vnet', 'the same for zsh'],
      ['vnet completion fish > /usr/share/fish/vendor_completions.d/vnet.fish', 'the same for fish'],
    ],
    exits: ['done'],
    more: [
      'For one shell only: source <(vnet completion bash). Verbs, options and choices are in the script; pods, addresses, generations and networks are asked of vnet as you type, which reads the document and never the kernel.',
    ],
  },
  man: {
    group: 'Help',
    writes: 'nothing; --out writes the pages',
    examples: [
      ['vnet man', 'the manual: vnet(1)'],
      ['vnet man apply', 'the page of one verb'],
      ['vnet man vnet.yaml', 'every field of the document'],
      ['vnet man --out /usr/local/share/man', 'install all pages for man(1)'],
    ],
    exits: ['done', 'noInput'],
  },
};
