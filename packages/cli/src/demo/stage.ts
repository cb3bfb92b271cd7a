import type { KubeObject, Manifest, Resource } from "@polykind/apimachinery";
import { CRD_RESOURCE, keyOf } from "@polykind/apimachinery";
import type { Client } from "@polykind/client";
import { isPolykindError, messageOf, systemClock } from "@polykind/core";
import type { KindReport, Manager } from "@polykind/manager";
import type { PluginFolder } from "./plugin-folder.ts";
import type { Outcome, Screen } from "./screen.ts";

/** What the scenario is played on. */
export interface StageParts {
  readonly client: Client;
  readonly manager: Manager;
  readonly folder: PluginFolder;
  readonly screen: Screen;
  readonly group: string;
  readonly namespace: string;
  readonly signal: AbortSignal;
  /** How long an expectation is waited for, in milliseconds. */
  readonly patienceMs: number;
}

const LOOK_EVERY_MS = 20;

/** The scenario's hands and eyes: it changes the cluster as a person would, and waits for what must come of it. */
export class Stage {
  readonly parts: StageParts;
  readonly #outcomes: Outcome[] = [];

  constructor(parts: StageParts) {
    this.parts = parts;
  }

  get outcomes(): readonly Outcome[] {
    return this.#outcomes;
  }

  /** Takes over what another stage of the same play has noted. */
  adopt(other: Stage): void {
    this.#outcomes.push(...other.outcomes);
  }

  /** A step begins. */
  step(title: string): void {
    this.parts.screen.step(title);
  }

  /** Waits until `isSo` says so, and notes whether it did. A question that fails counts as a no. */
  async expect(expectation: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
    const { signal, patienceMs, screen } = this.parts;
    const from = systemClock.elapsed();
    let instead: string | undefined;
    for (let isMet = false; ; ) {
      signal.throwIfAborted();
      try {
        isMet = await isSo();
        instead = undefined;
      } catch (cause) {
        instead = messageOf(cause);
      }
      this.show();
      const afterMs = systemClock.elapsed() - from;
      if (isMet || afterMs > patienceMs) {
        const outcome = { expectation, isMet, afterMs, ...(instead !== undefined && { instead }) };
        this.#outcomes.push(outcome);
        screen.outcome(outcome);
        return;
      }
      await systemClock.sleep(LOOK_EVERY_MS, signal);
    }
  }

  /** Waits until the kind is in `state`, and whatever else `isSo` asks. */
  expectKind(expectation: string, kind: string, isSo: (report: KindReport) => boolean): Promise<void> {
    return this.expect(expectation, () => {
      const report = this.kind(kind);
      if (report !== undefined && isSo(report)) return true;
      throw new Error(
        `it is ${report === undefined ? "not there" : JSON.stringify({ state: report.state, reason: report.reason, message: report.message, objects: report.objects, runs: report.runs })}`,
      );
    });
  }

  /** Draws what is there now. */
  show(): void {
    const { screen, manager } = this.parts;
    screen.show(this.kinds(), manager.report());
  }

  /** The demo's own kinds. */
  kinds(): readonly KindReport[] {
    return this.parts.manager.kinds().filter(({ group }) => group === this.parts.group);
  }

  kind(kind: string): KindReport | undefined {
    return this.kinds().find((report) => report.kind === kind);
  }

  /** Server-side apply, as `kubectl apply --server-side` does. */
  async apply<T extends KubeObject = KubeObject>(resource: Resource, manifest: Manifest): Promise<T> {
    const { namespace, name = "" } = manifest.metadata;
    return this.parts.client.patch<T>(
      resource,
      { name, ...(namespace !== undefined && { namespace }) },
      { type: "apply", body: manifest, force: true },
      { fieldManager: "polykind-demo", signal: this.parts.signal },
    );
  }

  /** Deletes an object; one that is gone is no error. */
  async remove(resource: Resource, name: { readonly namespace?: string; readonly name: string }): Promise<void> {
    await this.parts.client.delete(resource, name).catch((cause: unknown) => {
      if (!isPolykindError(cause, "API_NOT_FOUND", "KIND_NOT_SERVED")) throw cause;
    });
  }

  /** The object, or `undefined`. */
  async get<T extends KubeObject = KubeObject>(
    resource: Resource,
    name: { readonly namespace?: string; readonly name: string },
  ): Promise<T | undefined> {
    return this.parts.client.get<T>(resource, name, { signal: this.parts.signal }).catch((cause: unknown) => {
      if (isPolykindError(cause, "API_NOT_FOUND", "KIND_NOT_SERVED")) return undefined;
      throw cause;
    });
  }

  /** Keys of all objects of a resource in the demo's namespace. */
  async keys(resource: Resource): Promise<readonly string[]> {
    const { namespace, client, signal } = this.parts;
    const { items } = await client.list(resource, { ...(resource.resourceScope === "Namespaced" && { namespace }), signal });
    return items.map(({ metadata }) => keyOf(metadata));
  }

  removeCrd(plural: string): Promise<void> {
    return this.remove(CRD_RESOURCE, { name: `${plural}.${this.parts.group}` });
  }
}
