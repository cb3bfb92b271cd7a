import type { KubeObject } from "@polykind/apimachinery";
import type { Handler } from "@polykind/informer";

/** A handler that writes down what it is told, a line each: `+a@1!` (initial), `+a@1`, `~a@1>2`, `-a@2`, `-a@2?` (final state unknown). */
export class Recorder implements Handler {
  readonly lines: string[] = [];

  added(object: KubeObject, { isInitial }: { readonly isInitial: boolean }): void {
    this.lines.push(`+${nameOf(object)}${isInitial ? "!" : ""}`);
  }

  changed(object: KubeObject, before: KubeObject): void {
    this.lines.push(`~${before.metadata.name}@${before.metadata.resourceVersion}>${object.metadata.resourceVersion}`);
  }

  deleted(object: KubeObject, { finalStateUnknown }: { readonly finalStateUnknown: boolean }): void {
    this.lines.push(`-${nameOf(object)}${finalStateUnknown ? "?" : ""}`);
  }

  /** What was told since the last call. */
  take(): readonly string[] {
    return this.lines.splice(0);
  }
}

function nameOf({ metadata }: KubeObject): string {
  return `${metadata.name}@${metadata.resourceVersion}`;
}
