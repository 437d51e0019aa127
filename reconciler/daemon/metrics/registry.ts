/** All metrics of vnet, with name, help and labels. Source: prometheus.io/docs/practices/naming. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** The content type of the text form. Source: prometheus.io/docs/instrumenting/exposition_formats. */
export const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** From the duration of a warm call to a runtime's timeout. Units: seconds. */
const CALL_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** From one notification to a minute of backoff. Units: seconds. */
const DRIFT_BUCKETS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 15, 60, 300];
/** A free lock costs microseconds. Units: seconds. */
const LOCK_BUCKETS = [0.0001, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 1, 10];

/** All metrics of one process. */
export type MetricSet = ReturnType<typeof createMetricSet>;

/** Returns the metrics in their initial state. */
export function createMetricSet() {
  const registry = new Registry();
  const make = makers(registry);
  return {
    registry,
    ...nodeMetrics(make),
    ...policyMetrics(make),
    ...driftMetrics(make),
    ...loopMetrics(make),
    ...processMetrics(make),
  };
}

type Makers = ReturnType<typeof makers>;

function makers(registry: Registry) {
  const registers = [registry];
  return {
    gauge: (name: string, help: string, ...labelNames: readonly string[]) =>
      new Gauge({ name, help, labelNames: [...labelNames], registers }),
    counter: (name: string, help: string, ...labelNames: readonly string[]) =>
      new Counter({ name, help, labelNames: [...labelNames], registers }),
    histogram: (name: string, help: string, buckets: number[], labelNames: readonly string[] = []) =>
      new Histogram({ name, help, buckets, labelNames: [...labelNames], registers }),
  };
}

function nodeMetrics({ gauge, counter, histogram }: Makers) {
  return {
    buildInfo: gauge('vnet_build_info', 'Always 1; the labels identify the program.', 'version', 'runtime'),
    endpoints: gauge('vnet_endpoints', 'Attached interfaces by network and state.', 'network', 'state'),
    poolAddresses: gauge(
      'vnet_pool_addresses',
      'Addresses of the pool by use; withdrawn: leased and no longer in the pool; node, answered: an interface of the node has it, or another machine answered a probe for it, and it is not assigned.',
      'network',
      'family',
      'state',
    ),
    poolUsable: gauge(
      'vnet_pool_usable_addresses',
      'Addresses of the pool that can be assigned to pods.',
      'network',
      'family',
    ),
    poolSources: gauge(
      'vnet_pool_source_up',
      'By network with a pool of source azure: 1 if the host endpoint answered the last query, or was not asked since the boot; else 0.',
      'network',
    ),
    requests: counter(
      'vnet_cni_requests_total',
      'CNI calls served by this process, by verb and result.',
      'verb',
      'result',
    ),
    requestSeconds: histogram(
      'vnet_cni_request_duration_seconds',
      'Time to serve a CNI call.',
      CALL_BUCKETS,
      ['verb'],
    ),
  };
}

function policyMetrics({ counter, gauge }: Makers) {
  return {
    policyLag: gauge(
      'vnet_policy_lag_seconds',
      'Time from the moment the agent received the last change of policies, pods or namespaces of the cluster until the kernel had it.',
    ),
    policyCopyAge: gauge(
      'vnet_policy_copy_age_seconds',
      'Time since the agent last followed the policies, pods and namespaces of the cluster.',
    ),
    deniedPackets: counter(
      'vnet_policy_denied_packets_total',
      'Packets that network policies denied, by the direction in which the pod is isolated.',
      'direction',
    ),
    policyPackets: counter(
      'vnet_policy_packets_total',
      'Packets of connections that pods begin or receive, for each policy that isolates the pod in the direction, by verdict (allowed, denied).',
      'policy',
      'direction',
      'verdict',
    ),
    denials: counter(
      'vnet_policy_denials_total',
      'Denied connections reported as events, for each policy that isolates the pod: see vnet events.',
      'policy',
      'direction',
    ),
  };
}

function driftMetrics({ gauge, counter, histogram }: Makers) {
  return {
    driftFound: counter('vnet_drift_found_total', 'Objects found drifted.', 'kind'),
    driftRepaired: counter('vnet_drift_repaired_total', 'Drifted objects repaired.', 'kind'),
    driftSeconds: counter('vnet_drift_seconds_total', 'Total time that objects were drifted.', 'kind'),
    driftObjects: gauge('vnet_drift_objects', 'Objects that are drifted now.', 'kind'),
    detectSeconds: histogram(
      'vnet_drift_detection_seconds',
      'Time from drift (kernel notification, else the previous scan) to its detection.',
      DRIFT_BUCKETS,
    ),
    repairSeconds: histogram(
      'vnet_drift_repair_seconds',
      'Time from drift (kernel notification, else its detection) to its repair.',
      DRIFT_BUCKETS,
    ),
  };
}

function loopMetrics({ gauge, counter, histogram }: Makers) {
  return {
    rounds: counter(
      'vnet_rounds_total',
      'Rounds by result: done, busy (an ADD held the lock; retried), failed.',
      'result',
    ),
    roundSeconds: histogram('vnet_round_duration_seconds', 'Duration of a round.', CALL_BUCKETS),
    lockSeconds: histogram('vnet_lock_wait_seconds', 'Time that a round waited for its lock.', LOCK_BUCKETS),
    lastRound: gauge('vnet_last_success_timestamp_seconds', 'Time of the last successful round.'),
    lastConverged: gauge('vnet_last_converged_timestamp_seconds', 'Time of the last round that converged.'),
    documentGeneration: gauge('vnet_document_generation', 'Current generation of the document.'),
    observedGeneration: gauge('vnet_observed_generation', 'Generation observed by the last round.'),
    convergedGeneration: gauge('vnet_converged_generation', 'Last generation that converged.'),
    conditions: gauge('vnet_condition', '1 while the condition is true (see vnet status).', 'type'),
    objects: gauge('vnet_unconverged_objects', 'Objects that do not match the document, by state.', 'state'),
    events: counter('vnet_events_total', 'Events by type (see vnet events).', 'type'),
  };
}

/**
 * The standard process metrics that show leaks over a long run.
 * Source: prometheus.io/docs/instrumenting/writing_clientlibs.
 */
function processMetrics({ gauge, counter }: Makers) {
  return {
    cpuSeconds: counter('process_cpu_seconds_total', 'User and system processor time of this process.'),
    residentBytes: gauge('process_resident_memory_bytes', 'Resident memory of this process.'),
    openFds: gauge('process_open_fds', 'Open file descriptors of this process.'),
    startSeconds: gauge('process_start_time_seconds', 'Start time of this process, since the epoch.'),
  };
}
