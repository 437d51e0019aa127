/** The part of Eleventy's programmatic API that scripts/docs.ts uses; the package has no types. */
declare module '@11ty/eleventy' {
  type Config = {
    setUseGitIgnore(uses: boolean): void;
    setTemplateFormats(formats: readonly string[]): void;
    addPassthroughCopy(paths: Readonly<Record<string, string>>): void;
    addGlobalData(name: string, value: unknown): void;
    addTransform(name: string, transform: (content: string) => string): void;
  };
  type Options = { readonly quietMode: boolean; readonly config: (config: Config) => object };
  export class Eleventy {
    constructor(input: string, output: string, options: Options);
    init(): Promise<void>;
    write(): Promise<unknown>;
  }
}
