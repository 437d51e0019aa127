/** Functions of plugin/ for the command line, the layer below; loaded on demand. */
import type { Page } from '../reconciler/app/manual-page.ts';
import type { CniAnswer } from '../reconciler/cni/answer.ts';

/** The encoder of CNI answers, and the plugin's manual page. */
export const pluginTools = {
  loadCniAnswer: async (): Promise<CniAnswer> => (await import('./cni-answer.ts')).cniAnswer,
  pluginPage: async (): Promise<Page> => (await import('./manual.ts')).pluginPage(),
};
