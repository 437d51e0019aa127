/** The views of the live page: cluster, node, pod. Classic JavaScript within LIVE_SCRIPT. Pure. */

/** Functions that return the elements of a view from `state`. */
export const LIVE_VIEWS = `
  const MOST = 200;
  const KINDS = ['confirmed', 'updating', 'failed', 'skipped', 'waiting'];
  const crumbsOf = (kind, name) => [
    el('a', { href: '#' }, 'cluster'),
    ...(!kind && state.own ? [' · ', el('a', { href: to('node', state.own.name) }, 'this node')] : []),
    ...(kind === 'pod' && state.own ? [' / ', el('a', { href: to('node', state.own.name) }, state.own.name)] : []),
    ...(kind ? [' / ', kind + ' ' + name] : []),
  ];
  const tile = (value, text, kind) => el('div', { class: 'tile' }, el('b', { class: kind }, String(value)), text);

  const clusterView = () => {
    const nodes = [...state.nodes.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    const count = (type) => nodes.filter((node) => (conditionOf(node, type) || {}).status === 'True').length;
    const sum = (of) => nodes.reduce((total, node) => total + (of(node) || 0), 0);
    const [ready, converged, drifting] = [count('Ready'), count('Converged'), nodes.filter((node) => node.drift > 0)];
    const [capacity, free] = [sum((node) => node.capacity), sum((node) => node.free)];
    const lacking = nodes.filter((node) => (conditionOf(node, 'PoolAvailable') || {}).status === 'False').length;
    const enforcing = nodes.filter((node) => (conditionOf(node, 'PolicyEnforced') || { status: 'Unknown' }).status !== 'Unknown');
    const behind = enforcing.filter((node) => conditionOf(node, 'PolicyEnforced').status === 'False').length;
    return [
      el('section', { class: 'tiles', 'aria-label': 'Summary' },
        tile(nodes.length, 'nodes'),
        tile(ready, 'ready', ready === nodes.length ? 'good' : 'bad'),
        tile(converged, 'with their revision', converged === nodes.length ? 'good' : 'wait'),
        tile(sum((node) => node.drift), 'drifted objects on ' + drifting.length + ' nodes', drifting.length === 0 ? 'good' : 'bad'),
        tile(capacity - free + ' / ' + capacity, 'pod addresses in use' + (lacking > 0 ? ', ' + lacking + ' nodes have none' : ''), lacking > 0 ? 'bad' : undefined),
        tile(enforcing.length, 'enforce policies' + (behind > 0 ? ', ' + behind + ' are behind' : ''), behind > 0 ? 'bad' : undefined)),
      ...rolloutsView(),
      el('h2', {}, 'Nodes'),
      el('div', { class: 'map', 'aria-hidden': 'true' },
        nodes.map((node) => el('a', { class: standing(node), href: to('node', node.name), title: node.name, tabindex: '-1' }))),
      ...nodesView(nodes),
    ];
  };

  const rolloutsView = () => state.rollouts.length === 0 ? [] : [
    el('h2', {}, 'Rollouts'),
    ...state.rollouts.slice(0, 8).map(({ name, revision, phase, step, counts, halted }) => {
      const total = Math.max(1, counts.total || 0);
      const said = KINDS.filter((kind) => counts[kind] > 0).map((kind) => counts[kind] + ' ' + kind).join(', ');
      return el('div', { class: 'rollout' },
        el('span', {}, el('b', {}, name), el('span', { class: 'muted' }, ' revision ' + revision)),
        el('span', { class: phase === 'Halted' ? 'bad' : phase === 'Complete' ? 'good' : 'wait' }, (phase || 'not seen') + ', step ' + step),
        el('span', { class: 'bar', role: 'img', 'aria-label': said },
          KINDS.map((kind) => el('span', { class: 'fill-' + kind, style: 'width:' + (100 * (counts[kind] || 0)) / total + '%' }))),
        el('span', { class: 'muted' }, said + (halted === '' ? '' : '; ' + halted)));
    }),
  ];

  const FILTERS = {
    all: ['all', () => true],
    bad: ['not ready, drifted or refused', (node) => standing(node) === 'bad'],
    wait: ['not converged', (node) => (conditionOf(node, 'Converged') || {}).status !== 'True'],
    pool: ['few addresses', (node) => node.capacity > 0 && node.free * 10 < node.capacity],
  };
  const nodesView = (nodes) => {
    const chosen = nodes.filter((node) => FILTERS[controls.only][1](node) && (node.name + ' ' + node.desired + ' ' + node.confirmed).includes(controls.words));
    const rows = chosen.slice(0, MOST).map((node) => el('tr', {},
      cell(el('a', { href: to('node', node.name) }, node.name)),
      cell(why(node, 'Ready')), cell(why(node, 'Converged')),
      cell(node.desired), cell(node.confirmed),
      cell(node.capacity === undefined ? '-' : node.free + ' of ' + node.capacity, 'number'),
      cell(String(node.drift), 'number'), cell(why(node, 'PolicyEnforced'))));
    return [
      el('div', { class: 'tools' },
        el('input', { id: 'words', type: 'search', placeholder: 'node or revision', 'aria-label': 'Filter nodes', value: controls.words,
          oninput: (event) => { controls.words = event.target.value; draw(); } }),
        el('select', { 'aria-label': 'Which nodes', onchange: (event) => { controls.only = event.target.value; draw(); } },
          Object.entries(FILTERS).map(([name, [text]]) => el('option', { value: name, selected: name === controls.only }, text))),
        el('span', { class: 'muted', role: 'status' }, chosen.length + ' nodes' + (chosen.length > MOST ? ', the first ' + MOST + ' shown' : ''))),
      table(['Node', 'Ready', 'Converged', 'Desired', 'Confirmed', 'Free', 'Drift', 'Policy'], rows),
    ];
  };

  const list = (title, items) => items.length === 0 ? [] : [el('h2', {}, title), el('ul', {}, items.map((item) => el('li', { class: 'mono' }, item)))];

  const nodeView = (name) => {
    const node = state.nodes.get(name);
    const own = state.own && state.own.name === name ? state.own : null;
    if (node === undefined && own === null) return [el('p', {}, 'There is no NodeNetwork ' + name + '.')];
    return [
      ...(node === undefined ? [] : [
        el('h2', {}, 'Node ' + name),
        el('p', { class: 'muted' }, 'revision ' + (node.confirmed || 'none') + (node.desired !== node.confirmed ? ', desired ' + (node.desired || 'none') : '') + ', agent ' + node.version),
        table(['Condition', 'Status', 'Reason', 'Message'], node.conditions.map((one) => el('tr', {},
          cell(one.type), cell(el('span', { class: one.status === 'True' ? 'good' : one.status === 'False' ? 'bad' : 'none' }, one.status)), cell(one.reason), cell(one.message)))),
        ...list('Pools', node.pools), ...list('Drift', node.objects), ...list('Edited on the node', node.edits),
      ]),
      ...(own === null ? [el('p', { class: 'muted' }, 'The pods of this node are on the page of its own agent.')] : ownView(own)),
    ];
  };

  const ownView = (own) => own.problem !== undefined ? [el('h2', {}, 'Pods'), el('p', { class: 'bad' }, own.problem)] : [
    ...list('Networks', own.networks),
    el('h2', {}, 'Network policies'), el('p', {}, own.policy),
    el('h2', {}, 'Pods'),
    table(['Pod', 'Addresses', 'Network', 'State', 'Isolated by'], own.pods.map((pod) => el('tr', {},
      cell(el('a', { href: to('pod', pod.id) }, pod.pod)), cell(el('code', {}, pod.addresses.join(' '))), cell(pod.network),
      cell(el('span', { class: pod.state === 'ready' ? 'good' : 'bad' }, pod.state)), cell(pod.policies.join(', '))))),
    el('h2', {}, 'Plan'), el('pre', {}, own.plan),
  ];

  const podView = (id) => {
    const pod = state.own && (state.own.pods || []).find((one) => one.id === id);
    if (!pod) return [el('p', {}, 'No pod of this node has the endpoint ' + id + '.')];
    return [
      el('h2', {}, pod.pod),
      el('p', { class: 'muted' }, pod.addresses.join(' ') + ', network ' + pod.network + ', ' + pod.state),
      el('div', { class: 'path' }, pod.hops.flatMap((hop, at) => [
        ...(at === 0 ? [] : [el('span', { class: 'arrow', 'aria-hidden': 'true' }, '\\u2192')]),
        el('div', { class: 'hop' + (hop.isThere ? '' : ' absent') }, el('h3', {}, hop.role), el('div', { class: 'mono' }, hop.name + (hop.isThere ? '' : ' (absent)')),
          hop.facts.map((fact) => el('div', { class: 'mono muted' }, fact))),
      ])),
      ...list('Isolated by', pod.policies), ...list('Differences from the document', pod.differences),
    ];
  };
`;
