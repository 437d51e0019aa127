/** Every metric that vnet has, with its name, its help and its labels. Source: prometheus.io/docs/practices/naming. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** The content type of the text form. Source: prometheus.io/docs/instrumenting/exposition_formats. */
export const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** From what a warm call takes to what a runtime waits. Units: seconds. */
const CALL_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** From one notification to a minute of backoff. Units: seconds. */
const DRIFT_BUCKETS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 15, 60, 300];
/** A free lock costs microseconds. Units: seconds. */
const LOCK_BUCKETS = [0.0001, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 1, 10];

/** All metrics of one process. */
export type MetricSet = ReturnType<typeof createMetricSet>;

/** Returns the metrics, all of them at their beginning. */
export function createMetricSet() {
  const registry = new Registry();
  const make = makers(registry);
  return {
    registry,
    ...nodeMetrics(make),
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
    buildInfo: gauge(
      'vnet_build_info',
      'Always 1; its labels say which program this is.',
      'version',
      'runtime',
    ),
    endpoints: gauge('vnet_endpoints', 'Attached interfaces by network and state.', 'network', 'state'),
    poolAddresses: gauge(
      'vnet_pool_addresses',
      'Addresses of the pool by what they are used for; withdrawn ones are held and no longer in the pool.',
      'network',
      'state',
    ),
    poolUsable: gauge('vnet_pool_usable_addresses', 'Addresses that pods may get at all.', 'network'),
    requests: counter(
      'vnet_cni_requests_total',
      'CNI calls that this process has answered, by verb and outcome.',
      'verb',
      'result',
    ),
    requestSeconds: histogram(
      'vnet_cni_request_duration_seconds',
      'How long this process took to answer a CNI call.',
      CALL_BUCKETS,
      ['verb'],
    ),
  };
}

function driftMetrics({ gauge, counter, histogram }: Makers) {
  return {
    driftFound: counter('vnet_drift_found_total', 'Objects found changed by others.', 'kind'),
    driftRepaired: counter('vnet_drift_repaired_total', 'Objects changed by others and put right.', 'kind'),
    driftSeconds: counter(
      'vnet_drift_seconds_total',
      'How long objects were not as the document says since others changed them, added up.',
      'kind',
    ),
    driftObjects: gauge(
      'vnet_drift_objects',
      'Objects that others changed and that are not right yet.',
      'kind',
    ),
    detectSeconds: histogram(
      'vnet_drift_detection_seconds',
      'From a change by others, as announced by the kernel or else the last look, to the look that found it.',
      DRIFT_BUCKETS,
    ),
    repairSeconds: histogram(
      'vnet_drift_repair_seconds',
      'From a change by others, as announced by the kernel or else found, until it was put right.',
      DRIFT_BUCKETS,
    ),
  };
}

function loopMetrics({ gauge, counter, histogram }: Makers) {
  return {
    rounds: counter(
      'vnet_rounds_total',
      'Rounds by result: done, busy (an ADD held the lock: tried again), failed.',
      'result',
    ),
    roundSeconds: histogram('vnet_round_duration_seconds', 'How long a round took.', CALL_BUCKETS),
    lockSeconds: histogram('vnet_lock_wait_seconds', 'How long a round waited for its lock.', LOCK_BUCKETS),
    lastRound: gauge('vnet_last_success_timestamp_seconds', 'When a round could last be done.'),
    lastConverged: gauge('vnet_last_converged_timestamp_seconds', 'When a round last left nothing to do.'),
    documentGeneration: gauge('vnet_document_generation', 'The generation of the document now.'),
    observedGeneration: gauge('vnet_observed_generation', 'The generation that the last round looked at.'),
    convergedGeneration: gauge(
      'vnet_converged_generation',
      'The last generation that the kernel was wholly made.',
    ),
    conditions: gauge('vnet_condition', '1 while the condition is true, as vnet status shows it.', 'type'),
    objects: gauge(
      'vnet_unconverged_objects',
      'Objects that are not as the document says, by state.',
      'state',
    ),
    events: counter('vnet_events_total', 'What happened, by type, as vnet events shows it.', 'type'),
  };
}

/** Those of every exporter that a long run is judged by. Source: prometheus.io/docs/instrumenting/writing_clientlibs. */
function processMetrics({ gauge, counter }: Makers) {
  return {
    cpuSeconds: counter('process_cpu_seconds_total', 'User and system processor time of this process.'),
    residentBytes: gauge('process_resident_memory_bytes', 'Resident memory of this process.'),
    openFds: gauge('process_open_fds', 'Open file descriptors of this process.'),
    startSeconds: gauge('process_start_time_seconds', 'When this process was started, from the epoch.'),
  };
}
