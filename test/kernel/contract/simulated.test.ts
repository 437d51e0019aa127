import { openSimulatedWorld } from './simulated-world.ts';
import { describeKernelContract } from './suite.ts';

describeKernelContract('the simulation', () => openSimulatedWorld());
