import { subscribe, unsubscribe } from "node:diagnostics_channel";

/** What a module asks for that stands for a CommonJS module. */
interface Asked {
  readonly key: string;
  readonly path: string;
  exports?: unknown;
}

/**
 * Lets modules `import` what CommonJS modules export that Node does not run itself.
 *
 * A module's text can hold no object. So the text asks for it when it runs, over a channel of the process that has the name of one loader only.
 */
export class ImportableExports {
  readonly #name: string;
  readonly #answer: (message: unknown) => void;

  /** `exportsOf` is what a CommonJS module exports that has run already. Must not throw. */
  constructor(id: string, exportsOf: (key: string, path: string) => unknown) {
    this.#name = `polykind-commonjs-${id}`;
    this.#answer = (message) => {
      const asked = message as Asked; // Only the texts below know the channel.
      asked.exports = exportsOf(asked.key, asked.path);
    };
  }

  /** Answers from here on, until `close`. */
  open(): void {
    subscribe(this.#name, this.#answer);
  }

  close(): void {
    unsubscribe(this.#name, this.#answer);
  }

  /** The text of a module whose default export is what the CommonJS module at `path` exports, and whose other exports are the fields of that. */
  textFor(exported: unknown, { key, path }: Pick<Asked, "key" | "path">): string {
    const names = namesOf(exported);
    return [
      `import { channel } from "node:diagnostics_channel";`,
      `const asked = ${JSON.stringify({ key, path })};`,
      `channel(${JSON.stringify(this.#name)}).publish(asked);`,
      `export default asked.exports;`,
      ...names.map((name, at) => `const e${at} = asked.exports[${JSON.stringify(name)}]; export { e${at} as ${JSON.stringify(name)} };`),
    ].join("\n");
  }
}

function namesOf(exported: unknown): readonly string[] {
  const hasFields = (typeof exported === "object" && exported !== null) || typeof exported === "function";
  return hasFields ? Object.keys(exported).filter((name) => name !== "default" && name.isWellFormed()) : [];
}
