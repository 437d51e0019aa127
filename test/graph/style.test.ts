import { describe, expect, it } from 'vitest';
import { SVG_STYLE } from '../../reconciler/graph/style.ts';

describe('the style of a picture', () => {
  it('has a plain colour before each one that a light or dark surrounding chooses', () => {
    const chosen = [...SVG_STYLE.matchAll(/(?:fill|stroke): var\(--\w+\);/g)];
    const plain = [...SVG_STYLE.matchAll(/(fill|stroke): #[0-9a-f]{6}; \1: var\(--\w+\);/g)];
    expect(chosen.length).toBeGreaterThan(10);
    expect(plain).toHaveLength(chosen.length);
    expect(SVG_STYLE).toContain('.paper { fill: #ffffff; fill: var(--paper); }');
  });
});
