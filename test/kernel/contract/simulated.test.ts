import { openSimulatedTestbed } from './simulated-testbed.ts';
import { describeKernelContract } from './suite.ts';

describeKernelContract('the simulation', () => openSimulatedTestbed());
