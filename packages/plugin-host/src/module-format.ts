import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { compileFunction } from "node:vm";

/** How the text of a file is to be read; `undefined`: it is no text of a module, and Node decides. */
export type ModuleFormat = "module" | "module-typescript" | "commonjs" | undefined;

/** What a file is by its name and by the package that it lies in; of a `.js` file about which neither tells, by its syntax, as Node has it. */
export function formatOf(path: string, source: Uint8Array): ModuleFormat {
  switch (extname(path)) {
    case ".ts":
    case ".mts":
      return "module-typescript";
    case ".mjs":
      return "module";
    case ".cjs":
      return "commonjs";
    case ".js":
      return declaredFormatOf(dirname(path)) ?? (isScript(source) ? "commonjs" : "module");
    default:
      return undefined;
  }
}

/** Whether a file is a module wherever it is asked for, whatever its text is: nothing that CommonJS can `require`. */
export function isDeclaredModule(path: string): boolean {
  const extension = extname(path);
  return [".ts", ".mts", ".mjs"].includes(extension) || (extension === ".js" && declaredFormatOf(dirname(path)) === "module");
}

/** The names that Node gives to the text of a CommonJS module. */
export const COMMONJS_NAMES: readonly string[] = ["exports", "require", "module", "__filename", "__dirname"];

/** Whether a text parses as CommonJS, which the statements of a module do not. Runs nothing of it. */
function isScript(source: Uint8Array): boolean {
  try {
    compileFunction(new TextDecoder().decode(source), COMMONJS_NAMES);
    return true;
  } catch {
    // What parses as neither is told as a module.
    return false;
  }
}

/** What the nearest package says of its `.js` files. */
function declaredFormatOf(folder: string): "module" | "commonjs" | undefined {
  const file = join(folder, "package.json");
  if (existsSync(file)) {
    const { type } = JSON.parse(readFileSync(file, "utf8")) as { readonly type?: unknown }; // Only looked at.
    return type === "module" || type === "commonjs" ? type : undefined;
  }
  const above = dirname(folder);
  return above === folder || basename(above) === "node_modules" ? undefined : declaredFormatOf(above);
}
