/** The steps of an installation as text and as values. Pure. */
import { count } from '../../../model/words.ts';
import type { Paint } from '../../../plan/text.ts';
import type { InstallStep } from './install-plan.ts';

type Line = {
  readonly sign: string;
  readonly style: Parameters<Paint>[0];
  readonly what: string;
};

/** Returns the steps, one on a line, and a line that sums them up. */
export function renderSteps(steps: readonly InstallStep[], paint: Paint): string {
  const lines = steps.map((step) => ({ ...lineOf(step), label: step.label }));
  const width = Math.min(60, Math.max(0, ...lines.map(({ what }) => what.length)));
  const rows = lines.map(({ sign, style, what, label }) =>
    paint(style, `  ${sign} ${what.padEnd(width)}  ${label}`),
  );
  const number = (sign: string): number => lines.filter((line) => line.sign === sign).length;
  const sum = `Plan: ${number('+')} to create, ${number('~')} to replace, ${number('-')} to remove, ${count(number('>'), 'command')}.`;
  return [...rows, '', sum].join('\n');
}

function lineOf(step: InstallStep): Line {
  switch (step.kind) {
    case 'put': {
      const { item } = step;
      const target = item.kind === 'link' ? ` -> ${item.target}` : '';
      const value = item.kind === 'sysctl' ? ` = ${item.value}` : '';
      const what = `${item.path}${target}${value}`;
      return step.how === 'create'
        ? { sign: '+', style: 'create', what }
        : { sign: '~', style: 'update', what };
    }
    case 'keep':
      return { sign: '=', style: 'dim', what: step.path };
    case 'set':
      return { sign: '~', style: 'update', what: `${step.path} = ${step.value}` };
    case 'restore':
      return { sign: '+', style: 'create', what: step.path };
    case 'remove':
    case 'remove-folder':
      return { sign: '-', style: 'delete', what: step.path };
    case 'tool':
      return { sign: '>', style: 'dim', what: (step.argv ?? step.undo ?? []).join(' ') };
    case 'clear':
      return { sign: '>', style: 'dim', what: 'the kernel' };
  }
}

/** Returns the steps that are shown, without commands that run only on rollback, and without empty directories. */
export function shownSteps(steps: readonly InstallStep[]): readonly InstallStep[] {
  return steps.filter((step) => {
    if (step.kind === 'tool') return step.argv !== undefined;
    return step.kind !== 'remove-folder' || step.isWhole === true;
  });
}

/** Returns the steps as values for programs, with the text of each file. */
export function stepValues(steps: readonly InstallStep[]): readonly object[] {
  return steps.map((step) =>
    step.kind === 'put'
      ? { ...step.item, kind: step.kind, how: step.how, type: step.item.kind, backup: step.backup }
      : step,
  );
}
